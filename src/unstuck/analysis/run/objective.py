"""Whether a loss measures progress: the evidence that it does not, in words."""

from __future__ import annotations

import math

import numpy as np

from unstuck.analysis.fact import fact
from unstuck.analysis.run.constant_baseline import baseline_of, train_calls
from unstuck.analysis.run.surrogate import is_policy
from unstuck.analysis.run.training import Training
from unstuck.core.vocabulary import REGRESSION_LOSSES
from unstuck.record import events
from unstuck.record.schema import Kind

MOVING_SHARE = 0.3
"""change of the targets' mean or spread between the run's halves, in spreads, that makes them a moving target"""
SIGMAS = 6.0
"""standard errors beyond which the targets have moved"""
MIN_CALLS = 6
INTERLEAVED = 4
"""changes from one training to another and back from which two are called trained against each other"""
NEGATIVE_SHARE = 0.01
"""share of values below zero from which a loss has no lower bound at zero"""
SQUARES = frozenset({"pow", "abs", "mul"})
"""operations that make an error of a difference, in a loss written by hand"""


@fact
def no_objective(training: Training) -> str:
    """Why the main loss measures no progress, in words; "" where it does."""
    loss = training.loss
    if loss is None:
        return "there is none"
    finite = loss.value[np.isfinite(loss.value)]
    if len(finite) and float(np.mean(finite < 0)) > NEGATIVE_SHARE:
        return "it is negative, as a policy's loss or a likelihood may be"
    if loss.function is None and any(map(is_policy, training.graphs)):
        return "it is the surrogate of a policy gradient"
    rivals = interleaved(training)
    if rivals and (baseline_of(training) is None or any(map(has_constant_target, rivals))):
        return "another training changes it between its steps"
    if is_adversarial(training):
        return "several optimisers work against each other"
    if has_constant_target(training):
        return "its targets are one constant"
    if has_moving_target(training):
        return "its targets move while it is trained"
    if is_bootstrapped(training):
        return "the network makes its own targets"
    return ""


def is_objective(training: Training) -> bool:
    """Whether the main loss measures progress: not adversarial, no policy's, no moving or constant target."""
    return not no_objective(training)


def is_adversarial(training: Training) -> bool:
    """Several optimisers over disjoint parameters and several losses, one of which reaches another's parameters."""
    latest = {optimizer.id: set(optimizer.parameters) for optimizer in training.optimizers}
    held = list(latest.values())
    if len(held) < 2 or len(training.losses) < 2 or any(a & b for i, a in enumerate(held) for b in held[i + 1 :]):
        return False
    reached: dict[int, set[int]] = {}
    for graph in training.graphs:
        reached.setdefault(graph.series, set()).update(n.leaf for n in graph.nodes if n.leaf is not None)
    crossing = [sum(bool(leaves & h) for h in held) for leaves in reached.values()]
    return len(crossing) > 1 and any(number > 1 for number in crossing)


def interleaved(training: Training) -> tuple[Training, ...]:
    """Other trainings whose backward calls come between this one's, again and again."""
    rows = training.part.rows(Kind.BACKWARD)
    series = training.part.of(events.Series)
    owner = {one.id: one.training for one in series if one.training is not None}
    sources, which = np.unique(rows["source"], return_inverse=True)
    trainings = np.array([owner.get(source, -1) for source in sources.tolist()], dtype=np.int64)[which]
    found = []
    for other in np.unique(trainings):
        pair = trainings[(trainings == training.number) | (trainings == other)]
        if other not in (-1, training.number) and np.count_nonzero(np.diff(pair)) >= 2 * INTERLEAVED:
            found.append(Training(training.part, int(other)))
    return tuple(found)


def has_constant_target(training: Training) -> bool:
    """Every sampled target was one and the same number, as for a generator that is told to look real."""
    calls = train_calls(training)
    if len(calls) < 2:
        return False
    values = {(call.target.min, call.target.max) for call in calls}
    return len(values) == 1 and all(low is not None and low == high for low, high in values)


def has_moving_target(training: Training) -> bool:
    """Targets of a regression that are not the same distribution late as early: made by the network itself."""
    calls = [
        call for call in train_calls(training)
        if call.target.std is not None and call.target.is_floating_point and call.function in REGRESSION_LOSSES
    ]  # fmt: skip
    if len(calls) < MIN_CALLS:
        return False
    mean = np.array([call.target.mean for call in calls])
    std = np.array([call.target.std for call in calls])
    half = len(calls) // 2
    whole = max(float(std.max()), 1e-12)
    for values in (mean, std):
        apart = abs(float(values[half:].mean() - values[:half].mean()))
        error = math.hypot(
            float(values[:half].std()) / math.sqrt(half), float(values[half:].std()) / math.sqrt(len(calls) - half)
        )
        if apart > MOVING_SHARE * whole and apart > SIGMAS * error:
            return True
    return False


@fact
def is_bootstrapped(training: Training) -> bool:
    """A regression whose network was asked, in training mode and without gradients, before its very first step.

    So are targets made that are the network's own answers (temporal differences, returns of a rollout). Where a loss
    is looked at without a backward as well, it was an evaluation that asked.
    """
    if training.evals or not _is_regression(training):
        return False
    sampled = training.of(events.SampledStep)
    first = min((one.step for one in sampled), default=0)
    learned = {training.parameters[leaf].layer for leaf in _leaves(training) if leaf in training.parameters}
    asked = {
        place.layer for place in training.part.of(events.TensorPlace)
        if place.what == "ungraded" and place.step <= first
    }  # fmt: skip
    return bool(learned & asked)


def _leaves(training: Training) -> set[int]:
    return {node.leaf for graph in training.graphs for node in graph.nodes if node.leaf is not None}


def _is_regression(training: Training) -> bool:
    """The loss is an error about numbers: by its function, or by the difference to a constant in its graph."""
    loss = training.loss
    if loss is None:
        return False
    if loss.function is not None:
        return loss.function in REGRESSION_LOSSES
    for graph in training.graphs:
        for node in graph.nodes:
            below = node.inputs[0] if node.inputs else None
            if node.op in REGRESSION_LOSSES:
                return True
            if node.op in SQUARES and below is not None:
                error = graph.nodes[below]
                squared = node.op != "mul" or set(node.inputs) == {below}
                if squared and error.op in ("sub", "rsub") and None in error.inputs:
                    return True
    return False
