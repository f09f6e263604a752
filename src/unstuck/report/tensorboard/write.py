"""A run in a TensorBoard folder: one sub-folder, and one below it for each training where there are several."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from unstuck.report.tensorboard.histograms import histograms
from unstuck.report.tensorboard.hyper_parameters import metrics, settings
from unstuck.report.tensorboard.images import images
from unstuck.report.tensorboard.scalars import lines
from unstuck.show.folding import causes
from unstuck.show.markdown_escape import plain
from unstuck.show.markdown_finding import finding_lines
from unstuck.show.proofs import after_the_answer, helps
from unstuck.show.source import Sources
from unstuck.show.subjects import among, by_number, training_of
from unstuck.show.tensorboard.board import Board, require

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from unstuck.analysis.run.training import Training
    from unstuck.core.diagnosis import Diagnosis, TrainingSummary
    from unstuck.record.reader import Record
    from unstuck.show.proofs import Patches

NO_IMAGES = "no figures as images: there is no matplotlib here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written, and what was left out."""

    folder: Path
    left_out: tuple[str, ...] = ()


def write(diagnosis: Diagnosis, record: Record, directory: Path, *, patches: Patches | None = None) -> Written:
    """Everything that the record has for TensorBoard, in a new folder below ``directory``.

    Raises:
        UsageError: the package tensorboard is missing.
        OSError: it cannot be written there.
    """
    require()
    folder = _new(directory, diagnosis.run)
    trained, summaries = list(by_number(record).values()), {one.training: one for one in diagnosis.trainings}
    began = float((record.main.about.get("began") if record.main else None) or record.manifest.began or 0.0)
    left_out: dict[str, None] = {}
    with Board(folder, began) as board:
        for tag, text in _texts(diagnosis, record, patches or {}):
            board.text(tag, text, 0.0)
        if len(trained) == 1:
            left_out |= dict.fromkeys(_training(board, trained[0], summaries.get(trained[0].number), folder.name))
    for at, training in enumerate(trained, 1):
        if len(trained) > 1:
            name = f"training-{at}"
            with Board(folder / name, began) as board:
                left_out |= dict.fromkeys(
                    _training(board, training, summaries.get(training.number), f"{folder.name}/{name}")
                )
    return Written(folder=folder, left_out=tuple(left_out))


def _new(directory: Path, name: str) -> Path:
    """A folder that is not there yet: nothing is written into what somebody else has made."""
    directory.mkdir(parents=True, exist_ok=True)
    for number in count(1):
        folder = directory / (name if number == 1 else f"{name}_{number}")
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
    raise AssertionError  # count never ends


def _training(board: Board, training: Training, summary: TrainingSummary | None, name: str) -> Iterator[str]:
    """Write one training; gives a sentence for what had to be left out."""
    for line in lines(training):
        board.line(line)
    for histogram in histograms(training):
        board.histogram(histogram)
    tape = training.part.timeline
    seconds = float(tape["time"][-1]) if len(tape) else 0.0
    results = metrics(training, summary)
    if results:
        board.hyper_parameters(name, settings(training), results, seconds)
    try:
        for image in images(training, summary):
            board.image(image, seconds)
    except ImportError:
        yield NO_IMAGES


def _texts(diagnosis: Diagnosis, record: Record, patches: Patches) -> Iterator[tuple[str, str]]:
    """The answer, and each cause with its consequences, in Markdown."""
    sources, trained = Sources.of(record), by_number(record)
    proved = after_the_answer(diagnosis)
    yield "answer", f"**{diagnosis.verdict}**: {plain(diagnosis.answer)}{f' {plain(proved)}' if proved else ''}"
    for at, cause in enumerate(causes(diagnosis.findings), 1):
        finding = cause.ranked.finding
        text = finding_lines(
            cause, at, record, sources, training_of(finding, trained), helps(cause.ranked, diagnosis, patches),
            among(finding, diagnosis),
        )  # fmt: skip
        yield f"findings/{at} {finding.code} {finding.name}", "\n".join(text)
