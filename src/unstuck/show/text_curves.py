"""The learning curves of a run for the terminal: `unstuck show --curves`."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from unstuck.analysis.run.training import trainings
from unstuck.core.words import count
from unstuck.figures.learning_curve import learning_curve
from unstuck.show.plot import characters_of, plot

if TYPE_CHECKING:
    from unstuck.core.diagnosis import Diagnosis
    from unstuck.record.reader import Record

MOST_TRAININGS = 4


def render_curves(diagnosis: Diagnosis, record: Record, *, width: int, colour: bool, encoding: str) -> str:
    """A plot for each of the first trainings, one below the other; empty where nothing was trained."""
    found = {training.number: training for training in trainings(record)}
    shown = [one for one in diagnosis.trainings if one.training in found and found[one.training].losses]
    characters = characters_of(encoding)
    lines: list[Text] = []
    for at, summary in enumerate(shown[:MOST_TRAININGS]):
        lines.append(Text(""))
        if len(diagnosis.trainings) > 1:
            lines.append(Text(f"training {at + 1}", style="bold"))
        lines += plot(learning_curve(found[summary.training], summary, log=False), width, characters)
    if len(shown) > MOST_TRAININGS:
        lines.append(Text(f"and {count(len(shown) - MOST_TRAININGS, 'more training')}", style="dim"))
    out = StringIO()
    console = Console(
        file=out, width=width, force_terminal=colour, color_system="standard" if colour else None,
        no_color=not colour, highlight=False, markup=False, emoji=False, legacy_windows=False, _environ={},
    )  # fmt: skip
    for line in lines:
        console.print(line, soft_wrap=True)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())
