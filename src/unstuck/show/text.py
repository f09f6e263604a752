"""The answer in the terminal: the sentence first, then the causes, then what was and was not looked at."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from unstuck.analysis.run.training import trainings
from unstuck.core.diagnosis import Verdict
from unstuck.core.words import clean, count, number
from unstuck.record import schema
from unstuck.show.configuration import configuration_in_words
from unstuck.show.folding import among, causes
from unstuck.show.outcomes import Outcomes
from unstuck.show.overhead import cost
from unstuck.show.proofs import after_the_answer, helps
from unstuck.show.source import Sources
from unstuck.show.spark import spark
from unstuck.show.text_experiments import render_experiments
from unstuck.show.text_finding import hanging, render_cause

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from unstuck.analysis.run.training import Training
    from unstuck.core.diagnosis import Diagnosis, TrainingSummary
    from unstuck.record.reader import Record
    from unstuck.show.proofs import Patches

VERDICT_STYLE = {
    Verdict.STUCK: "bold red",
    Verdict.DIVERGED: "bold red",
    Verdict.LEARNING: "bold green",
    Verdict.LEARNED: "bold green",
    Verdict.TOO_SHORT: "bold yellow",
    Verdict.NO_TRAINING: "bold yellow",
}
REPORT = "report.html"
"""the name of the page among what is derived from a record"""
MOST_CURVES = 6
MOST_SPARK_COLUMNS = 48


def render(
    diagnosis: Diagnosis, record: Record, *, width: int, colour: bool, patches: Patches | None = None
) -> str:
    """The whole answer as text of at most ``width`` columns, with terminal colours or without any."""
    out = StringIO()
    console = Console(
        file=out, width=width, force_terminal=colour, color_system="standard" if colour else None,
        no_color=not colour, highlight=False, markup=False, emoji=False, legacy_windows=False, _environ={},
    )  # fmt: skip
    for block in _blocks(diagnosis, record, console, patches or {}):
        console.print(block)
    # A path is never wrapped: it is to be copied.
    console.print(_lies(record), style="dim", soft_wrap=True)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _blocks(
    diagnosis: Diagnosis, record: Record, console: Console, patches: Patches
) -> Iterator[RenderableType]:
    sources = Sources.of(record)
    found = {training.number: training for training in trainings(record)}
    style = VERDICT_STYLE[diagnosis.verdict]
    answer = Text.assemble((f"{diagnosis.verdict}: ", style), (clean(diagnosis.answer), "bold"))
    proved = after_the_answer(diagnosis)
    if proved:
        answer.append(f" {clean(proved)}", style="bold green")
    yield hanging(answer, console)
    yield from _curves(diagnosis, found, console.width)
    for cause in causes(diagnosis.findings):
        yield ""
        training = found.get(cause.ranked.finding.training)
        told = helps(cause.ranked, diagnosis, patches)
        yield render_cause(cause, sources, training, console, told, among(cause.ranked.finding, diagnosis))
    yield ""
    if diagnosis.experiments is not None:
        yield render_experiments(diagnosis.experiments, diagnosis, console)
        yield ""
    yield from _foot(diagnosis, console)


def _curves(diagnosis: Diagnosis, found: dict[int, Training], width: int) -> Iterator[Text]:
    shown = [summary for summary in diagnosis.trainings if summary.training in found][:MOST_CURVES]
    several = len(diagnosis.trainings) > 1
    for at, summary in enumerate(shown):
        loss = found[summary.training].loss
        if loss is None:
            continue
        name = f"training {at + 1} loss" if several else "loss"
        numbers = _numbers(summary)
        room = width - len(name) - 2
        beside = room - len(numbers) - 2
        curve = spark(loss.value, min(MOST_SPARK_COLUMNS, beside if beside >= 16 else room))
        gap = "  " if beside >= 16 else "\n  "
        yield Text.assemble((f"{name}  ", "dim"), (curve, "cyan"), gap, numbers)
    if len(shown) < len(diagnosis.trainings):
        yield Text(f"and {count(len(diagnosis.trainings) - len(shown), 'more training')}", style="dim")


def _numbers(summary: TrainingSummary) -> str:
    trivial = "" if summary.baseline_loss is None else f" (trivial answer: {number(summary.baseline_loss)})"
    first, last = number(summary.first_loss), number(summary.last_loss)
    return f"{first} → {last} in {count(summary.steps, 'step')}{trivial}"


def _foot(diagnosis: Diagnosis, console: Console) -> Iterator[Text]:
    yield hanging(Text(Outcomes.of(diagnosis.outcomes).sentence(), style="dim"), console)
    configured = configuration_in_words(diagnosis.configuration)
    if configured:
        yield hanging(Text(clean(configured), style="dim"), console)
    for sentence in diagnosis.not_seen:
        yield hanging(Text(f"not seen: {clean(sentence)}", style="dim"), console)
    watching = cost(diagnosis.overhead)
    if watching:
        yield hanging(Text(f"watching cost {watching}", style="dim"), console)


def _lies(record: Record) -> str:
    report = record.path / schema.DERIVED / REPORT
    name, path = ("report", report) if report.exists() else ("record", record.path)
    here = Path.cwd()
    return clean(f"{name}: {path.relative_to(here) if path.is_relative_to(here) else path}")
