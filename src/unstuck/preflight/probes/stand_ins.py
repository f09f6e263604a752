"""Zeros, random inputs and random labels in place of the data: does the network use its input, can it memorise?"""

from __future__ import annotations

from collections.abc import Iterator

import torch

from unstuck.core.outcome import TooLittle
from unstuck.preflight.batch import Batch
from unstuck.preflight.context import Context
from unstuck.preflight.lighter import lighter
from unstuck.preflight.loss_function import LossCall
from unstuck.preflight.short_fits import ADAM_RATES, FITTED, call_of, fit, small_batch, with_adam
from unstuck.record.events.probe.base import ProbeEvent
from unstuck.record.events.probe.loss import StandIns

Tensor = torch.Tensor

TITLE = "zeros, random inputs, random labels"
MEASURES: tuple[type[ProbeEvent], ...] = (StandIns,)
SHARE = 0.15
EXAMPLES = 32
FEWEST, STEPS = 20, 200
FITS = 6
"""at most; they share the time"""
OVERRUN = 2.0
"""times its seconds, that the fewest steps may take"""


def probe(context: Context) -> Iterator[ProbeEvent]:
    """The same short training on each of them; with the own optimiser, or with Adam where that does not fit."""
    context = lighter(context, FITS * FEWEST, context.seconds)
    if context.step_seconds * FITS * FEWEST > OVERRUN * context.seconds:
        raise TooLittle(f"steps that take less ({context.step_seconds:.2g} s each)")
    batch = small_batch(context, EXAMPLES)
    if not batch.inputs:
        raise TooLittle("data that enters a network")
    call = call_of(context, batch)
    baseline, floor = call.baseline, call.floor
    if baseline is None or floor is None or baseline - floor <= 1e-6 * max(1.0, abs(baseline)):
        raise TooLittle("a batch with several targets, and a loss whose baseline is known")
    output_spread, input_spread = _spreads(context, batch)
    used, fitted = context, None
    seconds = context.seconds / FITS
    for rate in (None, ADAM_RATES[0], ADAM_RATES[1]):
        trying = context if rate is None else with_adam(context, rate)
        found = fit(trying, batch, STEPS, seconds, name="data", baseline=baseline, floor=floor)
        if fitted is None or (found.fell or 0.0) > (fitted.fell or 0.0):
            used, fitted = trying, found
        if (found.fell or 0.0) >= FITTED:
            break
    assert fitted is not None
    fits = [fitted]
    for name, other in _others(context, batch, call):
        if not _runs(context, other):  # lengths of zero, numbers of nodes: some inputs are no examples
            continue
        if name != "random labels" and not _asks_the_same(context, other, call):
            continue
        fits.append(fit(used, other, STEPS, seconds, name=name, baseline=baseline, floor=floor))
    yield StandIns(
        steps=max(len(one.losses) for one in fits), examples=batch.size, baseline=baseline, fits=tuple(fits),
        output_spread=output_spread, input_spread=input_spread,
    )


def _others(context: Context, batch: Batch, call: LossCall) -> Iterator[tuple[str, Batch]]:
    generator = torch.Generator().manual_seed(context.seed)
    first = batch.inputs[0]
    zeros = batch.with_tensors(tuple(torch.zeros_like(one) for one in batch.inputs))
    if not _runs(context, zeros):  # what stands beside the examples may be their lengths
        zeros = batch.with_tensors((torch.zeros_like(first), *batch.inputs[1:]))
    yield "zeros", zeros
    if first.is_floating_point():
        noise = torch.randn(first.shape, generator=generator).to(first) * first.std() + first.mean()
    else:
        low, high = int(first.min()), int(first.max())
        noise = torch.randint(low, high + 1, first.shape, generator=generator).to(first)
    yield "random inputs", batch.with_tensors((noise, *batch.inputs[1:]))
    target = next(iter(batch.targets), None)
    if target is not None and target.dim():
        order = torch.randperm(target.shape[0], generator=generator).to(target.device)
        if call.labels is not None and call.function in ("cross_entropy", "nll_loss") and not call.probabilities:
            drawn = torch.randint(0, call.classes or 2, target.shape, generator=generator).to(target)
            ignored = target == call.options.get("ignore_index", -100)
            drawn = torch.where(ignored, target, drawn)
        else:
            drawn = target[order]
        yield "random labels", batch.with_tensors(targets=(drawn, *batch.targets[1:]))


def _runs(context: Context, batch: Batch) -> bool:
    try:
        with context.kept(), torch.no_grad():
            batch.loss()
    except Exception:
        return False
    return True


def _asks_the_same(context: Context, batch: Batch, call: LossCall) -> bool:
    """Whether the targets stay when the inputs are exchanged; an autoencoder's are made of them."""
    asked = call_of(context, batch).target
    return asked.shape == call.target.shape and torch.equal(asked, call.target)


def _spreads(context: Context, batch: Batch) -> tuple[float | None, float | None]:
    """Of outputs and inputs over the examples / their root mean square."""
    with context.kept(), context.evaluating():
        output = context.output(batch).double()
    axis, size = batch.axis or 0, batch.size

    def spread(one: Tensor, along: int) -> float | None:
        if one.dim() <= along or one.shape[along] != size or size < 2:
            return None
        whole = float(one.square().mean().sqrt())
        return float(one.std(along, correction=0).square().mean().sqrt()) / max(whole, 1e-30)

    first = batch.inputs[0]
    return spread(output, 0 if output.shape[0] == size else axis), spread(first.double(), axis)
