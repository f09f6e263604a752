"""How each training example was learned: easy, ambiguous or hard (Swayamdipta et al. 2020, dataset cartography)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.core.figure import Axis, Curve, Figure
from unstuck.core.words import count
from unstuck.record.events.data.passed import ExampleDynamics

if TYPE_CHECKING:
    from unstuck.record.reader import Record

LEAST_VISITS = 3
"""epochs, below which a spread says nothing"""
EASY, HARD = 0.75, 0.25
"""share of the epochs in which an example was predicted right: quarters of the scale; provisional"""
NAMES = ("easy", "ambiguous", "hard")
MOST_POINTS = 3000


def group_of(right: int, visits: int) -> str:
    """By how often it was predicted right."""
    known = right / max(1, visits)
    return "easy" if known >= EASY else "hard" if known <= HARD else "ambiguous"


def cartography(record: Record) -> Figure | None:
    """A point for each training example; None where the record has no course of examples over at least three epochs."""
    events = [one for part in record.parts for one in part.of(ExampleDynamics) if one.spread]
    if not events:
        return None
    event = events[-1]
    rows = [at for at, visits in enumerate(event.visits) if visits >= LEAST_VISITS]
    if not rows:
        return None
    groups: dict[str, list[int]] = {name: [] for name in NAMES}
    for at in rows:
        groups[group_of(event.right[at], event.visits[at])].append(at)
    hardest = sorted(groups["hard"], key=lambda at: event.probability[at])[:10]
    listed = f" The hardest are rows {', '.join(str(event.positions[at]) for at in hardest)}." if hardest else ""
    numbers = ", ".join(f"{len(groups[name])} {name}" for name in NAMES)
    step = max(1, len(rows) // MOST_POINTS)
    return Figure(
        title="How the training examples were learned",
        description=f"{count(len(rows), 'example')}, over {max(event.visits)} epochs: {numbers}, by how often they "
        f"were predicted right. Ambiguous examples teach most; hard ones often have a wrong label.{listed}",
        x=Axis(label="spread of the probability of the label", low=0.0, high=0.5),
        y=Axis(label="mean probability of the label", low=0.0, high=1.0),
        curves=tuple(
            Curve(name=name, group=at, x=tuple(event.spread[one] for one in some[::step]),
                  y=tuple(event.probability[one] for one in some[::step]), dots=True, line=False)
            for at, name in enumerate(NAMES) if (some := groups[name])
        ),
    )  # fmt: skip
