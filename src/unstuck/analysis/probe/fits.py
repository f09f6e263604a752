"""Whether a short training has come to rest."""

from __future__ import annotations

import math

from unstuck.record.events.probe.loss import Fit

FALLING = 0.02
"""share of the baseline loss, by which a quarter of the steps lowers a loss that still falls; a healthy autoencoder
with a sigmoid code had removed 4 % after 72 steps"""


def falls(fit: Fit, whole: float) -> bool:
    """Whether the last quarter of its steps lowered the mean loss by `FALLING` of this; unknown counts as falling."""
    return fall(fit) >= FALLING * whole


def fall(fit: Fit) -> float:
    """How much the mean loss of the last quarter of its steps lies below that of the quarter before."""
    quarter = len(fit.losses) // 4
    if not quarter:
        return math.inf
    return math.fsum(fit.losses[-2 * quarter : -quarter]) / quarter - math.fsum(fit.losses[-quarter:]) / quarter
