"""Which parameters a training reaches, holds, steps and changes: questions about its record that several rules ask."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from unstuck.analysis.fact import fact
from unstuck.analysis.run.training import Track, Training
from unstuck.core.finding import Place
from unstuck.record import events
from unstuck.record.events import GradientFacts, ParameterFacts, ParamGroup
from unstuck.record.reader import Part
from unstuck.record.schema import Kind

NO_GRADIENT_ERROR = "does not require grad and does not have a grad_fn"
"""in the message of the error that backward raises on a loss without a graph"""

Sampled = tuple[tuple[int, GradientFacts], ...]
"""(step, gradients) of one optimiser at the sampled steps"""


@dataclass(frozen=True, slots=True)
class OptimizerHistory:
    """All that was recorded of one optimiser: its parameters over the whole run, its groups as they were last."""

    number: int
    class_name: str
    place: Place
    parameters: frozenset[int]
    groups: tuple[ParamGroup, ...]
    steps: int


def optimizers(part: Part, training: Training | None = None) -> tuple[OptimizerHistory, ...]:
    """The optimisers of one training, or of the whole part, each once."""
    recorded = training.optimizers if training is not None else part.of(events.Optimizer)
    end = end_of(part)
    counted = end.steps if end is not None else {}
    states: dict[int, list[events.Optimizer]] = {}
    for state in recorded:
        states.setdefault(state.id, []).append(state)
    return tuple(
        OptimizerHistory(
            number=number,
            class_name=same[-1].class_name or "optimizer",
            place=Place(file=same[-1].file, line=same[-1].line),
            parameters=frozenset(parameter for state in same for parameter in state.parameters),
            groups=same[-1].groups,
            steps=counted.get(number, 0) or len(part.rows(Kind.STEP, number)),
        )
        for number, same in states.items()
    )


def end_of(part: Part) -> events.End | None:
    """How the process ended; None where it still runs or was killed."""
    return next(iter(part.of(events.End)), None)


def ended_without_gradient(part: Part) -> bool:
    """Whether the program ended in the error that backward raises on a loss without a graph."""
    end = end_of(part)
    return end is not None and NO_GRADIENT_ERROR in (end.message or "")


def sampled_gradients(part: Part, number: int) -> Sampled:
    """The gradients of one optimiser (or of `events.RAW_LEAVES`) at every sampled step of the part."""
    return tuple(
        (sampled.step, sampled.optimizers[number])
        for sampled in part.of(events.SampledStep) if number in sampled.optimizers
    )


@fact
def reached(training: Training) -> frozenset[int]:
    """The leaves of every recorded graph: parameters that some loss is a function of."""
    return frozenset(node.leaf for graph in training.graphs for node in graph.nodes if node.leaf is not None)


@fact
def at_no_rate(training: Training) -> frozenset[int]:
    """Parameters of a group whose learning rate is 0 in every recorded state, beside groups that learn."""
    states: dict[int, list[events.Optimizer]] = {}
    for state in training.optimizers:
        states.setdefault(state.id, []).append(state)
    found: set[int] = set()
    for same in states.values():
        never: set[int] | None = None
        for state in same:
            pairs = list(zip(state.groups, state.by_group, strict=False))
            zero = {number for group, numbers in pairs if group.lr == 0 and not group.initial_lr for number in numbers}
            moving = any(group.lr for group in state.groups)
            never = (zero if never is None else never & zero) if moving else never
        found |= never or set()
    return frozenset(found)


def all_parameters(part: Part) -> dict[int, list[ParameterFacts]]:
    """Parameter id → its recorded states, in order of time."""
    states: dict[int, list[ParameterFacts]] = {}
    for model in part.of(events.Model):
        for parameter in model.parameters:
            states.setdefault(parameter.id, []).append(parameter)
    return states


def backward_place(training: Training, parameters: frozenset[int]) -> Place:
    """The line of the backward whose loss reaches any of these parameters; else that of the main loss."""
    lines = {series.id: Place(file=series.file, line=series.line) for series in training.losses}
    for graph in training.graphs:
        if graph.series in lines and any(node.leaf in parameters for node in graph.nodes):
            return lines[graph.series]
    return next(iter(lines.values()), Place())


def backward_calls(training: Training) -> int:
    """How often backward was called in this training."""
    return sum(len(series.value) for series in training.losses)


def is_unchanged(track: Track) -> bool:
    """Whether a weight has the same summary at every sampled step."""
    columns = [track[name] for name in ("mean", "std", "min", "max", "norm")]
    return all(bool(np.all((c == c[0]) | (np.isnan(c) & np.isnan(c[0])))) for c in columns)


def num_weights(parameter: ParameterFacts) -> int:
    """How many numbers a parameter holds."""
    return int(np.prod(parameter.shape or [1]))


def named(names: list[str], limit: int = 3) -> str:
    """A few names and how many more there are."""
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
