"""Examples as points in two dimensions, a colour for each label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unstuck.core.figure import Axis, Curve, Figure
from unstuck.core.words import share

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

MOST_COLOURS = 8
OTHERS = "other labels"


def scatter(
    points: np.ndarray[Any, Any], labels: Sequence[str], *, layer: str, method: str, explained: float | None
) -> Figure:
    """The points of each label as one curve without a line.

    Args:
        points: (n, 2).
        labels: one for each; none for no colours.
        layer: whose input they are.
        method: by which they have two dimensions.
        explained: share of the variance that they have.
    """
    names = list(labels) if len(labels) == len(points) else ["examples"] * len(points)
    known = sorted(set(names), key=lambda name: (-names.count(name), name))
    shown = known if len(known) <= MOST_COLOURS else known[: MOST_COLOURS - 1]
    groups = [(name, [at for at, one in enumerate(names) if one == name]) for name in shown]
    rest = [at for at, one in enumerate(names) if one not in shown]
    groups += [(OTHERS, rest)] if rest else []
    margin = 0.04 * (points.max(axis=0) - points.min(axis=0))
    (left, low), (right, high) = points.min(axis=0) - margin, points.max(axis=0) + margin
    apart = "" if explained is None else f" They have {share(explained)} of the variance."
    warning = " Distances between groups mean little in t-SNE." if explained is None else ""
    return Figure(
        title=f"What goes into {layer}, in two dimensions ({method})",
        description=f"One point for each example.{apart}{warning}",
        x=Axis(label="first axis", low=float(left), high=float(right)),
        y=Axis(label="second axis", low=float(low), high=float(high)),
        curves=tuple(
            Curve(name=name, group=at, x=tuple(map(float, points[rows, 0])), y=tuple(map(float, points[rows, 1])),
                  dots=True, line=False)
            for at, (name, rows) in enumerate(groups)
        ),
    )  # fmt: skip
