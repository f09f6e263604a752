"""A run as an object: its record, what the rules make of it, and the answer in every form."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from contextlib import contextmanager
from dataclasses import asdict, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from unstuck.core.errors import UnstuckError, UsageError
from unstuck.record import schema
from unstuck.record.ledger import Ledger, new_ledger
from unstuck.record.writer import write_whole
from unstuck.watch.directory import DEFAULT, Manifest, make_directory, origin
from unstuck.watch.ended import FINISHED, describe
from unstuck.watch.options import BUDGET, WatchOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from unstuck.config.load import Overrides
    from unstuck.core.diagnosis import Diagnosis
    from unstuck.core.experiment import Results
    from unstuck.experiment.search.candidates import Candidate
    from unstuck.record.reader import Record
    from unstuck.report.plots import Plots
    from unstuck.report.tensorboard.write import Written
    from unstuck.rules.selection import Kinds, Selection
    from unstuck.show.proofs import Patches

JSON = "diagnosis.json"
HTML = "report.html"


class Run:
    """One run on disk. Everything here is read again at each call, for a record may still be growing."""

    def __init__(self, path: Path | str, overrides: Overrides | None = None) -> None:
        self.path = Path(path)
        self.overrides = overrides

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    def _repr_html_(self) -> str:
        """What a notebook shows: answer, causes and learning curve, as far as the run has come."""
        try:
            return self.answer().snippet()
        except UnstuckError as error:
            return f"<p>{escape(repr(self))}: {escape(str(error))}</p>"

    @property
    def plot(self) -> Plots:
        """The figures of this run, drawn with matplotlib: ``run.plot.learning_curve()``."""
        from unstuck.report.plots import Plots

        return Plots(lambda: self.record, self._judged)

    @property
    def record(self) -> Record:
        """The record as it is now."""
        from unstuck.record.reader import Record

        return Record(self.path)

    def diagnose(self) -> Diagnosis:
        """What the rules make of the record."""
        return self._judged()[1]

    def _selection(self, record: Record) -> Selection:
        from unstuck.config.load import NO_OVERRIDES, folders_of, selection_from

        return selection_from(folders_of(record.manifest), self.overrides or NO_OVERRIDES)

    def _diagnosed(self, record: Record, results: Results | None = None) -> Diagnosis:
        """By the user's configuration."""
        from unstuck.config.comments import AllowComments
        from unstuck.rules.engine import diagnose

        selection = self._selection(record)
        comments = AllowComments(record, selection.known)
        diagnosis = diagnose(record, selection, results, comments.place_allowing)
        return replace(diagnosis, not_seen=(*diagnosis.not_seen, *comments.unknown))

    def _judged(self) -> tuple[Record, Diagnosis]:
        from unstuck.experiment.finding_confidence import proved
        from unstuck.experiment.results import read

        record, results = self.record, read(self.path)
        diagnosis = self._diagnosed(record, results)
        return record, proved(diagnosis, results, record) if results is not None else diagnosis

    def answer(self) -> Answer:
        """Record and diagnosis, ready to be shown in any form."""
        record, diagnosis = self._judged()
        return Answer(record, diagnosis, self._selection(record).known)

    def verify(
        self,
        budget: float | None = None,
        workers: int | None = None,
        remedies: Sequence[str | Candidate] | None = None,
        progress: Callable[[str], object] = lambda _: None,
    ) -> Answer:
        """Try remedies on the run, each as a controlled experiment, as `unstuck verify` does; results are kept.

        Args:
            budget: seconds of wall time; by default as long as the run was, at most two minutes.
            workers: branches at a time; by default one for each core, at most four.
            remedies: as `unstuck trial` names them; by default those of the findings, and the standard panel where the
                run has not learned.
            progress: told what is being tried.

        Raises:
            UsageError: nothing can be tried on it; the message says why.
        """
        from unstuck.experiment.results import keep
        from unstuck.experiment.search.candidates import chosen
        from unstuck.experiment.verify import verify

        record = self.record
        wanted = None if remedies is None else chosen(remedies)
        diagnosis = self._diagnosed(record)
        results = verify(record, diagnosis, budget=budget, workers=workers, wanted=wanted, progress=progress)
        if results.refused:
            raise UsageError(f"Nothing could be tried: {results.refused}.")
        keep(results, self.path)
        answer = self.answer()
        answer.keep()
        return answer

    def show(self, file: TextIO | None = None) -> None:
        """Print the answer, by default to standard output."""
        out = file or sys.stdout
        out.write(self.answer().text(colour=out.isatty()))


class Answer:
    """A diagnosis and its record, in the forms in which it is shown."""

    def __init__(self, record: Record, diagnosis: Diagnosis, rules: Kinds | None = None) -> None:
        self.record = record
        self.diagnosis = diagnosis
        self.rules = rules
        """all rules that are known, those of plug-ins included; ours by default"""

    def __str__(self) -> str:
        return self.text(colour=False)

    def text(self, *, colour: bool, width: int | None = None) -> str:
        """For the terminal."""
        from unstuck.show.terminal import render

        return render(
            self.diagnosis, self.record, width=width or _columns(), colour=colour, patches=self._patches()
        )

    def json(self) -> str:
        """The contract for programs."""
        from unstuck.show.json import to_json

        return json.dumps(to_json(self.diagnosis, self.record), indent=2, allow_nan=False) + "\n"

    def html(self) -> str:
        """One self-contained page."""
        from unstuck.report.page import page
        from unstuck.rules.pages import pages

        return page(self.diagnosis, self.record, pages=pages(self.rules), patches=self._patches())

    def snippet(self) -> str:
        """The answer, its causes and the learning curve as HTML for a place within another page: a notebook."""
        from unstuck.report.notebook import snippet

        return snippet(self.diagnosis, self.record)

    def curves(self, *, colour: bool, width: int | None = None, encoding: str = "utf-8") -> str:
        """The learning curves for the terminal, drawn with the characters that the encoding has."""
        from unstuck.report.text_curves import render_curves

        return render_curves(self.diagnosis, self.record, width=width or _columns(), colour=colour, encoding=encoding)

    def sarif(self) -> str:
        """SARIF 2.1.0: for code scanning and editors."""
        from unstuck.rules.pages import pages
        from unstuck.show.sarif import to_sarif

        log = to_sarif(self.diagnosis, self.record, pages=pages(self.rules), patches=self._patches())
        return json.dumps(log, indent=2, allow_nan=False) + "\n"

    def markdown(self) -> str:
        """Whole and short: for a pull request or an AI agent."""
        from unstuck.show.markdown import to_markdown

        return to_markdown(self.diagnosis, self.record, patches=self._patches(), proof=self.patch())

    def card(self) -> str:
        """A section for a model card, in Markdown, of the record of an evaluation; "" for other records."""
        from unstuck.show.model_card import model_card

        return model_card(self.diagnosis, self.record)

    def github(self) -> str:
        """GitHub workflow commands, one line a cause; files as the checked-out repository knows them."""
        from unstuck.show.github import to_github

        root = os.environ.get("GITHUB_WORKSPACE")
        return to_github(self.diagnosis, self.record, root=Path(root) if root else None)

    def tensorboard(self, directory: Path | str) -> Written:
        """Write the run for TensorBoard, into a new folder below ``directory``."""
        from unstuck.report.tensorboard.write import write

        return write(self.diagnosis, self.record, Path(directory), patches=self._patches())

    def _patches(self) -> Patches:
        """The remedies that can be written as a change of the script."""
        from unstuck.experiment.answer_patches import patches

        return patches(self.diagnosis, self.record)

    def patch(self) -> str | None:
        """One diff of the changes that were proved; None where there are none, or they cannot be written surely."""
        from unstuck.experiment.answer_patches import patch_of_proof

        return patch_of_proof(self.diagnosis, self.record)

    def keep(self) -> None:
        """Write page and JSON into the record's ``derived`` folder."""
        folder = self.record.path / schema.DERIVED
        folder.mkdir(exist_ok=True)
        write_whole(folder / JSON, self.json())
        write_whole(folder / HTML, self.html())


def examine_data(directory: Path, ledger: Ledger) -> None:
    """Examine what passed through the loop; then nothing of it is kept but what was found out."""
    if ledger.used:
        from unstuck.analysis.ledger.examine import examine

        examine(directory, ledger.memory)
    ledger.close()


def _columns() -> int:
    return min(shutil.get_terminal_size((100, 24)).columns, 120)


@contextmanager
def watch(
    *known: object,
    dir: Path | str = DEFAULT,  # noqa: A002 - as the option of `unstuck run`
    budget: float = BUDGET,
    layers: bool = True,
    keep_samples: bool = False,
    data: bool = True,
) -> Iterator[Run]:
    """Watch the training inside the block: for notebooks, and for those who prefer it to `unstuck run`.

    ``with unstuck.watch(model, optimizer) as run: train()``, then ``run.show()``.

    Args:
        known: models and optimisers that were made before the block.
        dir: where the run's directory is made.
        budget: share of the run's time that watching may cost.
        layers: sample weights, outputs, gradients and updates of every layer.
        keep_samples: store some of the data in the record.
        data: examine the data that pass through the training loop; no example is stored.
    """
    try:
        from unstuck.watch.torch.session import Session
    except ModuleNotFoundError as error:
        raise UsageError(
            f"unstuck.watch needs torch in this interpreter ({sys.executable}): {error}."
        ) from error
    options = WatchOptions(budget=budget, layers=layers, keep_samples=keep_samples, data=data)
    stem = Path(sys.argv[0]).stem if sys.argv and sys.argv[0] else "session"
    directory = make_directory(Path(dir), stem)
    about: dict[str, Any] = {"argv": sys.argv, "python": sys.executable, "options": asdict(options)}
    manifest = Manifest(directory, {**about, "target": {"kind": "inside"}, **origin()})
    began = time.perf_counter()
    ledger = new_ledger() if data else None
    memory = None if ledger is None else ledger.memory
    session = Session(directory / schema.PARTS / "0", options, known=known, memory=memory)
    session.open()
    ended = FINISHED
    try:
        yield Run(directory)
    except BaseException as error:
        ended = describe(error)
        raise
    finally:
        session.close(ended)
        if ledger is not None:
            examine_data(directory, ledger)
        if session.failure is not None:
            manifest.add(failures=[{"where": "training", "error": session.failure}])
        manifest.add(ended=ended.ended, duration=round(time.perf_counter() - began, 3), child=asdict(ended))
