"""The experiments of a run, as commands start them: with a progress line, and kept with the record."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from unstuck.cli.progress_line import Trying, find_terminal
from unstuck.core.errors import UnstuckError
from unstuck.run import Answer, Run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from unstuck.config.load import Overrides
    from unstuck.experiment.search.candidates import Candidate

INTERRUPTED = 130
"""exit code of a command that the user has ended (128 + SIGINT)"""

def try_remedies(
    path: Path, *, budget: float | None, workers: int | None, wanted: Sequence[Candidate] | None = None,
    overrides: Overrides | None = None,
) -> Answer:
    """The answer of a run after its experiments, kept beside its record.

    Raises:
        UsageError: nothing can be tried on it; the message says why.
    """
    from unstuck.experiment.verify import default_budget

    run = Run(path, overrides)
    budget = default_budget(run.record) if budget is None else budget
    with ended_in_order(), Trying(budget, find_terminal()) as line:
        return run.verify(budget=budget, workers=workers, remedies=wanted, progress=line.tell)


@contextmanager
def ended_in_order() -> Iterator[None]:
    """A signal that ends us ends the branches first, and takes their folder away."""

    def end(number: int, _: object) -> NoReturn:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def end_as_asked(answer: Answer) -> None:
    """The exit code of a command that the user has ended, once what was found by then is told."""
    if answer.diagnosis.experiments is not None and answer.diagnosis.experiments.interrupted:
        raise SystemExit(INTERRUPTED)


def after_run(path: Path, budget: float | None, overrides: Overrides | None = None) -> str:
    """Try the remedies of a run that has just ended; why nothing, or not all, was tried, or nothing to be said."""
    try:
        try_remedies(path, budget=budget, workers=None, overrides=overrides)
    except UnstuckError as error:
        return f"no experiments: {error}"
    except KeyboardInterrupt:
        return "the experiments were interrupted; `unstuck verify` runs them again"
    except Exception as error:
        return f"no experiments: {type(error).__name__}: {error}. This is a defect of unstuck"
    return ""
