"""The report of a fit: one page, every rung with its question, what was tried and found, and why it went on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unstuck.core.figure import Axis, Curve, Figure
from unstuck.core.words import number
from unstuck.fit.work import Work
from unstuck.show.html import render
from unstuck.show.html_evidence import drawn_evidence

if TYPE_CHECKING:
    from collections.abc import Sequence


def report(work: Work) -> str:
    """The page."""
    facts = work.facts
    figures: dict[str, Any] = {}
    if facts.get("curves"):
        figures["training"] = _drawn(_curves(facts["curves"]))
    if facts.get("learning_curve"):
        figures["ramp"] = _drawn(_examples(facts["learning_curve"]))
    goal = work.goal
    return render("fit.html", {
        "title": f"fit: {goal}", "goal": str(goal), "facts": facts, "rungs": [
            {"rung": rung, "figure": next((one for name, one in figures.items() if name in rung.title), None)}
            for rung in work.narrator.rungs
        ],
        "metric": goal.first.about.title, "value": number(facts["test_value"]),
        "low": number(facts["test_low"]), "high": number(facts["test_high"]),
        "met": "" if goal.open else "met" if facts.get("met") else "not met", "plan": str(work.plan),
        "recipe": [(name, facts["recipe"][name], why) for name, why in facts.get("reasons", {}).items()
                   if name in facts.get("recipe", {})],
    })  # fmt: skip


def _drawn(figure: Figure) -> dict[str, Any]:
    return drawn_evidence(figure, figure.description)


def _curves(curves: Sequence[Sequence[Sequence[float]]]) -> Figure:
    """Losses of the first network on every fold."""
    drawn = []
    for at, curve in enumerate(curves):
        x = tuple(float(one[0]) for one in curve)
        for group, name, place in ((0, "training", 1), (1, "held-out", 2)):
            drawn.append(Curve(name=name, group=group, x=x, y=tuple(one[place] for one in curve), faint=at > 0))
    values = sorted(value for curve in drawn for value in curve.y)
    high = values[min(len(values) - 1, int(0.98 * len(values)))]
    return Figure(
        title="Loss of the first network", description="Loss of the first network on each fold, training and held-out.",
        x=Axis(label="Step", low=0.0, high=max(max(curve.x) for curve in drawn), whole=True),
        y=Axis(label="Loss", low=0.0 if values[0] >= 0 else values[0], high=high or 1.0),
        curves=tuple(Curve(name=one.name, group=one.group, x=one.x, y=tuple(min(v, high) for v in one.y),
                           faint=one.faint) for one in drawn),
    )  # fmt: skip


def _examples(points: Sequence[Sequence[float]]) -> Figure:
    """Held-out loss over the number of training examples."""
    x, y = tuple(float(one[0]) for one in points), tuple(float(one[1]) for one in points)
    return Figure(
        title="Would more data help?", description="Held-out loss of one network, trained on parts of the data.",
        x=Axis(label="Training examples", low=0.0, high=max(x), whole=True),
        y=Axis(label="Held-out loss", low=min(0.0, *y), high=1.05 * max(y)),
        curves=(Curve(name="held-out loss", group=1, x=x, y=y, dots=True),),
    )  # fmt: skip
