"""Time and memory of an epoch and of the run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median

from unstuck.preflight.allowance import Allowance
from unstuck.preflight.context import Context
from unstuck.preflight.memory import saved_bytes
from unstuck.record.events.probe.base import ProbeEvent
from unstuck.record.events.probe.rates import EpochCost

TITLE = "time and memory"
MEASURES: tuple[type[ProbeEvent], ...] = (EpochCost,)
SHARE = 0.0
FEWEST, STEPS = 2, 5
SECONDS_SHARE = 0.05
"""of the budget, after which no more than the fewest steps are made"""


def probe(context: Context) -> Iterator[ProbeEvent]:
    """A few steps by the clock, after one that warms up."""
    batches = context.batches or (context.batch,)
    context.step(context.batch)
    seconds = []
    allowed = Allowance(SECONDS_SHARE * context.budget)
    for at in range(STEPS):
        if at >= FEWEST and allowed.over:
            break
        began = time.perf_counter()
        context.step(batches[at % len(batches)])
        seconds.append(time.perf_counter() - began)
    step = median(seconds)
    reading = median(context.batch_seconds) if context.batch_seconds else None
    steps, epochs = context.steps_per_epoch, context.epochs
    epoch = None if steps is None else steps * (step + (reading or 0.0))
    weights = [p for network in context.networks for p in network.parameters()]
    held = sum(p.numel() * p.element_size() * (2 if p.requires_grad else 1) for p in weights)
    kept = sum(
        value.numel() * value.element_size()
        for optimizer in context.optimizers for state in optimizer.state.values() if isinstance(state, dict)
        for value in state.values() if hasattr(value, "element_size")
    )  # fmt: skip
    yield EpochCost(
        step_seconds=step, batch_seconds=reading, steps=steps, epoch_seconds=epoch, epochs=epochs,
        run_seconds=None if epoch is None or epochs is None else epoch * epochs,
        memory_bytes=held + kept + saved_bytes(context, context.batch),
    )  # fmt: skip
