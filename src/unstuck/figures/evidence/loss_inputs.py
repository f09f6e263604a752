"""Inputs and targets of the loss at the sampled steps, from the smallest to the largest, and where they should lie."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from unstuck.core.figure import Band, Curve, Figure, Level, Range
from unstuck.core.words import count, number, share
from unstuck.figures.evidence.calls import calls_of, looks_axis, positions, steps_of
from unstuck.figures.evidence.evidence_figure import EvidenceFigure, axis, limit_of, numbers, value_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from unstuck.analysis.run.training import Training
    from unstuck.core.finding import Finding
    from unstuck.record.events import LossCall, TensorFacts

OUTPUTS, TARGETS = 0, 4
"""groups of colours"""
ASIDE = 1.05
"""factor that moves the second of two ranges beside the first, on a logarithmic axis"""
PROBABILITIES = Band(low=0.0, high=1.0, label="0 to 1: probabilities")
LOG_PROBABILITIES = Band(low=-math.inf, high=0.0, label="0 or less: log-probabilities")
MOSTLY_NONZERO = 0.01
"""share of exact zeros from which the text mentions them"""


def is_measured(tensor: TensorFacts) -> bool:
    """Whether smallest and largest element are known."""
    return tensor.min is not None and tensor.max is not None


def input_ranges(
    training: Training, calls: Sequence[LossCall], *, marked: bool = False, aside: float = 1.0
) -> tuple[Range, ...]:
    """The range of the input of each call; ``aside`` moves it by that factor."""
    return _ranges(training, calls, [call.input for call in calls], OUTPUTS, marked=marked, aside=aside)


def target_ranges(training: Training, calls: Sequence[LossCall]) -> tuple[Range, ...]:
    """The range of the targets of each call."""
    return _ranges(training, calls, [call.target for call in calls], TARGETS, marked=True)


def _ranges(
    training: Training, calls: Sequence[LossCall], tensors: Sequence[TensorFacts], group: int, *, marked: bool,
    aside: float = 1.0,
) -> tuple[Range, ...]:
    return tuple(
        Range(x=float(x) * aside, low=tensor.min, high=tensor.max, group=group, marked=marked)
        for x, tensor in zip(positions(training, steps_of(calls)), tensors, strict=True)
        if tensor.min is not None and tensor.max is not None
    )  # fmt: skip


def row_sum_ranges(training: Training, calls: Sequence[LossCall]) -> tuple[Range, ...]:
    """The smallest and the largest sum of a row of targets, of each call."""
    return tuple(
        Range(x=float(x), low=call.target_row_sum[0], high=call.target_row_sum[1], marked=True)
        for x, call in zip(positions(training, steps_of(calls)), calls, strict=True)
        if call.target_row_sum is not None
    )


def ends(ranges: Iterable[Range]) -> list[float]:
    """The ends of all ranges."""
    return [end for drawn in ranges for end in (drawn.low, drawn.high)]


def probabilities(finding: Finding, training: Training) -> EvidenceFigure | None:
    """LOS101, LOS102 by their values: every input is a probability already."""
    calls = [call for call in calls_of(finding, training) if is_measured(call.input)]
    if not calls:
        return None
    ranges = input_ranges(training, calls, marked=True)
    low, high = min(ends(ranges)), max(ends(ranges))
    decided: tuple[tuple[str, float], ...] = ()
    rows = ""
    if finding.measured("row_sum_error") is not None:
        error = max(call.row_sum_error or 0.0 for call in calls)
        decided = (("row_sum_error", error),)
        rows = f", and every row sums to 1 within {number(error)}"
    elif finding.measured("smallest_input") is not None:
        decided = (("smallest_input", low), ("largest_input", high))
    return EvidenceFigure(
        figure=Figure(
            title="Inputs of the loss",
            description=f"From {number(low)} to {number(high)}.",
            x=looks_axis(training),
            y=axis("input of the loss", [*ends(ranges), -0.25, 1.25]),
            curves=(),
            bands=(PROBABILITIES,),
            ranges=ranges,
        ),
        sentence=f"At {count(len(calls), 'sampled step')} all inputs of the loss lie between {number(low)} and "
        f"{number(high)}{rows}: the loss expects logits and is given probabilities.",
        decided=decided,
    )


def scores(finding: Finding, training: Training) -> EvidenceFigure | None:
    """LOS103: logits where probabilities or log-probabilities are expected."""
    if finding.measured("log_normaliser") is not None:
        return _log_normaliser(finding, training)
    calls = [call for call in calls_of(finding, training) if is_measured(call.input)]
    if finding.measured("smallest_input") is not None:
        calls = [call for call in calls if call.phase == "raised"][:1]
    if not calls:
        return None
    ranges = input_ranges(training, calls, marked=True)
    low, high = min(ends(ranges)), max(ends(ranges))
    logarithms = calls[0].function == "kl_div"
    expected = "log-probabilities (0 or less)" if logarithms else "probabilities (0 to 1)"
    return EvidenceFigure(
        figure=Figure(
            title="Inputs of the loss",
            description=f"From {number(low)} to {number(high)}.",
            x=looks_axis(training),
            y=axis("input of the loss", [*ends(ranges), -0.25, 1.25]),
            curves=(),
            bands=(LOG_PROBABILITIES if logarithms else PROBABILITIES,),
            ranges=ranges,
        ),
        sentence=f"{calls[0].function} expects {expected} and is given {number(low)} to {number(high)}.",
        decided=tuple(
            (key, value) for key, value in (("smallest_input", low), ("largest_input", high)) if finding.measured(key)
        ),
    )


def _log_normaliser(finding: Finding, training: Training) -> EvidenceFigure | None:
    limit = limit_of(finding, "log_normaliser")
    calls = [call for call in calls_of(finding, training) if call.log_normaliser is not None]
    distances = np.array([call.log_normaliser for call in calls], dtype=np.float64)
    if not calls or limit is None:
        return None
    mean = float(distances.mean())
    curve = Curve(
        name="|log Σ exp| of a row",
        group=OUTPUTS,
        x=numbers(positions(training, steps_of(calls))),
        y=numbers(distances),
        marked=True,
        dots=True,
    )
    return EvidenceFigure(
        figure=Figure(
            title="Distance of the rows from log-probabilities",
            description=f"Mean {number(mean)}.",
            x=looks_axis(training),
            y=axis("|log Σ exp| of a row", [*distances[distances > 0].tolist(), limit, mean], unit="nat"),
            curves=(curve,) if (distances > 0).all() else (),
            levels=(
                Level(y=limit, label=f"log-probabilities: below {number(limit)}"),
                Level(y=mean, label=f"mean {number(mean)}"),
            ),
        ),
        sentence=f"The log Σ exp of a row of log-probabilities is 0. Here |log Σ exp| is {number(distances[0])} at the "
        f"first sampled step and {number(distances[-1])} at the last: the input is not log-probabilities.",
        decided=(("log_normaliser", mean),),
    )


def out_of_reach(finding: Finding, training: Training) -> EvidenceFigure | None:
    """LOS106: targets and the range of the output activation."""
    calls = [
        call
        for call in calls_of(finding, training)
        if call.phase == "train" and is_measured(call.input) and is_measured(call.target)
    ]
    if not calls or finding.measured("smallest_target") is None:
        return None
    low, high = limit_of(finding, "smallest_target"), limit_of(finding, "largest_target")
    targets = target_ranges(training, calls)
    outputs = input_ranges(training, calls, aside=ASIDE)
    band = Band(
        low=-math.inf if low is None else low,
        high=math.inf if high is None else high,
        label=f"range of the output: {_in_words(low, high)}",
    )
    outside = value_of(finding, "targets_outside_range")
    smallest, largest = min(ends(targets)), max(ends(targets))
    return EvidenceFigure(
        figure=Figure(
            title="Targets and the range of the output",
            description=f"Targets from {number(smallest)} to {number(largest)}.",
            x=looks_axis(training),
            y=axis("targets and outputs", ends((*targets, *outputs)), zero=False),
            curves=(),
            bands=(band,),
            ranges=(*targets, *outputs),
            names=((-1, "targets"), (OUTPUTS, "outputs of the network")),
        ),
        sentence=f"The targets range from {number(smallest)} to {number(largest)}. The outputs cannot leave the band: "
        f"{share(outside)} of the targets lie outside it.",
        decided=(("smallest_target", smallest), ("largest_target", largest)),
    )


def _in_words(low: float | None, high: float | None) -> str:
    if high is None:
        return f"{number(low or 0.0)} or more"
    return f"{number(high)} or less" if low is None else f"{number(low)} to {number(high)}"


def cut_off(finding: Finding, training: Training) -> EvidenceFigure | None:
    """ARC113: the logits that are left after an activation on the output."""
    calls = [call for call in calls_of(finding, training) if is_measured(call.input)]
    if not calls:
        return None
    ranges = input_ranges(training, calls, marked=True)
    low, high = min(ends(ranges)), max(ends(ranges))
    zeros = float(np.mean([call.input.zeros or 0.0 for call in calls]))
    room = 0.35 * (high - low)
    num_outputs = value_of(finding, "num_outputs")
    outputs = "values of the output" if num_outputs == 1 else f"values of the {number(num_outputs)} outputs"
    exact_zeros = f", and {share(zeros)} of them are exactly 0" if zeros > MOSTLY_NONZERO else ""
    return EvidenceFigure(
        figure=Figure(
            title="Logits that reach the loss",
            description=f"From {number(low)} to {number(high)}.",
            x=looks_axis(training),
            y=axis("input of the loss", [*ends(ranges), low - room, high + room], zero=False),
            curves=(),
            bands=_unavailable(low, high),
            ranges=ranges,
        ),
        sentence=f"The {outputs} that the loss gets are between {number(low)} and {number(high)} at all "
        f"{count(len(calls), 'sampled call')}{exact_zeros}.",
        decided=(("num_outputs", float(calls[0].classes)),) if calls[0].classes else (),
    )


def _unavailable(low: float, high: float) -> tuple[Band, ...]:
    """The values that an activation with these smallest and largest outputs cannot give."""
    if low == 0.0:
        return (Band(low=-math.inf, high=0.0, label="negative logits: not available", bad=True),)
    if low >= -1.0 and high <= 1.0:
        return (
            Band(low=1.0 if high > 0 else 0.0, high=math.inf, label="not available", bad=True),
            Band(low=-math.inf, high=-1.0 if low < 0 else 0.0, label="not available", bad=True),
        )
    return ()


def always_one(finding: Finding, training: Training) -> EvidenceFigure | None:
    """LOS105: the outputs, all of them 1, and the mean of the targets."""
    calls = [call for call in calls_of(finding, training) if is_measured(call.input)]
    if not calls or any(call.input.min != call.input.max for call in calls):
        return None
    x = numbers(positions(training, steps_of(calls)))
    outputs = np.array([call.input.max for call in calls], dtype=np.float64)
    if not np.allclose(outputs, 1.0):
        return None
    curves = [Curve(name="every output", group=OUTPUTS, x=x, y=numbers(outputs), marked=True, dots=True)]
    means = [call.target.mean for call in calls if call.target.mean is not None]
    comparison = ""
    if len(means) == len(calls):
        curves.append(Curve(name="mean of the targets", group=TARGETS, x=x, y=numbers(means), dots=True, line=False))
        comparison = f"; the mean of the targets is {number(float(np.mean(means)))}"
    batch = (calls[0].input.shape or (0,))[0]
    return EvidenceFigure(
        figure=Figure(
            title="All outputs are 1",
            description="At every sampled step.",
            x=looks_axis(training),
            y=axis("output", [0.0, 1.0, 1.05]),
            curves=tuple(curves),
            levels=(Level(y=1.0, label="softmax over 1 unit = 1"),),
        ),
        sentence=f"At all {count(len(calls), 'sampled step')} each of the {number(batch)} outputs is exactly 1, "
        f"whatever the weights are{comparison}.",
        decided=(("outputs_equal_to_one", float(batch)),),
    )


def amounts(finding: Finding, training: Training) -> EvidenceFigure | None:
    """LOS104: continuous targets of a classification loss."""
    if finding.measured("largest_target_row_sum") is not None:
        return _row_sums(finding, training)
    calls = [call for call in calls_of(finding, training) if is_measured(call.target)]
    if not calls or finding.measured("largest_target") is None:
        return None
    ranges = target_ranges(training, calls)
    low, high = min(ends(ranges)), max(ends(ranges))
    return EvidenceFigure(
        figure=Figure(
            title="Targets of a binary loss",
            description=f"Up to {number(high)}.",
            x=looks_axis(training),
            y=axis("targets", [*ends(ranges), -0.25, 1.25]),
            curves=(),
            bands=(PROBABILITIES,),
            ranges=ranges,
        ),
        sentence=f"The targets range from {number(low)} to {number(high)}; the loss expects 0 to 1.",
        decided=(("largest_target", high),),
    )


def _row_sums(finding: Finding, training: Training) -> EvidenceFigure | None:
    calls = [call for call in calls_of(finding, training, "cross_entropy") if call.target_row_sum is not None]
    ranges = row_sum_ranges(training, calls)
    if not ranges:
        return None
    low, high = min(ends(ranges)), max(ends(ranges))
    return EvidenceFigure(
        figure=Figure(
            title="Sums of the rows of targets",
            description=f"Up to {number(high)}.",
            x=looks_axis(training),
            y=axis("sum of a row of targets", [*ends(ranges), 1.0]),
            curves=(),
            levels=(Level(y=1.0, label="rows of probabilities sum to 1"),),
            ranges=ranges,
        ),
        sentence=f"Rows of targets sum to {number(low)} to {number(high)}: the targets are not probabilities.",
    )
