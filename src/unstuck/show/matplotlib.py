"""Draw a figure with matplotlib, for notebooks and papers; `svg` draws the same values for the page."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING

from unstuck.core.errors import UsageError
from unstuck.show.ticks import ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from unstuck.core.figure import Curve, Figure

PALETTE = ("#0072b2", "#7a4fb5", "#007d74", "#4d6d8a", "#d55e00", "#b8336a", "#8a6d00", "#7d4a2b")
"""the colours of the page's groups; dark enough for white, light enough for black"""
STYLES = ("-", "--", ":", "-.")
"""of curves that share a colour and are not faint, in turn"""
QUIET, RED = "#808890", "#c8372d"
INCHES = (7.2, 3.4)


def draw(figure: Figure, ax: Axes | None = None) -> Axes:
    """The figure on the given axes, or on those of a new pyplot figure."""
    axes = ax if ax is not None else new_axes(INCHES)
    _scale(axes, figure)
    for curve, style in _styled(figure):
        _curve(axes, curve, style)
    for level in figure.levels:
        axes.axhline(level.y, color=QUIET, linestyle=(0, (6, 4)), linewidth=1.3, label=plain(level.label))
    for moment in figure.moments:
        axes.axvline(moment.x, color=QUIET, linestyle=(0, (2, 3)), linewidth=1.0)
        axes.annotate(
            plain(moment.label), (moment.x, 0.96), xycoords=("data", "axes fraction"), xytext=(4, 0),
            textcoords="offset points", color=QUIET, fontsize="small", va="top",
        )  # fmt: skip
    if figure.not_numbers:
        axes.plot(
            figure.not_numbers, [0.98] * len(figure.not_numbers), "x", color=RED, markersize=6,
            transform=axes.get_xaxis_transform(), label="not a number", clip_on=False,
        )  # fmt: skip
    axes.set_title(plain(figure.title), loc="left", fontsize="medium")
    handles, labels = axes.get_legend_handles_labels()
    if len(handles) > 1 or figure.levels:
        axes.legend(handles, labels, fontsize="small", framealpha=0.8, edgecolor="none")
    return axes


def plain(text: str) -> str:
    """The text as it is: matplotlib takes what stands between two dollars for a formula."""
    return text.replace("$", r"\$")


def new_axes(inches: tuple[float, float]) -> Axes:
    """Those of a new pyplot figure.

    Raises:
        UsageError: there is no matplotlib.
    """
    try:
        from matplotlib import pyplot
    except ModuleNotFoundError as error:
        raise UsageError(
            f"Plots need matplotlib, and this interpreter has none ({error}). Install it: pip install 'unstuck[plot]'"
        ) from error
    axes: Axes = pyplot.subplots(figsize=inches, layout="constrained")[1]
    return axes


def _scale(axes: Axes, figure: Figure) -> None:
    for of, axis, about in (("x", figure.x, 8), ("y", figure.y, 5)):
        which = axes.xaxis if of == "x" else axes.yaxis
        axes.set(**{f"{of}scale": "log" if axis.log else "linear", f"{of}label": axis.title})
        axes.set(**{f"{of}lim": (axis.low, axis.high)})
        shown = ticks(axis, about)
        which.set_ticks([tick.value for tick in shown], [tick.label for tick in shown])
        which.set_ticks([], minor=True)
    axes.grid(visible=True, axis="y", alpha=0.25, linewidth=0.8)
    axes.spines[["top", "right"]].set_visible(False)


def _styled(figure: Figure) -> list[tuple[Curve, str]]:
    """The curves, faint ones first, each with a line style of its own among those of its colour."""
    turns = {curve.group: cycle(STYLES) for curve in figure.curves}
    styled = [(curve, "-" if curve.faint else next(turns[curve.group])) for curve in figure.curves]
    return sorted(styled, key=lambda pair: not pair[0].faint)


def _curve(axes: Axes, curve: Curve, style: str) -> None:
    axes.plot(
        curve.x, curve.y, linestyle=style if curve.line else "", color=PALETTE[curve.group % len(PALETTE)],
        alpha=0.3 if curve.faint else 1.0, linewidth=0.8 if curve.faint else 1.6,
        marker="o" if curve.dots else None, markersize=3.5,
        label="_nolegend_" if curve.faint else plain(curve.name),
    )  # fmt: skip
