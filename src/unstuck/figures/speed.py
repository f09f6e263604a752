"""How fast the run was, where it paused, how much memory it used.  N = rows, C = parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.core.figure import Axis, Curve, Figure
from unstuck.core.words import duration, number, share
from unstuck.record.events import SampledStep, Series
from unstuck.record.schema import Kind

if TYPE_CHECKING:
    from unstuck.record.reader import Part

Array = np.ndarray[Any, Any]
PARTS = 100
"""of the speed curve"""
FEWEST = 8
LONG_PAUSE, TIMES_USUAL = 0.5, 20.0
"""seconds, and times the median gap, from which a gap is called a pause"""
MOST_PAUSES = 6
MEGABYTE = 1 << 20
GROWTH = 1.5
"""times the memory of the first third that the last third must hold for a remark"""
UNUSUALLY_SLOW = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A gap between two backward calls, much longer than usual."""

    step: int
    """backward calls before it"""
    seconds: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Of the whole process, all trainings together."""

    figures: tuple[Figure, ...]
    pauses: tuple[Pause, ...]
    facts: tuple[str, ...]
    remarks: tuple[str, ...]


def speed(part: Part) -> Speed | None:
    """None where there were too few steps."""
    rows = part.rows(Kind.BACKWARD)
    if len(rows) < FEWEST:
        return None
    steps, times = rows["index"].astype(np.float64), rows["time"]
    length = float(times[-1] - times[0])
    if length <= 0:
        return None
    curve, slower = _speed(part, steps, times)
    memory, grown = _memory(part, steps)
    gaps = np.diff(times)
    pauses = _pauses(part, steps, times, gaps)
    first = float(times[0])
    rate = (steps[-1] - steps[0]) / length
    calls = max(len(gaps), int(steps[-1])) + 1
    total, per_second = duration(float(f"{length:.3g}")), number(float(f"{rate:.3g}"))
    facts = [f"{number(calls)} backward calls in {total}, {per_second} per second on average"]
    if first > 1:
        facts.append(f"the first one {duration(float(f'{first:.2g}'))} after recording began")
    return Speed(
        figures=tuple(filter(None, (curve, memory))), pauses=pauses, facts=tuple(facts),
        remarks=tuple(filter(None, (slower, grown, _paused(pauses, length)))),
    )


def _axis(part: Part, steps: Array) -> Axis:
    several = len({series.training for series in part.of(Series)}) > 1
    return Axis(label=f"backward calls{', all trainings' if several else ''}", low=0.0, high=float(steps[-1]) + 1.0)


def _speed(part: Part, steps: Array, times: Array) -> tuple[Figure, str]:
    """Backward calls per second in equal parts."""
    at = np.unique(np.linspace(0, len(steps) - 1, min(PARTS, len(steps) // 4) + 1).round().astype(int))
    took = np.diff(times[at])
    known = took > 0
    rate = np.diff(steps[at])[known] / took[known]
    middle = ((steps[at][1:] + steps[at][:-1]) / 2)[known]
    high = float(rate.max())
    curve = Curve(name="backward calls per second", group=0, x=tuple(middle.tolist()), y=tuple(rate.tolist()))
    third = max(1, len(rate) // 3)
    early, late = float(np.median(rate[:third])), float(np.median(rate[-third:]))
    slower = ""
    if len(rate) >= FEWEST and late * UNUSUALLY_SLOW < early:
        before, after = (number(float(f"{value:.2g}")) for value in (early, late))
        slower = f"The speed fell from {before} to {after} backward calls per second."
    figure = Figure(
        title="Speed", description=f"Between {float(rate.min()):.3g} and {high:.3g} backward calls per second.",
        x=_axis(part, steps), y=Axis(label="backward calls per second", low=0.0, high=1.1 * high), curves=(curve,),
    )  # fmt: skip
    return figure, slower


def _memory(part: Part, steps: Array) -> tuple[Figure | None, str]:
    """Resident memory of the process at the sampled steps."""
    measured = [(sampled.step, sampled.memory) for sampled in part.of(SampledStep) if sampled.memory]
    if len(measured) < 2:
        return None, ""
    x, held = (np.array(values, float) for values in zip(*measured, strict=True))
    held = held / MEGABYTE
    curve = Curve(
        name="resident memory", group=1, x=tuple(x.tolist()), y=tuple(held.tolist()), dots=len(x) <= 60
    )
    third = max(1, len(held) // 3)
    early, late = float(np.median(held[:third])), float(np.median(held[-third:]))
    grown = ""
    if len(held) >= FEWEST and late > GROWTH * early:
        growth = f"from {number(round(early))} to {number(round(late))} MiB"
        grown = f"Memory grew {growth}: does the program keep something at each step?"
    figure = Figure(
        title="Memory of the process", description=f"Between {held.min():.4g} and {held.max():.4g} MiB.",
        x=_axis(part, steps), y=Axis(label="resident memory", unit="MiB", low=0.0, high=1.15 * float(held.max())),
        curves=(curve,),
    )  # fmt: skip
    return figure, grown


def _pauses(part: Part, steps: Array, times: Array, gaps: Array) -> tuple[Pause, ...]:
    """The longest gaps; one that thinning has made in the timeline is none."""
    usual = float(np.median(gaps))
    consecutive = np.diff(steps) == 1
    long = np.flatnonzero(consecutive & (gaps > max(LONG_PAUSE, TIMES_USUAL * usual)))
    chosen = long[np.argsort(-gaps[long])][:MOST_PAUSES]
    tape = part.timeline
    return tuple(
        Pause(step=int(steps[at]) + 1, seconds=float(gaps[at]), why=_why(tape, float(times[at]), float(times[at + 1])))
        for at in sorted(chosen.tolist())
    )


def _why(tape: Array, begin: float, end: float) -> str:
    inside = tape[(tape["time"] > begin) & (tape["time"] < end)]
    kinds = set(inside["kind"].tolist())
    reasons = []
    if Kind.EVAL_LOSS in kinds:
        reasons.append("an evaluation")
    if Kind.EPOCH in kinds:
        reasons.append("the start of an epoch")
    return " and ".join(reasons) or "nothing recorded"


def _paused(pauses: tuple[Pause, ...], length: float) -> str:
    whole = sum(pause.seconds for pause in pauses)
    return f"The pauses below make up {share(whole / length)} of the time." if whole > length / 10 else ""
