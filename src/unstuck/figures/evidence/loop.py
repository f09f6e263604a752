"""LOP101, LOP102, LOP108, LOS107: what the training loop does and what it leaves out, as counts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from unstuck.analysis.run.parameters import RAW, all_parameters, backward_calls, optimizers, reached, windows_of
from unstuck.core.figure import Bar, Bars, Curve, Figure, Level
from unstuck.core.words import count, number, share
from unstuck.figures.by_layer import norms
from unstuck.figures.evidence.calls import calls_of, looks_axis, positions
from unstuck.figures.evidence.evidence_figure import EvidenceFigure, axis, find, limit_of, numbers, same, value_of
from unstuck.record.schema import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unstuck.analysis.run.training import Training
    from unstuck.core.finding import Finding
    from unstuck.record.reader import Event


def left_over(finding: Finding, training: Training) -> EvidenceFigure | None:
    """LOP101: the gradient that was still there when a backward began, over the one that was applied."""
    name = "norm left over ÷ norm of the gradient applied"
    told, least = value_of(finding, name), limit_of(finding, name)
    began = value_of(finding, "sampled steps that began with old gradients")
    for windows in _windows(training):
        seen = [(step, g) for step, g in windows if g["stepped"] and g["entries"] and g["norm"] > 0]
        dirty = [(step, g) for step, g in seen if not g["clean"] and g["stale_norm"] != 0 and math.isfinite(g["norm"])]
        if not dirty or least is None:
            continue
        median = float(np.median([g["stale_norm"] / g["norm"] for _, g in dirty]))
        if not same(median, told):
            continue
        shares = np.array([g["stale_norm"] / g["norm"] for _, g in seen])
        curve = Curve(
            name="left over ÷ applied",
            group=0,
            x=numbers(positions(training, [step for step, _ in seen])),
            y=numbers(shares),
            marked=True,
            dots=True,
        )
        levels = (
            Level(y=least, label=f"cleared: below {number(least)}"),
            Level(y=median, label=f"median {number(median)}"),
        )
        return EvidenceFigure(
            figure=Figure(
                title="Gradient left over from the steps before",
                description=f"Median {number(median)}.",
                x=looks_axis(training),
                y=axis("norm left over ÷ norm applied", [*shares.tolist(), 1.0], wide=math.inf),
                curves=(curve,),
                levels=levels,
            ),
            sentence=f"When backward begins, the gradients should be gone (0). At {share(began)} of the sampled steps "
            f"they were "
            f"not: the old ones had {share(median)} of the norm that the step then used.",
            decided=((name, median),),
        )
    return None


def _windows(training: Training) -> Iterator[tuple[tuple[int, Event], ...]]:
    for optimizer in optimizers(training.part, training):
        yield windows_of(training.part, optimizer.number)
    yield windows_of(training.part, RAW)


def no_update(finding: Finding, training: Training) -> EvidenceFigure | None:
    """LOP102: calls that are made and the one that is missing; or steps that move nothing."""
    if find(finding, "parameters moved at the sampled steps") is not None:
        return _moves_nothing(finding, training)
    if find(finding, "norm of the update, largest") is not None:
        return _still(training)
    part = training.part
    rows = [("backward", "calls of backward", float(backward_calls(training)))]
    steps = value_of(finding, "calls of step")
    if steps == 0.0:
        recorded = sum(len(training.steps_of(event["id"])) for event in training.optimizers if _idle(finding, event))
        rows.append(("optimizer.step", "calls of step", float(recorded)))
    else:
        rows = [
            ("backward", "calls of backward", float(len(part.rows(Kind.BACKWARD)))),
            ("step", "calls of step", steps),
        ]
    cleared = find(finding, "calls of zero_grad")
    if cleared is not None:
        rows.append(("zero_grad", "calls of zero_grad", float(len(part.rows(Kind.ZERO_GRAD)))))
    bars = tuple(Bar(name=name, value=value, marked=value == 0, note=_often(value)) for name, _, value in rows)
    missing = next((name for name, _, value in rows if value == 0), "")
    made = ", ".join(f"{name} was called {number(value)} times" for name, _, value in rows if value)
    return EvidenceFigure(
        figure=Bars(
            title="Calls in the whole run",
            description=f"{missing} was never called.",
            x=axis("calls in the whole run", [value for *_, value in rows]),
            bars=bars,
        ),
        sentence=f"In the whole run {made}, and {missing} not once.",
        decided=tuple((quantity, value) for _, quantity, value in rows),
    )


def _idle(finding: Finding, event: Event) -> bool:
    """Whether this is the optimiser that the finding is about."""
    where = finding.used_at
    return where is None or where.line is None or (event.get("file"), event.get("line")) == (where.file, where.line)


def _often(value: float) -> str:
    return "never" if value == 0 else number(value)


def _moves_nothing(finding: Finding, training: Training) -> EvidenceFigure | None:
    told = value_of(finding, "sampled steps")
    for optimizer in optimizers(training.part, training):
        windows = windows_of(training.part, optimizer.number)
        seen = [(step, g) for step, g in windows if g["stepped"] and g["parameters"]]
        if len(seen) != told or any(g["moved"] for _, g in seen):
            continue
        x = numbers(positions(training, [step for step, _ in seen]))
        held = [float(g["parameters"]) for _, g in seen]
        moved = [float(g["moved"]) for _, g in seen]
        without = [float(g["none"]) for _, g in seen]
        curves = [
            Curve(name="parameters held", group=0, x=x, y=tuple(held), dots=True),
            Curve(name="moved by the step", group=4, x=x, y=tuple(moved), dots=True, marked=True),
        ]
        if any(without):
            curves.append(Curve(name="without a gradient", group=1, x=x, y=tuple(without), dots=True, dashed=True))
        return EvidenceFigure(
            figure=Figure(
                title="Parameters that a step moves",
                description="None.",
                x=looks_axis(training),
                y=axis("parameters", held),
                curves=tuple(curves),
                levels=(Level(y=0.0, label="moved by the step: 0"),),
            ),
            sentence=f"{optimizer.kind} holds {number(held[-1])} parameters; at {count(len(seen), 'sampled step')} it "
            f"moved 0 of them.",
            decided=(("parameters moved at the sampled steps", sum(moved)), ("sampled steps", float(len(seen)))),
        )
    return None


def _still(training: Training) -> EvidenceFigure | None:
    updates, gradients = norms(training, "update"), norms(training, "gradient")
    if not updates:
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
        at = max((one for one, _ in gradients.values()), key=len)
        top = np.max([y for one, y in gradients.values() if np.array_equal(one, at)], axis=0)
        curves.append(
            Curve(name="largest gradient", group=0, x=numbers(positions(training, at)), y=numbers(top), dots=True)
        )
    return EvidenceFigure(
        figure=Figure(
            title="Gradients, and the updates made of them",
            description="The updates are 0.",
            x=looks_axis(training),
            y=axis("norm", [y for curve in curves for y in curve.y], wide=math.inf),
            curves=tuple(curves),
        ),
        sentence=f"There are gradients at {count(len(steps), 'sampled step')}, and the largest update of any tensor is "
        f"{number(float(largest.max()))}.",
        decided=(("norm of the update, largest", float(largest.max())),),
    )


def detached(_: Finding, training: Training) -> EvidenceFigure | None:
    """LOP108: the parameters that there are, and those that the loss reaches."""
    part = training.part
    held = {p for optimizer in optimizers(part, training) for p in optimizer.parameters}
    known = set(all_parameters(part)) | held
    if not known:
        return None
    met = len(reached(training) & known)
    whose = "held by the optimiser" if held else "of the network"
    number_of = len(held or known)
    return EvidenceFigure(
        figure=Bars(
            title="Parameters that the loss reaches",
            description=f"{met} of {number_of}.",
            x=axis("parameters", [number_of]),
            bars=(
                Bar(name=whose, value=float(number_of), note=number(number_of)),
                Bar(name="reached by the loss", value=float(met), marked=True, note="none" if not met else number(met)),
            ),
        ),
        sentence=f"Of {count(number_of, 'parameter')} {whose}, the loss reaches {number(met)}.",
        decided=(("parameters reached by the loss", float(met)),),
    )


def pairs(finding: Finding, training: Training) -> EvidenceFigure | None:
    """LOS107: the comparisons that are made, and those that are meant."""
    made, meant = value_of(finding, "comparisons in one loss"), limit_of(finding, "comparisons in one loss")
    if meant is None:
        item = find(finding, "axes of the targets")
        return None if item is None or item.threshold is None else _axes(item.value, item.threshold)
    shapes = [
        (call["input"].get("shape") or [], call["target"].get("shape") or []) for call in calls_of(finding, training)
    ]
    told = next((s for s in shapes if math.prod(s[0]) == math.prod(s[1]) == meant), None)
    between = f": shapes {_shape(told[0])} and {_shape(told[1])}" if told else ""
    return EvidenceFigure(
        figure=Bars(
            title="Comparisons in one loss",
            description=f"{number(made)} in place of {number(meant)}.",
            x=axis("comparisons in one loss: each answer with", [made, meant], wide=math.inf),
            bars=(
                Bar(name="its own target", value=meant, note=number(meant)),
                Bar(name="every target", value=made, marked=True, note=f"{number(made)}, made here"),
            ),
        ),
        sentence=f"Each loss makes {number(made)} comparisons, where {number(meant)} answers have "
        f"{number(meant)} targets{between}.",
        decided=(("comparisons in one loss", made),),
    )


def _shape(shape: list[int]) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def _axes(given: float, wanted: float) -> EvidenceFigure:
    return EvidenceFigure(
        figure=Bars(
            title="Axes of answers and targets",
            description=f"{number(given)} and {number(wanted)}.",
            x=axis("axes", [given, wanted]),
            bars=(
                Bar(name="axes of the answers", value=wanted, note=number(wanted)),
                Bar(name="axes of the targets", value=given, marked=True, note=number(given)),
            ),
        ),
        sentence=f"The answers have {number(wanted)} axes, the targets {number(given)}.",
        decided=(("axes of the targets", given),),
    )
