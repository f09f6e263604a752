"""Known cures of a plain network that is too deep, each tried and ranked."""

from __future__ import annotations

import math
from collections.abc import Iterator

from unstuck.core.outcome import TooLittle
from unstuck.preflight.allowance import Allowance
from unstuck.preflight.context import Context, mean
from unstuck.preflight.cures import CURES, Cure, Cured
from unstuck.preflight.short_fits import call_of
from unstuck.preflight.signals import Layer, signal, watched
from unstuck.preflight.state import Tensor
from unstuck.record.events.probe.base import ProbeEvent
from unstuck.record.events.probe.network import CureTrial, DepthCures

TITLE = "cures of depth"
MEASURES: tuple[type[ProbeEvent], ...] = (DepthCures,)
SHARE = 0.6
DEEP = 8
"""layers with an activation and neither norm nor shortcut, from which a network counts as deep and plain"""
STEPS = 150
SLOWER = (1.0, 0.1)
"""of the own rate: a cure that needs a smaller one is no worse for it"""
TRIED = 20
"""steps after which the better rate is known"""
KEPT = 200


def probe(context: Context) -> Iterator[ProbeEvent]:
    """A short training as it is, and one with each cure."""
    layers = watched(context, context.batch.loss)
    plain = [one for one in layers if one.activation and not one.normalised and not one.residual and not one.last]
    if len(plain) < DEEP:
        raise TooLittle(f"a plain network: {DEEP} layers or more without norm or shortcut (this has {len(plain)})")
    baseline = call_of(context, context.batch).baseline
    seconds = context.seconds / len(CURES)
    trials = [_best(context, cure, layers, seconds) for cure in CURES]
    trials.sort(key=lambda one: one.last_loss if math.isfinite(one.last_loss) else math.inf)
    yield DepthCures(
        layers=tuple(layer.name for layer in layers), depth=len(plain), baseline_loss=baseline,
        steps=max(len(one.losses) for one in trials), trials=tuple(trials),
    )


def _best(context: Context, cure: Cure, layers: list[Layer], seconds: float) -> CureTrial:
    """At the rate that serves it best."""
    allowed = Allowance(seconds)
    rates = [share * max(context.rates) for share in SLOWER]
    tried = {rate: _first_steps(context, cure, layers, rate, Allowance(seconds / 4)) for rate in rates}
    return _trial(context, cure, layers, min(rates, key=lambda rate: tried[rate]), allowed)


def _first_steps(context: Context, cure: Cure, layers: list[Layer], rate: float, allowed: Allowance) -> float:
    with context.kept(), Cured(cure, layers):
        losses = context.train(context.batches, TRIED, rate=rate, until=allowed)
    return mean(losses[-5:]) if all(map(math.isfinite, losses)) else math.inf


def _trial(context: Context, cure: Cure, layers: list[Layer], rate: float, allowed: Allowance) -> CureTrial:
    batch, axis = context.batch, context.batch.axis or 0
    with context.kept(), Cured(cure, layers):
        start = watched(context, batch.loss)
        before = [layer.weight.detach().clone() for layer in start]
        first = [signal(layer, axis) for layer in start]
        losses = context.train(context.batches, STEPS, rate=rate, until=allowed)
        end = watched(context, batch.loss)
        after = [signal(layer, axis) for layer in end]
        changes = [float((layer.weight.detach() - old).norm() / old.norm().clamp_min(1e-30))
                   for layer, old in zip(start, before, strict=True)]  # fmt: skip
    gradients = [one.weight_gradient or 0.0 for one in first]
    inactive = [one.inactive for one in after if one.inactive is not None]
    tail = losses[-max(1, len(losses) // 4) :]
    return CureTrial(
        name=cure.name, first_loss=losses[0], last_loss=mean(tail) if all(map(math.isfinite, losses)) else math.inf,
        losses=tuple(losses[:KEPT]), gradient_ratio=gradients[0] / max(gradients[-1], 1e-30),
        inactive=mean(inactive) if inactive else None, gradients=tuple(gradients),
        inactives=tuple(math.nan if one.inactive is None else one.inactive for one in after),
        dominating=tuple(_dominating(layer) for layer in end), changes=tuple(changes), rate=rate,
    )  # fmt: skip


def _dominating(layer: Layer) -> float:
    """Largest share that one unit has in what a layer gives on, in units of an equal share."""
    given: Tensor = layer.activated if layer.activated is not None else layer.output
    units = layer.weight.shape[0]
    axes = [at for at in (given.dim() - 1, 1) if at < given.dim() and given.shape[at] == units]
    if not axes:
        return 1.0
    power = given.double().square().movedim(axes[0], -1).reshape(-1, units).mean(0)
    whole = float(power.sum())
    return float(power.max()) * units / whole if whole > 0 else 0.0
