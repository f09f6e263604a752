"""The answer in the terminal: one sentence, the causes, then which rules were checked.

Where nothing was found, the sentence is all: a healthy run needs no more.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from unstuck.core.diagnosis import GOOD, Verdict
from unstuck.core.words import clean, count, number
from unstuck.record import schema
from unstuck.show.configuration import configuration_in_words
from unstuck.show.console import console_of, printed
from unstuck.show.folding import causes
from unstuck.show.grouping import also, groups
from unstuck.show.outcomes import Outcomes
from unstuck.show.overhead import cost
from unstuck.show.proofs import after_the_answer, helps
from unstuck.show.source import Sources
from unstuck.show.sparkline import spark
from unstuck.show.subjects import among, by_number, training_of
from unstuck.show.terminal_baseline import baseline_blocks, baseline_line
from unstuck.show.terminal_data import human_lines, note_lines, read_lines
from unstuck.show.terminal_experiments import render_experiments
from unstuck.show.terminal_finding import hanging, render_cause
from unstuck.show.terminal_probe import probe_block

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import Console, RenderableType

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
    Verdict.CLEAN: "bold green",
    Verdict.FAULTY: "bold red",
    Verdict.MEASURED: "bold",
}
WITHOUT_TRAINING = (Verdict.CLEAN, Verdict.FAULTY)
"""rules about data need many different things: a few are named, and the page has all"""
MOST_NEEDS = 3
HEALTHY = (*GOOD, Verdict.CLEAN, Verdict.MEASURED)
REPORT = "report.html"
"""the name of the page among what is derived from a record"""
MOST_CURVES = 6
MOST_SPARK_COLUMNS = 48


def render(
    diagnosis: Diagnosis, record: Record, *, width: int, colour: bool, patches: Patches | None = None
) -> str:
    """The whole answer as text of at most ``width`` columns, with terminal colours or without any."""
    console = console_of(width, colour=colour)
    blocks = [(block, False) for block in _blocks(diagnosis, record, console, patches or {})]
    # A path is never wrapped: it is to be copied.
    return printed([*blocks, (Text(_kept_in(record), style="dim"), True)], width=width, colour=colour)


def _blocks(
    diagnosis: Diagnosis, record: Record, console: Console, patches: Patches
) -> Iterator[RenderableType]:
    sources, trained = Sources.of(record), by_number(record)
    style = VERDICT_STYLE[diagnosis.verdict]
    answer = Text.assemble((f"{diagnosis.verdict}: ", style), (clean(diagnosis.answer), "bold"))
    proved = after_the_answer(diagnosis)
    if proved:
        answer.append(f" {clean(proved)}", style="bold green")
    yield hanging(answer, console)
    yield from baseline_line(record, console)
    yield from baseline_blocks(record, console)
    healthy = is_healthy(diagnosis)
    if not healthy or len(diagnosis.trainings) > 1:
        yield from _curves(diagnosis, trained, console.width)
    yield from read_lines(record, console)
    yield from probe_block(record, console)
    together = groups(causes(diagnosis.findings))
    for group in together:
        if group.is_note:
            continue
        finding = group.finding
        yield ""
        fixes = helps(group.first.ranked, diagnosis, patches)
        yield render_cause(
            group.first, sources, training_of(finding, trained), console, fixes, among(finding, diagnosis), also(group)
        )
    yield from human_lines(record, console)
    yield from note_lines([group for group in together if group.is_note], console)
    if not healthy:
        yield ""
    if diagnosis.experiments is not None:
        yield render_experiments(diagnosis.experiments, diagnosis, console)
        yield ""
    yield from _foot(diagnosis, console, overhead=not healthy)


def is_healthy(diagnosis: Diagnosis) -> bool:
    """A good verdict and no finding: there is nothing to explain."""
    return diagnosis.verdict in HEALTHY and not diagnosis.findings


def _curves(diagnosis: Diagnosis, trained: Mapping[int, Training], width: int) -> Iterator[Text]:
    shown = [summary for summary in diagnosis.trainings if summary.training in trained][:MOST_CURVES]
    several = len(diagnosis.trainings) > 1
    for at, summary in enumerate(shown):
        loss = trained[summary.training].loss
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
    baseline = "" if summary.baseline_loss is None else f" (baseline {number(summary.baseline_loss)})"
    first, last = number(summary.first_loss), number(summary.last_loss)
    return f"{first} → {last} in {count(summary.steps, 'step')}{baseline}"


def _foot(diagnosis: Diagnosis, console: Console, *, overhead: bool) -> Iterator[Text]:
    outcomes, of_data = Outcomes.of(diagnosis.outcomes), diagnosis.verdict in WITHOUT_TRAINING
    said = outcomes.sentence(MOST_NEEDS, "splits") if of_data else outcomes.sentence()
    if diagnosis.verdict is not Verdict.MEASURED:
        yield hanging(Text(said, style="dim"), console)
    configured = configuration_in_words(diagnosis.configuration)
    if configured:
        yield hanging(Text(clean(configured), style="dim"), console)
    for sentence in diagnosis.not_seen:
        yield hanging(Text(f"not recorded: {clean(sentence)}", style="dim"), console)
    recording = cost(diagnosis.overhead)
    if recording and overhead:
        yield hanging(Text(f"recording took {recording}", style="dim"), console)


def _kept_in(record: Record) -> str:
    report = record.path / schema.DERIVED / REPORT
    name, path = ("report", report) if report.exists() else ("record", record.path)
    here = Path.cwd()
    return clean(f"{name}: {path.relative_to(here) if path.is_relative_to(here) else path}")
