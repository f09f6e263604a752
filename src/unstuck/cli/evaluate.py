"""``unstuck evaluate module:model --data test.csv``: where does the trained network fail?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from unstuck.cli.data_options import SEED, TARGET, TASK, TYPES, typed
from unstuck.cli.options import GITHUB, HTML, IGNORE, JSON, MARKDOWN, SARIF, SELECT
from unstuck.cli.output_formats import Wanted
from unstuck.cli.program import FAILED_ON
from unstuck.cli.progress_bar import ProgressBar
from unstuck.cli.run import FailOn
from unstuck.config.load import Overrides
from unstuck.core.errors import UsageError
from unstuck.evaluate.settings import EvaluateSettings
from unstuck.watch.directory import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unstuck.audit.settings import AuditSettings
    from unstuck.core.data_types import ColumnType
    from unstuck.core.finding import Severity
    from unstuck.run import Answer


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("evaluate")(evaluate)


def evaluate(
    model: Annotated[
        str | None,
        typer.Argument(metavar="MODULE:MODEL", help="Torch module, estimator, or a function that makes one; or a run."),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(metavar="DATA", help="Held-out data: a file, a folder of images, or `module:attribute`."),
    ] = None,
    train: Annotated[
        str | None, typer.Option(metavar="DATA", help="Training data in the same form: for simple models and copies.")
    ] = None,
    target: TARGET = None,
    task: TASK = None,
    types: TYPES = None,
    classes: Annotated[str | None, typer.Option(metavar="A,B,C", help="Classes in the order of the outputs.")] = None,
    metric: Annotated[
        str | None, typer.Option(metavar="NAME", help="Metric that decides. [default: by task and class balance]")
    ] = None,
    outputs: Annotated[
        str | None,
        typer.Option(metavar="KIND", help="logits, probabilities or log-probabilities. [default: by their values]"),
    ] = None,
    predictions: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Scores and labels (.npz, .csv) in the place of a model.")
    ] = None,
    against: Annotated[
        str | None, typer.Option(metavar="MODEL", help="A second model, or a file of its predictions, to compare with.")
    ] = None,
    meta: Annotated[
        Path | None, typer.Option(metavar="TABLE", help="A row for each example, to look for weak slices in.")
    ] = None,
    prepare: Annotated[
        str | None,
        typer.Option(metavar="MODULE:FUNCTION", help="Makes what the model takes of a frame, an image, or texts."),
    ] = None,
    human: Annotated[float | None, typer.Option(metavar="SHARE", help="Error of a person, from 0 to 1.")] = None,
    stages: Annotated[
        str | None,
        typer.Option(metavar="A,B,C", help="Submodules of a composed model: which one does its error come from?"),
    ] = None,
    stage_truth: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Right outputs of stages (.npz, an array by the name of each).")
    ] = None,
    batch_size: Annotated[int, typer.Option(min=1, help="Examples of a batch.")] = EvaluateSettings.batch_size,
    device: Annotated[str | None, typer.Option(help="Where to predict. [default: where the model is]")] = None,
    rows: Annotated[int, typer.Option(min=2, help="Examples to predict at most.")] = EvaluateSettings.rows,
    baselines: Annotated[
        bool, typer.Option("--baselines/--no-baselines", help="Fit simple models to the training data.")
    ] = True,
    seconds: Annotated[float, typer.Option(min=0.0, help="For all simple models together.")] = EvaluateSettings.seconds,
    look: Annotated[int, typer.Option(min=0, help="Worst examples to show.")] = EvaluateSettings.look,
    inside: Annotated[
        list[int] | None,
        typer.Option(metavar="ROW", help="Look inside for this row: attention, attribution, feature maps. Repeatable."),
    ] = None,
    before: Annotated[
        str | None, typer.Option(metavar="DATA", help="Held-out data that --against was trained on: what is forgotten?")
    ] = None,
    after: Annotated[
        str | None, typer.Option(metavar="DATA", help="With --before: held-out data of the further training.")
    ] = None,
    landscape: Annotated[bool, typer.Option("--landscape", help="Show the loss around the weights.")] = False,
    seed: SEED = EvaluateSettings.seed,
    dir: Annotated[Path, typer.Option(help="Folder of the records.")] = DEFAULT,  # noqa: A002
    json: JSON = None,
    html: HTML = None,
    sarif: SARIF = None,
    markdown: MARKDOWN = None,
    card: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write a section for a model card, in Markdown.")
    ] = None,
    github: GITHUB = None,
    fail_on: Annotated[FailOn | None, typer.Option(help="Exit with 3 if a finding has this severity.")] = None,
    select: SELECT = None,
    ignore: IGNORE = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print no answer.")] = False,
) -> None:
    """Examine a trained model on held-out data: numbers with intervals, confusions, slices, calibration, repetition."""
    from unstuck.audit.sources.modules import is_spelled
    from unstuck.cli.find import find
    from unstuck.evaluate.asked import Asked
    from unstuck.evaluate.call import check_settings, predictor_of, prepare_of, rival_of
    from unstuck.evaluate.of_run import evaluate_run
    from unstuck.evaluate.produce import produce
    from unstuck.run import Run

    if (model is None) == (predictions is None):
        raise UsageError(
            "Give a model (`unstuck evaluate models:network --data test.csv`) or --predictions FILE, one of both."
        )
    wanted = Wanted(json=json, html=html, sarif=sarif, markdown=markdown, card=card, github=github)
    wanted.check()
    if before is not None or after is not None:
        _forgotten(model, against, before, after, {"target": target, "metric": metric, "prepare": prepare, "dir": dir})
        return
    if model is not None and data is None and not is_spelled(model):
        options = {
            "task": task, "metric": metric, "outputs": outputs, "batch_size": batch_size, "rows": rows, "human": human,
            "baselines": baselines, "seconds": seconds, "look": look, "seed": seed, "inside": list(inside or ()),
            "landscape": landscape,
            "classes": None if classes is None else [name.strip() for name in classes.split(",")],
        }  # fmt: skip
        with ProgressBar() as progress:
            path = evaluate_run(find(model, dir), dir, options, progress)
        _end(Run(path, Overrides.of(select, ignore)).answer(), wanted, fail_on, quiet=quiet)
        return
    settings = EvaluateSettings(
        target=tuple(target or ()), task=task, metric=metric, outputs=outputs, batch_size=batch_size, device=device,
        classes=None if classes is None else tuple(name.strip() for name in classes.split(",")), rows=rows, human=human,
        inside=tuple(inside or ()), landscape=landscape, meta=meta,
        stages=() if stages is None else tuple(name.strip() for name in stages.split(",")),
        stage_truth=stage_truth, baselines=baselines, seconds=seconds, look=look, seed=seed,
    )  # fmt: skip
    check_settings(settings)
    with ProgressBar() as progress:
        asked = Asked(
            data=data, train=train, model=None if model is None else predictor_of(model, device),
            predictions=predictions, against=rival_of(against, device), prepare=prepare_of(prepare), settings=settings,
            reading=_reading(settings, typed(types)),
        )  # fmt: skip
        path = produce(asked, dir, argv=sys.argv, progress=progress)
        answer = Run(path, Overrides.of(select, ignore)).answer()
    _end(answer, wanted, fail_on, quiet=quiet)


def _forgotten(
    model: str | None, against: str | None, before: str | None, after: str | None, options: dict[str, Any]
) -> None:
    """Print what the network forgot since ``--against``."""
    from unstuck.evaluate.forgetting import NEW, OLD, forgetting

    if model is None or against is None or before is None or after is None:
        raise UsageError(
            "What is forgotten needs both networks and both held-out sets: "
            "unstuck evaluate models:new --against models:old --before old.csv --after new.csv"
        )
    found = forgetting(against, model, {OLD: before, NEW: after}, **options)
    typer.echo(str(found))
    for task in found.tasks:
        typer.echo(f"record of {task.name}: {task.run.path}")


def _end(answer: Answer, wanted: Wanted, fail_on: FailOn | None, *, quiet: bool) -> None:
    from unstuck.core.finding import Severity

    answer.keep()
    if not quiet:
        typer.echo(answer.text(colour=sys.stdout.isatty()), nl=False)
    _finish(answer, wanted, fail_on=None if fail_on is None else Severity(fail_on), quiet=quiet)


def _reading(settings: EvaluateSettings, types: Mapping[str, ColumnType]) -> AuditSettings:
    from unstuck.audit.settings import AuditSettings

    return AuditSettings(
        target=settings.target, task=settings.task, types=types, rows=settings.rows, look=0, seed=settings.seed
    )


def _finish(answer: Answer, wanted: Wanted, *, fail_on: Severity | None, quiet: bool) -> None:
    for note in wanted.write(answer):
        typer.echo(f"unstuck: {note}", err=True)
    commands = wanted.annotations(answer, quiet=quiet)
    if commands:
        typer.echo(commands.rstrip("\n"), err=True)
    severities = [ranked.finding.severity.weight for ranked in answer.diagnosis.findings]
    if fail_on is not None and severities and min(severities) <= fail_on.weight:
        raise typer.Exit(FAILED_ON)
