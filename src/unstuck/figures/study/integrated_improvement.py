"""The figure of integrated expected improvement: three beliefs, what each would try next, and what their mean does.

After figure 1 of Snoek, Larochelle and Adams (2012), drawn from the user's own study.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from unstuck.core.figure import Axis, Curve, Figure, Mark
from unstuck.core.words import number
from unstuck.figures.study.axes import clipped, objective_axis

if TYPE_CHECKING:
    from unstuck.analysis.study.view import StudyView
    from unstuck.record.events.study import ImprovementSlice

ROOM = 1.15


def improvement_figures(view: StudyView) -> tuple[Figure, ...]:
    """Three panels: posterior means, their expected improvement, the integrated one; none where no model was made."""
    single = [one for one in view.slices if one.length is not None]
    mean = next((one for one in view.slices if one.length is None), None)
    if not single or mean is None:
        return ()
    return (_beliefs(view, single), _each(view, single), _integrated(view, mean))


def _axis(view: StudyView, one: ImprovementSlice) -> Axis:
    log = next((parameter.log for parameter in view.parameters if parameter.name == one.parameter), False)
    return Axis(label=one.parameter, low=one.x[0], high=one.x[-1], log=log)


def _name(one: ImprovementSlice) -> str:
    return f"length scale {number(one.length or 0.0)}"


def _beliefs(view: StudyView, single: list[ImprovementSlice]) -> Figure:
    seen = [
        (float(x), float(trial.value or 0.0)) for trial in view.complete
        if isinstance(x := trial.setting.get(single[0].parameter), int | float)
    ]  # fmt: skip
    ends = [value for one in single for value in (min(one.mean), max(one.mean))]
    axis = objective_axis(view, ends)
    inside = [pair for pair in seen if axis.low <= pair[1] <= axis.high]
    curves = [
        *(Curve(name=_name(one), group=at, x=one.x, y=one.mean) for at, one in enumerate(single)),
        *(
            Curve(
                name=_name(one), group=at, x=one.x, dashed=True, faint=True,
                y=tuple(clipped(axis, m + side * s) for m, s in zip(one.mean, one.deviation, strict=True)),
            )
            for at, one in enumerate(single) for side in (-1, 1)
        ),
    ]  # fmt: skip
    if inside:
        places, values = zip(*inside, strict=True)
        curves.append(Curve(name="trials", group=len(single), x=places, y=values, dots=True, line=False, hollow=True))
    return Figure(
        title="What the model believes",
        description=f"Posterior mean along {single[0].parameter}, all else as in the best trial, for three samples of "
        "the model's own hyper-parameters after the same trials; dashed: one standard deviation above and below.",
        x=_axis(view, single[0]), y=axis, curves=tuple(curves),
    )  # fmt: skip


def _each(view: StudyView, single: list[ImprovementSlice]) -> Figure:
    high = max(max(one.improvement) for one in single)
    return Figure(
        title="Expected improvement under each sample",
        description="Each sample would try another setting next: its largest expected improvement is marked.",
        x=_axis(view, single[0]), y=Axis(label="Expected improvement", low=0.0, high=ROOM * high or 1.0),
        curves=tuple(
            Curve(name=f"{_name(one)}: tries {_largest(one).label}", group=at, x=one.x, y=one.improvement)
            for at, one in enumerate(single)
        ),
        marks=tuple(replace(_largest(one), label="") for one in single),  # labels at near places would overlap
    )  # fmt: skip


def _integrated(view: StudyView, mean: ImprovementSlice) -> Figure:
    return Figure(
        title="Integrated expected improvement",
        description=f"The mean over {mean.samples} samples: what is tried next depends on no single guess of them.",
        x=_axis(view, mean), y=Axis(label="Expected improvement", low=0.0, high=ROOM * max(mean.improvement) or 1.0),
        curves=(Curve(name="mean over samples", group=0, x=mean.x, y=mean.improvement),), marks=(_largest(mean),),
    )  # fmt: skip


def _largest(one: ImprovementSlice) -> Mark:
    at = max(range(len(one.x)), key=lambda index: one.improvement[index])
    return Mark(x=one.x[at], y=one.improvement[at], label=number(one.x[at]))
