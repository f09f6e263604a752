"""The learning curves of a run for the terminal: `unstuck show --curves`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from unstuck.core.words import count
from unstuck.figures.learning_curve import learning_curve
from unstuck.show.console import printed
from unstuck.show.subjects import by_number
from unstuck.show.text_plot import characters_of, plot

if TYPE_CHECKING:
    from unstuck.core.diagnosis import Diagnosis
    from unstuck.record.reader import Record

MOST_TRAININGS = 4


def render_curves(diagnosis: Diagnosis, record: Record, *, width: int, colour: bool, encoding: str) -> str:
    """A plot for each of the first trainings, one below the other; empty where nothing was trained."""
    trained = by_number(record)
    shown = [one for one in diagnosis.trainings if one.training in trained and trained[one.training].losses]
    characters = characters_of(encoding)
    lines: list[Text] = []
    for at, summary in enumerate(shown[:MOST_TRAININGS]):
        lines.append(Text(""))
        if len(diagnosis.trainings) > 1:
            lines.append(Text(f"training {at + 1}", style="bold"))
        lines += plot(learning_curve(trained[summary.training], summary, log=False), width, characters)
    if len(shown) > MOST_TRAININGS:
        lines.append(Text(f"and {count(len(shown) - MOST_TRAININGS, 'more training')}", style="dim"))
    return printed(((line, True) for line in lines), width=width, colour=colour).rstrip("\n")
