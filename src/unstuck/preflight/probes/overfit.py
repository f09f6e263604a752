"""One small batch is trained on until the loss reaches its floor."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from unstuck.core.outcome import TooLittle
from unstuck.preflight.batch import Batch
from unstuck.preflight.context import Context
from unstuck.preflight.lighter import lighter
from unstuck.preflight.short_fits import ADAM_RATES, FITTED, call_of, fit, small_batch, with_adam
from unstuck.record.events.probe.base import ProbeEvent
from unstuck.record.events.probe.loss import Overfit

TITLE = "overfitting one batch"
MEASURES: tuple[type[ProbeEvent], ...] = (Overfit,)
SHARE = 0.15
EXAMPLES = 16
FEWEST, STEPS = 100, 400
"""if there is no time for the fewest, the batch has fewer examples"""
OVERRUN = 4.0
"""times its seconds, that the fewest steps may take"""
OWN_SHARE = 0.4
"""of the time; the rest is for other optimisers, where the own one does not fit"""


def _contradicts_itself(batch: Batch) -> bool:
    """Whether examples that are the same have different targets: nothing could fit them."""
    size, inputs, targets = batch.size, batch.inputs, batch.targets
    rows = [one.detach().reshape(size, -1).double() for one in inputs if one.dim() and one.shape[0] == size]
    answers = [one.detach().reshape(size, -1).double() for one in targets if one.dim() and one.shape[0] == size]
    if size < 2 or not rows or not answers:
        return False
    alone = torch.unique(torch.cat(rows, 1), dim=0).shape[0]
    return bool(alone < torch.unique(torch.cat([*rows, *answers], 1), dim=0).shape[0])


def probe(context: Context) -> Iterator[ProbeEvent]:
    """With the own optimiser, then with Adam at three rates, until one fits."""
    context = lighter(context, FEWEST, context.seconds)
    if context.step_seconds * FEWEST > OVERRUN * context.seconds:
        raise TooLittle(f"{FEWEST} steps on one batch ({context.step_seconds:.2g} s each)")
    batch = small_batch(context, EXAMPLES)
    call = call_of(context, batch)
    baseline, floor = call.baseline, call.floor
    if baseline is None or floor is None:
        raise TooLittle(f"the baseline of {call.function} on targets of this shape")
    if baseline - floor <= 1e-6 * max(1.0, abs(baseline)):
        raise TooLittle("a batch with more than one target")
    if _contradicts_itself(batch):
        raise TooLittle("a batch whose equal examples have equal targets")
    if not context.optimizers:
        raise TooLittle("an optimiser")
    goal = {"baseline": baseline, "floor": floor}
    fits = [fit(context, batch, STEPS, OWN_SHARE * context.seconds, name="own", **goal)]
    for rate in ADAM_RATES:
        if max((one.fell or 0.0 for one in fits), default=0.0) >= FITTED:
            break
        other = with_adam(context, rate)
        seconds = (1 - OWN_SHARE) / len(ADAM_RATES) * context.seconds
        fits.append(fit(other, batch, STEPS, seconds, name="Adam", rate=rate, **goal))
    fits.sort(key=lambda one: -(one.fell if one.fell is not None else -1e9))
    yield Overfit(
        examples=batch.size, steps=max(len(one.losses) for one in fits), function=call.function, baseline=baseline,
        floor=floor, fits=tuple(fits),
    )
