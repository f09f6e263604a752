"""The same seed gives the same losses."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.preflight.context import Context
from unstuck.preflight.lighter import lighter
from unstuck.preflight.twice import STEPS, compared
from unstuck.record.events.probe.base import ProbeEvent
from unstuck.record.events.probe.behaviour import Repeated

TITLE = "the same seed twice"
MEASURES: tuple[type[ProbeEvent], ...] = (Repeated,)
SHARE = 0.0
SECONDS_SHARE = 0.05
"""of the budget, that all steps should take; if they take more, batches have fewer examples"""


def probe(context: Context) -> Iterator[ProbeEvent]:
    """A few steps, twice from the same state."""
    context.batch  # noqa: B018 - raises where there is none
    context = lighter(context, 2 * STEPS, SECONDS_SHARE * context.budget)
    batches = context.batches[:STEPS]
    runs = []
    for _ in range(2):
        with context.kept():
            runs.append(context.train(batches, STEPS))
    yield compared(*runs)
