"""What went into the loss at the sampled steps, from the smallest to the largest, against what it should be."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from unstuck.core.figure import Band, Curve, Figure, Level, Range
from unstuck.core.words import count, number, share
from unstuck.figures.evidence.calls import calls_of, facts, looks_axis, positions, steps_of
from unstuck.figures.evidence.evidence_figure import EvidenceFigure, axis, find, limit_of, numbers, value_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from unstuck.analysis.run.training import Training
    from unstuck.core.finding import Finding
    from unstuck.record.reader import Event

ANSWERS, TARGETS = 0, 4
"""groups of colours"""
ASIDE = 1.05
"""factor by which the second of two ranges lies beside the first, on a logarithmic axis"""
PROBABILITIES = Band(low=0.0, high=1.0, label="from 0 to 1: probabilities")


def ranges(
    training: Training, calls: Sequence[Event], side: str, group: int, *, marked: bool = False, aside: float = 1.0
) -> tuple[Range, ...]:
    """One for each call; ``aside`` moves it by that factor."""
    return tuple(
        Range(
            x=float(x) * aside, low=float(call[side]["min"]), high=float(call[side]["max"]), group=group, marked=marked
        )
        for x, call in zip(positions(training, steps_of(calls)), calls, strict=True)
    )


def ends(drawn: Iterable[Range]) -> list[float]:
    """All their ends."""
    return [value for one in drawn for value in (one.low, one.high)]


def probabilities(finding: Finding, training: Training) -> EvidenceFigure | None:
    """LOS101, LOS102 by their values: every input was a probability already."""
    calls = facts(calls_of(finding, training), "input", "min", "max")
    if not calls:
        return None
    drawn = ranges(training, calls, "input", ANSWERS, marked=True)
    low, high = min(ends(drawn)), max(ends(drawn))
    decided: list[tuple[str, float]] = []
    rows = ""
    if find(finding, "row sum") is not None:
        worst = max(float(call.get("row_sum_error") or 0.0) for call in calls)
        decided = [("row sum", worst)]
        rows = f", and every row sums to 1 within {number(worst)}"
    elif find(finding, "smallest input") is not None:
        decided = [("smallest input", low), ("largest input", high)]
    return EvidenceFigure(
        figure=Figure(
            title="What went into the loss",
            description=f"From {number(low)} to {number(high)}.",
            x=looks_axis(training),
            y=axis("input of the loss", [*ends(drawn), -0.25, 1.25]),
            curves=(),
            bands=(PROBABILITIES,),
            ranges=drawn,
        ),
        sentence=f"At {count(len(calls), 'sampled step')} all that went into the loss lies between {number(low)} and "
        f"{number(high)}{rows}: the loss wants scores, and was given probabilities.",
        decided=tuple(decided),
    )


def scores(finding: Finding, training: Training) -> EvidenceFigure | None:
    """LOS103: scores where probabilities, or their logarithms, are wanted."""
    if find(finding, "log Σ exp") is not None:
        return _normaliser(finding, training)
    calls = facts(calls_of(finding, training), "input", "min", "max")
    if find(finding, "smallest input") is not None:
        calls = tuple(call for call in calls if call.get("phase") == "raised")[:1]
    if not calls:
        return None
    drawn = ranges(training, calls, "input", ANSWERS, marked=True)
    low, high = min(ends(drawn)), max(ends(drawn))
    logarithms = calls[0]["function"] == "kl_div"
    band = (
        Band(low=-math.inf, high=0.0, label="0 and less: logarithms of probabilities") if logarithms else PROBABILITIES
    )
    decided = [
        (name, value) for name, value in (("smallest input", low), ("largest input", high)) if find(finding, name)
    ]
    wanted = "logarithms of probabilities, 0 at most" if logarithms else "probabilities, 0 to 1"
    return EvidenceFigure(
        figure=Figure(
            title="What went into the loss",
            description=f"From {number(low)} to {number(high)}.",
            x=looks_axis(training),
            y=axis("input of the loss", [*ends(drawn), -0.25, 1.25]),
            curves=(),
            bands=(band,),
            ranges=drawn,
        ),
        sentence=f"{calls[0]['function']} wants {wanted}, and was given {number(low)} to {number(high)}.",
        decided=tuple(decided),
    )


def _normaliser(finding: Finding, training: Training) -> EvidenceFigure | None:
    calls = [call for call in calls_of(finding, training) if call.get("log_normaliser") is not None]
    limit = limit_of(finding, "log Σ exp")
    if not calls or limit is None:
        return None
    off = np.array([float(call["log_normaliser"]) for call in calls])
    mean = float(off.mean())
    curve = Curve(
        name="log Σ exp of a row",
        group=ANSWERS,
        x=numbers(positions(training, steps_of(calls))),
        y=numbers(off),
        marked=True,
        dots=True,
    )
    return EvidenceFigure(
        figure=Figure(
            title="How far the rows are from log-probabilities",
            description=f"{number(mean)} in the mean.",
            x=looks_axis(training),
            y=axis("|log Σ exp| of a row", [*off[off > 0].tolist(), limit, mean], unit="nat"),
            curves=(curve,) if (off > 0).all() else (),
            levels=(
                Level(y=limit, label=f"log-probabilities: below {number(limit)}"),
                Level(y=mean, label=f"mean {number(mean)}"),
            ),
        ),
        sentence=f"Of log-probabilities, log Σ exp of a row is 0. Here it is {number(off[0])} at the first sampled "
        f"step "
        f"and {number(off[-1])} at the last: these are scores.",
        decided=(("log Σ exp", mean),),
    )


def out_of_reach(finding: Finding, training: Training) -> EvidenceFigure | None:
    """LOS106: targets against the range of the output activation."""
    calls = [
        call
        for call in facts(calls_of(finding, training), "target", "min", "max")
        if call.get("phase") == "train" and call["input"].get("min") is not None
    ]
    item = find(finding, "smallest target")
    if not calls or item is None:
        return None
    low, high = limit_of(finding, "smallest target"), limit_of(finding, "largest target")
    targets = ranges(training, calls, "target", TARGETS, marked=True)
    answers = ranges(training, calls, "input", ANSWERS, aside=ASIDE)
    floor, top = (-math.inf if low is None else low), (math.inf if high is None else high)
    outside = value_of(finding, "targets outside the range of the output")
    least, most = min(one.low for one in targets), max(one.high for one in targets)
    return EvidenceFigure(
        figure=Figure(
            title="Targets and what the output can give",
            description=f"Targets from {number(least)} to {number(most)}.",
            x=looks_axis(training),
            y=axis("targets and answers", ends((*targets, *answers)), zero=False),
            curves=(),
            bands=(Band(low=floor, high=top, label=f"what the output can give: {_told(low, high)}"),),
            ranges=(*targets, *answers),
            names=((-1, "targets"), (ANSWERS, "answers of the network")),
        ),
        sentence=f"The targets go from {number(least)} to {number(most)}, the answers never leave the band: "
        f"{share(outside)} of the targets lie beyond it.",
        decided=(("smallest target", least), ("largest target", most)),
    )


def _told(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return f"{number(low)} and more" if low is not None else f"{number(high or 0.0)} and less"
    return f"{number(low)} to {number(high)}"


def cut_off(finding: Finding, training: Training) -> EvidenceFigure | None:
    """ARC113: the scores that are left after an activation on the output."""
    calls = facts(calls_of(finding, training), "input", "min", "max")
    if not calls:
        return None
    drawn = ranges(training, calls, "input", ANSWERS, marked=True)
    low, high = min(ends(drawn)), max(ends(drawn))
    zeros = float(np.mean([float(call["input"].get("zeros") or 0.0) for call in calls]))
    room = 0.35 * (high - low)
    at_zero = low == 0.0
    bands = [Band(low=-math.inf, high=0.0, label="negative scores: cut off", bad=True)] if at_zero else []
    if not at_zero and low >= -1.0 and high <= 1.0:
        bands = [
            Band(low=1.0 if high > 0 else 0.0, high=math.inf, label="cut off", bad=True),
            Band(low=-math.inf, high=-1.0 if low < 0 else 0.0, label="cut off", bad=True),
        ]
    outputs = value_of(finding, "outputs concerned")
    left = f", and {share(zeros)} of them are exactly 0" if zeros > 0.01 else ""
    return EvidenceFigure(
        figure=Figure(
            title="The scores that reach the loss",
            description=f"From {number(low)} to {number(high)}.",
            x=looks_axis(training),
            y=axis("scores given to the loss", [*ends(drawn), low - room, high + room], zero=False),
            curves=(),
            bands=tuple(bands),
            ranges=drawn,
        ),
        sentence=f"The scores of the {number(outputs)} outputs that reach the loss lie between {number(low)} and "
        f"{number(high)} at all {count(len(calls), 'sampled call')}{left}.",
        decided=(("outputs concerned", float(calls[0]["classes"])),) if calls[0].get("classes") else (),
    )


def always_one(finding: Finding, training: Training) -> EvidenceFigure | None:
    """LOS105: the answers, all of them 1, and the mean of the targets."""
    calls = facts(calls_of(finding, training), "input", "min", "max")
    if not calls or any(call["input"]["min"] != call["input"]["max"] for call in calls):
        return None
    x = positions(training, steps_of(calls))
    answers = np.array([float(call["input"]["max"]) for call in calls])
    if not np.allclose(answers, 1.0):
        return None
    curves = [Curve(name="every answer", group=ANSWERS, x=numbers(x), y=numbers(answers), marked=True, dots=True)]
    wanted = ""
    told = facts(calls, "target", "mean")
    if len(told) == len(calls):
        means = [float(call["target"]["mean"]) for call in calls]
        curves.append(
            Curve(name="mean of the targets", group=TARGETS, x=numbers(x), y=numbers(means), dots=True, line=False)
        )
        wanted = f", while {number(float(np.mean(means)))} of the targets are 1 in the mean"
    shape = calls[0]["input"].get("shape") or [0]
    return EvidenceFigure(
        figure=Figure(
            title="The answers are all 1",
            description="At every sampled step.",
            x=looks_axis(training),
            y=axis("answer", [0.0, 1.0, 1.05]),
            curves=tuple(curves),
            levels=(Level(y=1.0, label="softmax over 1 unit = 1"),),
        ),
        sentence=f"At all {count(len(calls), 'sampled step')} each of the {number(shape[0])} answers is exactly 1, "
        f"whatever "
        f"the weights are{wanted}.",
        decided=(("answers in the first batch", float(shape[0])),),
    )


def amounts(finding: Finding, training: Training) -> EvidenceFigure | None:
    """LOS104: amounts as targets of a loss for classes."""
    rows = find(finding, "largest sum of a row of targets")
    if rows is not None:
        calls = [call for call in calls_of(finding, training, "cross_entropy") if call.get("target_row_sum")]
        drawn = tuple(
            Range(x=float(x), low=call["target_row_sum"][0], high=call["target_row_sum"][1], marked=True)
            for x, call in zip(positions(training, steps_of(calls)), calls, strict=True)
        )
        if not drawn:
            return None
        levels = (Level(y=1.0, label="rows of probabilities sum to 1"),)
        return EvidenceFigure(
            figure=Figure(
                title="Sums of the rows of targets",
                description=f"Up to {number(drawn[0].high)}.",
                x=looks_axis(training),
                y=axis("sum of a row of targets", [*ends(drawn), 1.0]),
                curves=(),
                levels=levels,
                ranges=drawn,
            ),
            sentence=f"Rows of targets sum to {number(min(ends(drawn)))} to {number(max(ends(drawn)))}: "
            "amounts, not probabilities.",
        )
    calls = list(facts(calls_of(finding, training), "target", "min", "max"))
    if not calls or find(finding, "largest target") is None:
        return None
    drawn = ranges(training, calls, "target", TARGETS, marked=True)
    return EvidenceFigure(
        figure=Figure(
            title="Targets of a loss for yes and no",
            description=f"Up to {number(max(ends(drawn)))}.",
            x=looks_axis(training),
            y=axis("targets", [*ends(drawn), -0.25, 1.25]),
            curves=(),
            bands=(PROBABILITIES,),
            ranges=drawn,
        ),
        sentence=f"The targets go from {number(min(ends(drawn)))} to {number(max(ends(drawn)))}; the loss wants 0 to "
        f"1.",
        decided=(("largest target", max(ends(drawn))),),
    )
