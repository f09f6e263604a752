"""``unstuck audit DATA --target y``: examine a data set before a network is trained."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unstuck.audit.settings import AuditSettings
from unstuck.audit.splits import splits_of
from unstuck.cli.compare import changes_of
from unstuck.cli.data_options import DATA, FORM, HEADER, SEED, TARGET, TASK, TEST, TYPES, VAL, typed
from unstuck.cli.find import find
from unstuck.cli.options import GITHUB, HTML, IGNORE, JSON, MARKDOWN, SARIF, SELECT
from unstuck.cli.output_formats import Wanted
from unstuck.cli.program import FAILED_ON
from unstuck.cli.progress_bar import ProgressBar
from unstuck.cli.run import FailOn
from unstuck.config.load import Overrides
from unstuck.show.changes import changes_in_words
from unstuck.watch.directory import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unstuck.analysis.data.sample import Sample
    from unstuck.run import Answer

def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("audit")(audit)


def audit(
    data: DATA,
    target: TARGET = None,
    val: VAL = None,
    test: TEST = None,
    task: TASK = None,
    types: TYPES = None,
    group: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Groups that must not stand on both sides of a split.")
    ] = None,
    time: Annotated[str | None, typer.Option(metavar="COLUMN", help="Time of each row.")] = None,
    header: HEADER = None,
    form: FORM = None,
    rows: Annotated[int, typer.Option(min=2, help="Examples to look at one by one.")] = AuditSettings.rows,
    look: Annotated[int, typer.Option(min=0, help="Random examples to show.")] = AuditSettings.look,
    annotate: Annotated[int, typer.Option(min=0, help="Examples to label by hand, in the HTML report.")] = (
        AuditSettings.annotate
    ),
    annotations: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Labels given by hand, as the report of --annotate saves them.")
    ] = None,
    write_clean: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Write the rows to drop or relabel, and cleaned copies of tables in files, to this new folder.",
        ),
    ] = None,
    compare: Annotated[
        str | None, typer.Option(metavar="RECORD", help="Also print what changed since this earlier audit.")
    ] = None,
    seed: SEED = AuditSettings.seed,
    dir: Annotated[Path, typer.Option(help="Folder of the records.")] = DEFAULT,  # noqa: A002
    json: JSON = None,
    html: HTML = None,
    sarif: SARIF = None,
    markdown: MARKDOWN = None,
    github: GITHUB = None,
    fail_on: Annotated[FailOn | None, typer.Option(help="Exit with 3 if a finding has this severity.")] = None,
    select: SELECT = None,
    ignore: IGNORE = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print no answer.")] = False,
) -> None:
    """Examine a data set: labels, copies, splits, columns, scales, images, texts."""
    from unstuck.audit.annotations import read_annotations
    from unstuck.audit.compare import check_comparable
    from unstuck.audit.produce import produce
    from unstuck.audit.write_clean import check_new
    from unstuck.core.finding import Severity
    from unstuck.run import Run

    wanted = Wanted(json=json, html=html, sarif=sarif, markdown=markdown, github=github)
    wanted.check()
    if write_clean is not None:
        check_new(write_clean)
    earlier = None if compare is None else find(compare, dir)
    if earlier is not None:
        check_comparable(Run(earlier).record)
    settings = AuditSettings(
        target=tuple(target or ()), task=task, types=typed(types), group=group, time=time,
        header=header, form=form, rows=rows, look=look, annotate=annotate, seed=seed,
        annotations={} if annotations is None else read_annotations(annotations),
    )  # fmt: skip
    given = splits_of(data, val, test)
    with ProgressBar() as progress:
        path = produce(given, settings, dir, argv=sys.argv, progress=progress)
        overrides = Overrides.of(select, ignore)
        answer = Run(path, overrides).answer()
    answer.keep()
    if not quiet:
        typer.echo(answer.text(colour=sys.stdout.isatty()), nl=False)
    if earlier is not None:
        typer.echo(changes_in_words(changes_of(earlier, path, overrides), earlier.name), nl=False)
    notes = wanted.write(answer)
    if write_clean is not None:
        notes += _cleaned(answer, write_clean, given, settings)
    for note in notes:
        typer.echo(f"unstuck: {note}", err=True)
    commands = wanted.annotations(answer, quiet=quiet)
    if commands:
        typer.echo(commands.rstrip("\n"), err=True)
    severities = [ranked.finding.severity.weight for ranked in answer.diagnosis.findings]
    if fail_on is not None and severities and min(severities) <= Severity(fail_on).weight:
        raise typer.Exit(FAILED_ON)


def _cleaned(answer: Answer, folder: Path, given: Mapping[str, object], settings: AuditSettings) -> list[str]:
    from unstuck.analysis.data.measure import silent
    from unstuck.audit.sources.read import read
    from unstuck.audit.write_clean import write_clean

    def samples() -> list[Sample]:
        return [loaded.sample for loaded in read(given, settings, silent)]

    return write_clean(answer.record, answer.diagnosis, folder, samples)
