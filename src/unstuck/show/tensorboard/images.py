"""Figures as images: the same values that the report draws, drawn by matplotlib."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

from unstuck.show.figures.gradient_norm import gradient_norm
from unstuck.show.figures.learning_curve import learning_curve
from unstuck.show.figures.learning_rate import learning_rate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unstuck.core.diagnosis import TrainingSummary
    from unstuck.record.training import Training
    from unstuck.show.figure import Figure

INCHES = (8.0, 4.5)
DOTS_PER_INCH = 100


class Image(NamedTuple):
    """A PNG."""

    tag: str
    png: bytes
    width: int
    height: int


def figures_of(training: Training, summary: TrainingSummary | None) -> dict[str, Figure]:
    """The figures of a training, by their tags."""
    found = {
        "figures/loss": learning_curve(training, summary, log=False),
        "figures/loss_log_scale": learning_curve(training, summary, log=True),
        "figures/gradient_norm": gradient_norm(training),
        "figures/learning_rate": learning_rate(training),
    }
    return {tag: figure for tag, figure in found.items() if figure is not None and figure.curves}


def images(training: Training, summary: TrainingSummary | None) -> Iterator[Image]:
    """The figures drawn.

    Raises:
        ImportError: there is no matplotlib.
    """
    for tag, figure in figures_of(training, summary).items():
        yield Image(tag, draw(figure), round(INCHES[0] * DOTS_PER_INCH), round(INCHES[1] * DOTS_PER_INCH))


def draw(figure: Figure) -> bytes:
    """One figure as a PNG."""
    from matplotlib.figure import Figure as Canvas

    canvas = Canvas(figsize=INCHES, dpi=DOTS_PER_INCH)
    # A layout engine would draw everything twice.
    canvas.subplots_adjust(left=0.11, right=0.98, bottom=0.11, top=0.93)
    axes = canvas.add_subplot()
    for curve in figure.curves:
        axes.plot(
            curve.x, curve.y, label=curve.name.replace("$", r"\$"), color=f"C{curve.group}",
            alpha=0.3 if curve.faint else 1.0, marker="o" if curve.dots else None, markersize=3, linewidth=1.2,
        )  # fmt: skip
    for level in figure.levels:
        axes.axhline(level.y, color="gray", linestyle="--", linewidth=1, label=level.label)
    for moment in figure.moments:
        axes.axvline(moment.x, color="gray", linewidth=1, label=moment.label)
    if figure.not_numbers:
        axes.plot(
            figure.not_numbers, [0.02] * len(figure.not_numbers), "x", color="red", label="not a number",
            transform=axes.get_xaxis_transform(), clip_on=False,
        )  # fmt: skip
    axes.set(xlabel=figure.x.title, ylabel=figure.y.title, title=figure.title, xlim=(figure.x.low, figure.x.high))
    axes.set_yscale("log" if figure.y.log else "linear")
    axes.set_ylim(figure.y.low, figure.y.high)
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
    out = BytesIO()
    canvas.savefig(out, format="png")
    return out.getvalue()
