"""In which mode a network was trained: whether dropout and batch statistics were on where gradients came from."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from unstuck.analysis.fact import fact
from unstuck.analysis.run.loader_passes import loader_passes
from unstuck.analysis.run.training import Training
from unstuck.core.vocabulary import MODE_DEPENDENT
from unstuck.record import events

MOST_TOLD = 64
"""changes of mode that a record holds of one training; what came later is not known"""
WITHIN = 16
"""backward calls of one sampled step, at most"""


@dataclass(frozen=True, slots=True)
class NetworkModes:
    """One network at the steps that were looked at: the sampled ones, and the first ones of passes over a loader."""

    model: events.Model
    layers: tuple[str, ...]
    """that were switched off at some of them"""
    steps: tuple[int, ...]
    off: tuple[int, ...]
    """of these, those at which the whole network was in evaluation mode, and nothing of it in training mode"""
    share: float
    """of all steps: each one counts for those up to the next that was looked at"""


@fact
def network_modes(training: Training) -> tuple[NetworkModes, ...]:
    """Of every network of a training of whose layers the modes are known."""
    told = training.of(events.LayerModes)
    return tuple(found for model in training.models if (found := _of(training, model, told)) is not None)


def mode_dependent(training: Training) -> list[str]:
    """The layers of the training's networks whose class depends on the mode."""
    return [module.name for module in training.modules.values() if module.class_name in MODE_DEPENDENT]


def _of(training: Training, model: events.Model, told: tuple[events.LayerModes, ...]) -> NetworkModes | None:
    names = {module.name for module in model.modules}
    alone = len(training.models) == 1

    def mine(layers: tuple[str, ...]) -> list[str]:
        return [one for one in layers if one in names or (alone and one not in training.modules)]

    root = model.modules[0].name if model.modules else model.name
    layers = dict.fromkeys(name for event in told for name in mine(event.evaluation))
    looked: dict[int, bool] = {}
    for step, states in _states(training, told):
        calls = [(event, mine(event.evaluation), mine(event.training_mode)) for event in states]
        if any(evaluation or on for _, evaluation, on in calls):
            looked[step] = all(root in event.networks and not on for event, _, on in calls)
    if not looked:
        return None
    for call in _first_batches(training, model):
        looked.setdefault(call.step, not call.training_mode and not any(one.layer for one in call.active))
    steps = sorted(looked)
    ends = [*steps[1:], max(steps[-1] + 1, training.backward_calls)]
    lengths = [end - step for step, end in zip(steps, ends, strict=True)]
    off = [length for step, length in zip(steps, lengths, strict=True) if looked[step]]
    return NetworkModes(
        model, tuple(layers), tuple(steps), tuple(step for step in steps if looked[step]), sum(off) / sum(lengths)
    )


def _states(
    training: Training, told: tuple[events.LayerModes, ...]
) -> Iterator[tuple[int, tuple[events.LayerModes, ...]]]:
    """Each sampled step with the modes within it: those told before it last, and those told in it."""
    steps = [step.step for step in training.sampled_steps]
    if len(told) >= MOST_TOLD:
        steps = [step for step in steps if step <= told[-1].step]
    at = [event.step for event in told]
    for step, end in zip(steps, [*steps[1:], math.inf], strict=True):
        first = max(0, bisect_right(at, step) - 1)
        yield step, tuple(event for event in told[first:] if event.step < min(end, step + WITHIN))


def _first_batches(training: Training, model: events.Model) -> Iterator[events.Evaluation]:
    """The calls of a network on the first batch of a pass that trains."""
    trains = {(one.loader, one.index) for one in loader_passes(training.part) if one.backward}
    for call in training.of(events.Evaluation):
        if call.model == model.id and call.gradients and (call.loader, call.step) in trains:
            yield call
