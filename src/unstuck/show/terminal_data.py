"""What only the answer about data has in the terminal: what was read, and the notes, one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from unstuck.analysis.data.view import datasets
from unstuck.core.words import clean, count
from unstuck.record.events.data.human import HumanLabels
from unstuck.record.manifest import RecordKind
from unstuck.show.grouping import also
from unstuck.show.human_words import human_in_words
from unstuck.show.split_words import notes_on_reading, split_in_words
from unstuck.show.terminal_finding import examples_in_words, hanging, headline_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from unstuck.record.reader import Record
    from unstuck.show.grouping import Group


def read_lines(record: Record, console: Console) -> Iterator[Text]:
    """One line for each split of a data record; none for a run."""
    if record.manifest.kind is not RecordKind.DATA:
        return
    views = datasets(record)
    width = max((len(view.split.name) for view in views), default=0)
    for view in views:
        name = clean(view.split.name).ljust(width)
        yield hanging(Text.assemble((f"{name}  ", "bold"), split_in_words(view)), console)
    for note in notes_on_reading(views):
        yield hanging(Text(f"{' ' * width}  {note}", style="dim"), console)


def human_lines(record: Record, console: Console) -> Iterator[Text | str]:
    """What a person's labels say."""
    if record.manifest.kind is not RecordKind.DATA:
        return
    for event in (event for view in datasets(record) for event in view.of(HumanLabels)):
        yield ""
        yield hanging(Text.assemble(("labels given by hand: ", "bold"), human_in_words(event)), console)


def note_lines(notes: Sequence[Group], console: Console) -> Iterator[Text | str]:
    """The findings that are no faults: what, where else, and the first rows."""
    if not notes:
        return
    yield ""
    for group in notes:
        finding = group.finding
        text = headline_of(finding)
        details = [
            *([examples_in_words(finding, finding.examples)] if finding.examples is not None else []),
            *([f"also {others}"] if (others := also(group)) else []),
        ]
        text.append(f" ({'; '.join(details)})" if details else "", style="dim")
        yield hanging(text, console)
    codes = ", ".join(dict.fromkeys(group.finding.code for group in notes))
    yield hanging(
        Text(f"{count(len(notes), 'note')}: unstuck explain CODE says what to do ({codes})", style="dim"), console
    )
