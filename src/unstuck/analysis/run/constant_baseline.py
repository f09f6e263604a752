"""The constant baseline: the best constant prediction, and its loss."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from unstuck.analysis.fact import fact
from unstuck.analysis.run.graph import Graph
from unstuck.analysis.run.phases import main_phase
from unstuck.analysis.run.training import Training
from unstuck.core.vocabulary import CROSS_ENTROPY_BINARY, LIKELIHOOD_LOSSES, LOSS_OPERATIONS, ROBUST_LOSSES
from unstuck.record import events
from unstuck.record.events import LossCall

Array = np.ndarray[Any, Any]

MIN_EXAMPLES = 16
"""targets seen, below which nothing is said about their frequencies"""
SAME_FACTOR = 0.02
"""spread of (loss handed to backward) / (mean loss of the call) up to which one is a multiple of the other"""
NORMALISED = 0.1
"""|log Σ exp| of what goes into nll_loss, beyond which it is no log-probability"""
MAX_ABOVE = 12
"""operations looked at between the loss handed to backward and the loss function"""
TINY_BATCH = 4
"""targets of one call below which a handful of points may be shown one by one"""
ORDERED = 4.0
"""spread of the batches' means, in units of what chance gives, beyond which batches are not alike"""



@dataclass(frozen=True, slots=True)
class ConstantBaseline:
    """The best constant prediction and its loss."""

    loss: float
    answer: str
    examples: int
    """targets from which it was found"""
    spread: float
    """standard error of ``loss`` from their number"""


def label_counts(calls: tuple[LossCall, ...]) -> Counter[int]:
    """How often each class was the target in the sampled calls."""
    total: Counter[int] = Counter()
    for call in calls:
        for label, number in (call.labels or {}).items():
            total[int(label)] += int(number)
    return total


@fact
def train_calls(training: Training) -> tuple[LossCall, ...]:
    """The sampled calls of the main loss; those of another training at the same lines where none was sampled."""
    mine = tuple(call for call in training.loss_calls if call.phase == "train")
    phase = main_phase(training)
    if phase is not None:
        mine = tuple(call for call in mine if phase[0] <= call.step <= phase[1]) or mine
    loss = training.loss
    if mine or loss is None or loss.file is None:
        return mine
    for event in training.part.of(events.Series):
        place = (event.file, event.line, event.function)
        if event.role == "train" and place == (loss.file, loss.line, loss.function):
            other = tuple(
                call for call in training.part.of(events.LossCall)
                if call.training == event.training and call.phase == "train"
            )  # fmt: skip
            if other:
                return other
    return ()


@fact
def baseline_of(training: Training) -> ConstantBaseline | None:
    """The best constant prediction of this training's targets; None where its loss has none that we know."""
    calls = train_calls(training)
    pairs = _of_pairs(training, calls)
    if pairs is not None:
        return pairs
    functions = Counter(call.function for call in calls)
    if not functions or len(Counter(call.step for call in calls)) < len(calls):
        return None  # several losses make one: its baseline is that of none of them
    function = functions.most_common(1)[0][0]
    calls = tuple(call for call in calls if call.function == function)
    if not calls[0].label_smoothing and any(map(_is_sum, training.graphs)):
        return None  # a penalty or a second term: a smoothed cross-entropy alone is a sum of its own
    factor = _factor(training, calls)
    if factor is None:
        return None
    found = None
    if function in LIKELIHOOD_LOSSES:
        found = _of_classes(calls)
    elif function in CROSS_ENTROPY_BINARY:
        found = _of_binary(calls)
    elif function == "mse_loss":
        found = _of_squares(_with_held_out(training, calls))
    elif function in ROBUST_LOSSES:
        found = _of_medians(_with_held_out(training, calls))
    if found is None or not found.loss > 0:
        return None
    spread = 0.0 if _whole_set(calls) else found.spread
    return replace(found, loss=found.loss * factor, spread=spread * factor)


def _of_pairs(training: Training, calls: tuple[LossCall, ...]) -> ConstantBaseline | None:
    """Of scores of every example of a batch with every other, each with one partner: that all are alike."""
    loss = training.loss
    squares = [call for call in calls if _is_square(call)]
    if loss is None or len(squares) < len(calls) or not squares:
        return None
    values = dict(zip(loss.index.tolist(), loss.value.tolist(), strict=True))
    means: dict[int, list[float]] = {}
    for call in squares:
        if call.step in values and call.mean and math.isfinite(call.mean) and math.isfinite(values[call.step]):
            means.setdefault(call.step, []).append(call.mean)
    ratio = np.array([values[step] / float(np.mean(some)) for step, some in means.items()])
    if not len(ratio) or not _alike(ratio):
        return None
    size = int(np.median([call.classes or 0 for call in squares]))
    return ConstantBaseline(
        float(np.median(ratio)) * math.log(size), f"each of {size} partners is as likely", len(squares) * size, 0.0
    )


def _is_square(call: LossCall) -> bool:
    """As many classes as examples, each of them the label of one."""
    shape, labels = call.input.shape or (), call.labels or {}
    return (
        call.function in LIKELIHOOD_LOSSES and len(shape) == 2 and shape[0] == shape[1] >= MIN_EXAMPLES
        and len(labels) == shape[0] and set(labels.values()) == {1} and call.reduction != "none"
        and call.weight is None and not call.label_smoothing
    )  # fmt: skip


def _is_sum(graph: Graph) -> bool:
    """Whether two terms that depend on the parameters meet above the loss function."""
    at = 0
    for _ in range(MAX_ABOVE):
        node = graph.nodes[at]
        below = [one for one in node.inputs if one is not None]
        if node.op in LOSS_OPERATIONS or not below:
            return False
        if len(below) > 1:
            return node.op in ("add", "sub", "stack", "cat", "rsub")
        at = below[0]
    return False


def _factor(training: Training, calls: tuple[LossCall, ...]) -> float | None:
    """By what the loss handed to backward exceeds the mean over the elements; None where it is no multiple of it."""
    loss = training.loss
    elements = np.array([_elements(call) for call in calls], dtype=np.float64)
    summed = calls[0].reduction == "sum"
    declared = float(elements.mean()) if summed else 1.0
    known = [(at, call.mean) for at, call in enumerate(calls) if call.mean and math.isfinite(call.mean)]
    if loss is None or not known:
        return declared
    values = dict(zip(loss.index.tolist(), loss.value.tolist(), strict=True))
    largest = max(abs(mean) for _, mean in known)
    pairs = [
        (at, values[calls[at].step] / mean)
        for at, mean in known
        if calls[at].step in values and abs(mean) > 1e-3 * largest and math.isfinite(values[calls[at].step])
    ]
    if not pairs:
        return declared
    ratio = np.array([one for _, one in pairs])
    if _alike(ratio):
        return float(np.median(ratio))
    each = ratio / elements[[at for at, _ in pairs]]
    return float(np.median(each) * elements.mean()) if _alike(each) else None


def _alike(ratio: Array) -> bool:
    return bool((ratio > 0).all()) and float(np.ptp(ratio)) <= SAME_FACTOR * float(np.median(ratio))


def _elements(call: LossCall) -> int:
    shape = call.target.shape or [1]
    number = int(np.prod(shape))
    if call.function in LIKELIHOOD_LOSSES and call.target.is_floating_point:
        number //= max(1, call.classes or 1)
    ignored = (call.labels or {}).get(call.ignored_label, 0)
    return max(1, number - int(ignored))


def _whole_set(calls: tuple[LossCall, ...]) -> bool:
    """Every sampled call held the same targets: they are all there are."""
    facts = [(call.labels, call.target.mean, call.target.std) for call in calls]
    return len(calls) >= 3 and all(fact == facts[0] for fact in facts) and facts[0] != (None, None, None)


def _examples(calls: tuple[LossCall, ...]) -> int:
    """Independent targets: pixels and tokens of one example go together."""
    return sum(_rows(call) for call in calls)


def _of_classes(calls: tuple[LossCall, ...]) -> ConstantBaseline | None:
    if any(call.log_normaliser is not None and call.log_normaliser > NORMALISED for call in calls):
        return None
    counts = label_counts(
        tuple(
            call for call in calls
            if not call.target.is_floating_point or call.one_hot
        )
    )  # fmt: skip
    counts.pop(calls[0].ignored_label, None)
    total = sum(counts.values())
    classes = max([call.classes or 0 for call in calls] + [max(counts, default=-1) + 1])
    if total < MIN_EXAMPLES or len(counts) < 2 or min(counts) < 0:
        return None
    number = np.zeros(classes)
    number[list(counts)] = list(counts.values())
    weight = np.ones(classes)
    given = calls[0].weight
    if given is not None:
        if len(given) != classes:
            return None
        weight = np.array(given, dtype=np.float64)
    whole = float((weight * number).sum())
    if whole <= 0:
        return None
    smoothing = float(calls[0].label_smoothing or 0.0)
    mass = (1 - smoothing) * weight * number / whole + smoothing / classes * weight * total / whole
    mass = mass[mass > 0]
    information = -np.log(mass / mass.sum())
    entropy = float((mass * information).sum())
    seen = min(total, max(MIN_EXAMPLES, _examples(calls)))
    share = mass / mass.sum()
    variance = max(0.0, float((share * information**2).sum()) - float((share * information).sum()) ** 2)
    missing = 0.0 if _whole_set(calls) or smoothing else (len(counts) - 1) / (2 * seen)  # Miller-Madow
    spread = math.sqrt(variance / seen) + missing
    return ConstantBaseline(entropy + missing, "always predicting the class frequencies", total, spread)


def _of_binary(calls: tuple[LossCall, ...]) -> ConstantBaseline | None:
    if any(call.weight for call in calls):
        return None
    for call in calls:
        target = call.target
        if target.mean is None or target.min is None or target.max is None or target.min < 0 or target.max > 1:
            return None
    pooled = _pooled(calls)
    if pooled is None:
        return None
    share, _, total = pooled
    weight = np.array(calls[0].pos_weight or [1.0], dtype=np.float64)
    if weight.size not in (1, share.size):
        return None
    inside = (share > 0) & (share < 1)
    if not inside.any():
        return None
    positive, negative = weight * share, 1 - share
    with np.errstate(divide="ignore", invalid="ignore"):
        answer = positive / (positive + negative)
        losses = np.where(inside, -positive * np.log(answer) - negative * np.log1p(-answer), 0.0)
        slope = np.where(inside, np.abs(weight * -np.log(answer) + np.log1p(-answer)), 0.0)
    spread = float(np.mean(slope * np.sqrt(share * (1 - share) / total)))
    answer = "always predicting the mean of the targets"
    return ConstantBaseline(float(losses.mean()), answer, total, spread + 0.5 / total)


def _with_held_out(training: Training, calls: tuple[LossCall, ...]) -> tuple[LossCall, ...]:
    """The calls, and held-out targets that look like theirs: a variance wants many examples."""
    means, spreads = _moments(calls)
    if not len(means) or _whole_set(calls):
        return calls
    mean, std = float(means.mean()), float(spreads.mean())
    more = {}
    for call in training.loss_calls:
        moments = call.target.moments
        if call.phase != "eval" or call.function != calls[0].function or moments is None:
            continue
        alike = abs(moments[0] - mean) < 0.5 * std and 0.6 * std < moments[1] < 1.6 * std
        if alike and (call.column_mean is None) == (calls[0].column_mean is None):
            more[moments] = call
    return calls + tuple(more.values())


def _of_squares(calls: tuple[LossCall, ...]) -> ConstantBaseline | None:
    pooled = _pooled(calls)
    if pooled is None:
        return None
    _, variance, total = pooled
    known = float(variance.mean())
    each = _moments(calls)[1] ** 2
    between = float(each.std() / math.sqrt(len(each))) if len(each) >= 4 else 0.0
    return ConstantBaseline(
        known, "always predicting the mean of the targets", total, max(between, known * math.sqrt(2 / total))
    )  # fmt: skip


def _of_medians(calls: tuple[LossCall, ...]) -> ConstantBaseline | None:
    """Each batch is told with its own median: sound where batches are alike."""
    rows: list[tuple[float, float]] = []
    for call in calls:
        plain = call.absolute_deviation if call.function == "l1_loss" else None
        loss = call.constant if call.constant is not None else plain
        count = (call.target.shape or (0,))[0]
        if loss is not None and count >= 4:
            rows.append((float(count), float(loss)))
    total = int(sum(count for count, _ in rows))
    if total < MIN_EXAMPLES or _ordered(calls):
        return None
    mean = float(np.average([loss * count / (count - 1) for count, loss in rows], weights=[c for c, _ in rows]))
    return ConstantBaseline(mean, "always predicting the median of the targets", total, mean / math.sqrt(total))


def _pooled(calls: tuple[LossCall, ...]) -> tuple[Array, Array, int] | None:
    """Mean and variance of the targets over all calls, by columns where they are known; and how many examples."""
    rows = [call for call in calls if call.target.moments is not None and call.target.shape is not None]
    total = _examples(tuple(rows))
    elements = sum(_elements(call) for call in rows)
    if elements < MIN_EXAMPLES or not total or _is_a_handful(rows):
        return None
    columns = {len(call.column_mean) for call in rows if call.column_mean is not None}
    if len(columns) == 1 and all(call.column_mean is not None for call in rows):
        count = np.array([[float(_rows(call))] for call in rows])
        mean = np.array([call.column_mean for call in rows])
        variance = np.array([call.column_variance for call in rows]) * (count - 1) / count
    else:
        count = np.array([[float(_elements(call))] for call in rows])
        means, spreads = _moments(rows)
        mean, variance = means[:, None], spreads[:, None] ** 2
        within = [call.column_variance for call in rows if isinstance(call.column_variance, float)]
        if len(within) == len(rows):
            return mean.mean(0), np.array([float(np.mean(within))]), total
    center = (mean * count).sum(0) / count.sum()
    spread = (count * (variance + (mean - center) ** 2)).sum(0) / count.sum()
    return center, spread, total


def _is_a_handful(calls: list[LossCall]) -> bool:
    """Numbers shown one by one, the same few again and again: which ones were sampled is no fair draw of them."""
    if any(_elements(call) >= TINY_BATCH or call.function in CROSS_ENTROPY_BINARY for call in calls):
        return False
    return len({(call.target.mean, call.target.std) for call in calls}) < MIN_EXAMPLES


def _ordered(calls: tuple[LossCall, ...]) -> bool:
    """The batches' means lie further apart than chance puts them."""
    mean, std = _moments(calls)
    if len(mean) < 3:
        return False
    elements = [max(1, math.prod(call.target.shape or ())) for call in calls if call.target.moments is not None]
    return bool(np.var(mean) > ORDERED * np.mean(std**2 / np.array(elements)))


def _moments(calls: Sequence[LossCall]) -> tuple[Array, Array]:
    """Mean and standard deviation of each call's targets, where they were measured."""
    known = [call.target.moments for call in calls if call.target.moments is not None]
    table = np.array(known, dtype=np.float64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _rows(call: LossCall) -> int:
    """Length of the targets' first axis."""
    return (call.target.shape or (1,))[0]
