"""Whether the network of a watched run can do anything on held-out data."""

from __future__ import annotations

from math import sqrt

from unstuck.analysis.data.view import DatasetView
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.labels import ClassBalance
from unstuck.record.events.data.passed import HeldOutPass

ABOVE = 4.0
"""standard errors by which an accuracy is above the share of the commonest class: of many passes the best counts"""


def learned(view: DatasetView) -> bool:
    """Whether the best accuracy on held-out data is above the share of the commonest class.

    Raises:
        TooLittle: no accuracy on held-out data is known.
    """
    passes = [
        event for part in view.record.parts for event in part.of(HeldOutPass)
        if event.accuracy is not None and event.looked_at
    ]
    balance = view.one(ClassBalance)
    if not passes or balance is None or not balance.counts:
        raise TooLittle("an accuracy on held-out data")
    most = max(balance.counts) / sum(balance.counts)
    best = max(passes, key=lambda event: event.accuracy or 0.0)
    return (best.accuracy or 0.0) > most + ABOVE * sqrt(max(most * (1 - most), 0.01) / best.looked_at)
