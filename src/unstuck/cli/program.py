"""The work of ``unstuck run``: start the program, wait for it, say what went wrong, end as it ended."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from unstuck.cli.conclude import conclude, load_judges
from unstuck.cli.output_formats import Wanted
from unstuck.cli.terminal_title import LiveTitle, find_terminal
from unstuck.config.file import nearest
from unstuck.watch.directory import DEFAULT
from unstuck.watch.launch import Launch, end_like
from unstuck.watch.options import WatchOptions
from unstuck.watch.target import parse

if TYPE_CHECKING:
    from unstuck.config.load import Overrides
    from unstuck.core.finding import Severity
    from unstuck.record.ledger import Ledger
    from unstuck.watch.target import Target

FAILED_ON = 3
"""the exit code where a finding is as bad as ``--fail-on`` says, and the program itself gave 0"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """The options of ``unstuck run``."""

    python: str | None = None
    dir: Path = DEFAULT
    wanted: Wanted = field(default_factory=Wanted)
    fail_on: Severity | None = None
    quiet: bool = False
    verify: bool = False
    verify_budget: float | None = None
    overrides: Overrides | None = None
    watch: WatchOptions = field(default_factory=WatchOptions)


def run_program(program: list[str], settings: RunSettings) -> int:
    """Run a program as Python would, then print the answer; the exit code to give on."""
    settings.wanted.check()
    target = parse(program)
    check_configuration(target, settings.overrides)
    launch = Launch(target, settings.python, settings.dir, settings.watch)
    with launch.started(), LiveTitle(launch.directory, find_terminal()):
        launch.note_origin()
        load_judges()
        load_libraries_of_data(launch)
        code = launch.finish()
    examined(launch)
    note = ""
    if settings.verify:
        from unstuck.cli.experiments import after_run

        note = after_run(launch.directory, settings.verify_budget, settings.overrides)
    worst = conclude(launch.directory, settings.wanted, quiet=settings.quiet, note=note, overrides=settings.overrides)
    if code == 0 and settings.fail_on is not None and worst.weight <= settings.fail_on.weight:
        return FAILED_ON
    return end_like(code)


LIBRARIES_OF_DATA = (
    "scipy.stats", "sklearn.compose", "sklearn.discriminant_analysis", "sklearn.ensemble", "sklearn.linear_model",
    "sklearn.neighbors", "sklearn.svm",
)  # fmt: skip
"""what takes a second to import, and is needed once the program has ended"""


def load_libraries_of_data(launch: Launch) -> None:
    """Import, beside the program, what its data will be examined with, once it trains."""

    def load(ledger: Ledger) -> None:
        while not ledger.used:
            time.sleep(0.1)
            if ledger.closed:
                return
        for name in LIBRARIES_OF_DATA:
            with suppress(ImportError):
                import_module(name)

    if launch.ledger is not None:
        Thread(target=load, args=(launch.ledger,), daemon=True).start()


def examined(launch: Launch) -> None:
    """Examine what passed through the loop, with a progress bar."""
    if launch.ledger is not None:
        from unstuck.cli.progress_bar import ProgressBar
        from unstuck.run import examine_data

        with ProgressBar() as progress:
            progress("examining the data", 0.0)
            examine_data(launch.directory, launch.ledger)


def check_configuration(target: Target, overrides: Overrides | None) -> None:
    """Refuse a wrong configuration before the program has run for hours. Without one it costs nothing.

    Raises:
        UsageError: a file or an option is wrong; the message says where.
    """
    script = Path(target.what).resolve().parent if target.kind == "script" else Path.cwd()
    folders = (script, Path.cwd())
    given = overrides is not None and (overrides.select or overrides.ignore)
    if given or nearest(folders).file:
        from unstuck.config.load import NO_OVERRIDES, selection_from

        selection_from(folders, overrides or NO_OVERRIDES)
