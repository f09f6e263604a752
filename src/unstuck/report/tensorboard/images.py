"""Figures as images: the same values that the report draws, drawn by matplotlib."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from unstuck.figures.gradient_norm import gradient_norm
from unstuck.figures.learning_curve import learning_curve
from unstuck.figures.learning_rate import learning_rate
from unstuck.show import matplotlib
from unstuck.show.tensorboard.values import Image

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unstuck.analysis.run.training import Training
    from unstuck.core.diagnosis import TrainingSummary
    from unstuck.core.figure import Figure

INCHES = (8.0, 4.5)
DOTS_PER_INCH = 100


def figures_of(training: Training, summary: TrainingSummary | None) -> dict[str, Figure]:
    """The figures of a training, by their tags."""
    figures = {
        "figures/loss": learning_curve(training, summary, log=False),
        "figures/loss_log_scale": learning_curve(training, summary, log=True),
        "figures/gradient_norm": gradient_norm(training),
        "figures/learning_rate": learning_rate(training),
    }
    return {tag: figure for tag, figure in figures.items() if figure is not None and figure.curves}


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
    matplotlib.draw(figure, canvas.add_subplot())
    out = BytesIO()
    canvas.savefig(out, format="png")
    return out.getvalue()
