"""LOP101, LOP102, LOP108, LOS107: the calls and gradients of the training loop, as counts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from unstuck.analysis.run.parameters import all_parameters, backward_calls, optimizers, reached, sampled_gradients
from unstuck.core.figure import Bar, Bars, Curve, Figure, Level
from unstuck.core.words import count, number, share
from unstuck.figures.by_layer import norms
from unstuck.figures.evidence.calls import calls_of, looks_axis, positions
from unstuck.figures.evidence.evidence_figure import EvidenceFigure, axis, limit_of, numbers, same, value_of
from unstuck.record.events import RAW_LEAVES
from unstuck.record.schema import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unstuck.analysis.run.parameters import Sampled
    from unstuck.analysis.run.training import Training
    from unstuck.core.finding import Finding, Place
    from unstuck.record.events import Optimizer


def left_over_gradients(finding: Finding, training: Training) -> EvidenceFigure | None:
    """LOP101: the norm of the old gradient when a backward began, divided by that of the applied gradient."""
    ratio, least = value_of(finding, "left_over_ratio"), limit_of(finding, "left_over_ratio")
    uncleared = value_of(finding, "uncleared_share")
    for sampled in _all_sampled(training):
        steps = [(step, g) for step, g in sampled if g.stepped and g.entries and g.norm > 0]
        dirty = [g for _, g in steps if not g.clean and g.stale_norm != 0 and math.isfinite(g.norm)]
        if not dirty or least is None:
            continue
        median = float(np.median([g.stale_norm / g.norm for g in dirty]))
        if not same(median, ratio):
            continue
        ratios = np.array([g.stale_norm / g.norm for _, g in steps])
        curve = Curve(
            name="old / applied",
            group=0,
            x=numbers(positions(training, [step for step, _ in steps])),
            y=numbers(ratios),
            marked=True,
            dots=True,
        )
        levels = (
            Level(y=least, label=f"cleared: below {number(least)}"),
            Level(y=median, label=f"median {number(median)}"),
        )
        return EvidenceFigure(
            figure=Figure(
                title="Gradients left over from earlier steps",
                description=f"Median {number(median)}.",
                x=looks_axis(training),
                y=axis("norm of old gradients / norm applied", [*ratios.tolist(), 1.0], wide=math.inf),
                curves=(curve,),
                levels=levels,
            ),
            sentence=f"The gradients should be empty (0) when backward begins. At {share(uncleared)} of the sampled "
            f"steps they were not: the old gradients had {share(median)} of the norm that the step then used.",
            decided=(("left_over_ratio", median),),
        )
    return None


def _all_sampled(training: Training) -> Iterator[Sampled]:
    for optimizer in optimizers(training.part, training):
        yield sampled_gradients(training.part, optimizer.number)
    yield sampled_gradients(training.part, RAW_LEAVES)


def missing_call(finding: Finding, training: Training) -> EvidenceFigure | None:
    """LOP102: the calls that are made, and the one that is missing."""
    steps = finding.measured("optimizer_steps")
    if steps is None:
        return None
    part = training.part
    if steps.value == 0:
        own = {optimizer.id for optimizer in training.optimizers if _is_at(finding.used_at, optimizer)}
        calls = {
            "backward": ("backward_calls", float(backward_calls(training))),
            "optimizer.step": ("optimizer_steps", float(sum(len(training.steps_of(number)) for number in own))),
        }
    else:
        calls = {
            "backward": ("backward_calls", float(len(part.rows(Kind.BACKWARD)))),
            "step": ("optimizer_steps", steps.value),
        }
    if finding.measured("zero_grad_calls") is not None:
        calls["zero_grad"] = ("zero_grad_calls", float(len(part.rows(Kind.ZERO_GRAD))))
    missing = next((name for name, (_, value) in calls.items() if value == 0), "")
    made = " and ".join(f"{name} {number(value)} times" for name, (_, value) in calls.items() if value)
    return EvidenceFigure(
        figure=Bars(
            title="Calls in the whole run",
            description=f"{missing} was never called.",
            x=axis("calls in the whole run", [value for _, value in calls.values()]),
            bars=tuple(
                Bar(name=name, value=value, marked=value == 0, note="never" if value == 0 else number(value))
                for name, (_, value) in calls.items()
            ),
        ),
        sentence=f"The run called {made}. It never called {missing}.",
        decided=tuple(calls.values()),
    )


def _is_at(place: Place | None, optimizer: Optimizer) -> bool:
    """Whether the optimiser was made at that place; True where the line is unknown."""
    return place is None or place.line is None or (optimizer.file, optimizer.line) == (place.file, place.line)


def unchanged_parameters(finding: Finding, training: Training) -> EvidenceFigure | None:
    """LOP102: the parameters of an optimiser, and how many of them a step changes."""
    if finding.measured("changed_parameters") is None:
        return None
    for optimizer in optimizers(training.part, training):
        sampled = sampled_gradients(training.part, optimizer.number)
        steps = [(step, g) for step, g in sampled if g.stepped and g.parameters]
        if len(steps) != value_of(finding, "sampled_steps") or any(g.moved for _, g in steps):
            continue
        x = numbers(positions(training, [step for step, _ in steps]))
        held = [float(g.parameters) for _, g in steps]
        changed = [float(g.moved) for _, g in steps]
        without = [float(g.none) for _, g in steps]
        curves = [
            Curve(name="parameters of the optimiser", group=0, x=x, y=tuple(held), dots=True),
            Curve(name="changed by the step", group=4, x=x, y=tuple(changed), dots=True, marked=True),
        ]
        if any(without):
            curves.append(Curve(name="without a gradient", group=1, x=x, y=tuple(without), dots=True, dashed=True))
        return EvidenceFigure(
            figure=Figure(
                title="Parameters changed by a step",
                description="None.",
                x=looks_axis(training),
                y=axis("parameters", held),
                curves=tuple(curves),
                levels=(Level(y=0.0, label="changed by the step: 0"),),
            ),
            sentence=f"{optimizer.class_name} has {number(held[-1])} parameters. It changed 0 of them at "
            f"{count(len(steps), 'sampled step')}.",
            decided=(("changed_parameters", sum(changed)), ("sampled_steps", float(len(steps)))),
        )
    return None


def unchanged_tensors(finding: Finding, training: Training) -> EvidenceFigure | None:
    """LOP102: the largest gradient and the largest update of the tensors that are updated by hand."""
    updates, gradients = norms(training, "update"), norms(training, "gradient")
    if not updates or finding.measured("largest_update") is None:
        return None
    steps = max((at for at, _ in updates.values()), key=len)
    largest = np.max([y for at, y in updates.values() if np.array_equal(at, steps)], axis=0)
    curves = [
        Curve(
            name="largest update",
            group=4,
            x=numbers(positions(training, steps)),
            y=numbers(largest),
            marked=True,
            dots=True,
        )
    ]
    if gradients:
        at = max((sampled for sampled, _ in gradients.values()), key=len)
        top = np.max([y for sampled, y in gradients.values() if np.array_equal(sampled, at)], axis=0)
        curves.append(
            Curve(name="largest gradient", group=0, x=numbers(positions(training, at)), y=numbers(top), dots=True)
        )
    return EvidenceFigure(
        figure=Figure(
            title="Gradients and updates",
            description="The updates are 0.",
            x=looks_axis(training),
            y=axis("norm", [y for curve in curves for y in curve.y], wide=math.inf),
            curves=tuple(curves),
        ),
        sentence=f"There are gradients at {count(len(steps), 'sampled step')}, and the largest update of any tensor "
        f"is {number(float(largest.max()))}.",
        decided=(("largest_update", float(largest.max())),),
    )


def reached_parameters(_: Finding, training: Training) -> EvidenceFigure | None:
    """LOP108: all parameters, and those that the loss reaches."""
    part = training.part
    held = {parameter for optimizer in optimizers(part, training) for parameter in optimizer.parameters}
    known = set(all_parameters(part)) | held
    if not known:
        return None
    num_reached = len(reached(training) & known)
    num_parameters = len(held or known)
    owner = "of the optimiser" if held else "of the network"
    return EvidenceFigure(
        figure=Bars(
            title="Parameters that the loss reaches",
            description=f"{num_reached} of {num_parameters}.",
            x=axis("parameters", [num_parameters]),
            bars=(
                Bar(name=owner, value=float(num_parameters), note=number(num_parameters)),
                Bar(
                    name="reached by the loss", value=float(num_reached), marked=True,
                    note=number(num_reached) if num_reached else "none",
                ),
            ),
        ),
        sentence=f"The loss reaches {number(num_reached)} of {count(num_parameters, 'parameter')} {owner}.",
        decided=(("reached_parameters", float(num_reached)),),
    )  # fmt: skip


def pairs(finding: Finding, training: Training) -> EvidenceFigure | None:
    """LOS107: the comparisons that the loss makes, and those that are intended."""
    made, intended = value_of(finding, "num_comparisons"), limit_of(finding, "num_comparisons")
    if intended is None:
        return _axes(finding)
    shapes = [(call.input.shape or (), call.target.shape or ()) for call in calls_of(finding, training)]
    shown = next((pair for pair in shapes if math.prod(pair[0]) == math.prod(pair[1]) == intended), None)
    of_shapes = f" (shapes {shown[0]} and {shown[1]})" if shown else ""
    return EvidenceFigure(
        figure=Bars(
            title="Comparisons in one loss",
            description=f"{number(made)} instead of {number(intended)}.",
            x=axis("comparisons in one loss", [made, intended], wide=math.inf),
            bars=(
                Bar(name="each prediction with its own target", value=intended, note=number(intended)),
                Bar(name="each prediction with every target", value=made, marked=True, note=f"{number(made)}, here"),
            ),
        ),
        sentence=f"Each loss makes {number(made)} comparisons of {number(intended)} predictions with "
        f"{number(intended)} targets{of_shapes}.",
        decided=(("num_comparisons", made),),
    )


def _axes(finding: Finding) -> EvidenceFigure | None:
    """LOS107 for a loss that raised: the axes of predictions and targets."""
    item = finding.measured("target_axes")
    if item is None or item.threshold is None:
        return None
    of_targets, of_predictions = item.value, item.threshold
    return EvidenceFigure(
        figure=Bars(
            title="Axes of predictions and targets",
            description=f"{number(of_predictions)} and {number(of_targets)}.",
            x=axis("axes", [of_targets, of_predictions]),
            bars=(
                Bar(name="axes of the predictions", value=of_predictions, note=number(of_predictions)),
                Bar(name="axes of the targets", value=of_targets, marked=True, note=number(of_targets)),
            ),
        ),
        sentence=f"The predictions have {number(of_predictions)} axes, the targets have {number(of_targets)}.",
        decided=(("target_axes", of_targets),),
    )
