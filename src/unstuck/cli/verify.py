"""``unstuck verify [RUN]`` and ``unstuck trial REMEDY RUN``: a diagnosis is an opinion until the remedy was tried."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unstuck.cli.conclude import colourful, say, write
from unstuck.cli.find import find
from unstuck.core.errors import UsageError
from unstuck.run import Answer, Run
from unstuck.watch.directory import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unstuck.experiment.candidates import Candidate


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    app.command("verify")(verify)
    app.command("trial")(trial)


BUDGET = Annotated[
    float | None,
    typer.Option("--budget", min=1.0, metavar="SECONDS", help="Default: as long as the run, at most two minutes."),
]
WORKERS = Annotated[int | None, typer.Option(min=1, help="Branches at a time; default: one for each core, at most 4.")]
JSON = Annotated[Path | None, typer.Option(metavar="FILE", help="Also write the answer as JSON.")]
HTML = Annotated[Path | None, typer.Option(metavar="FILE", help="Also write the report here.")]
PATCH = Annotated[
    Path | None,
    typer.Option("--write-patch", metavar="FILE", help="Write what was proved as a diff; your script is not touched."),
]
DIR = Annotated[Path, typer.Option(help="Where run records are kept.")]


def verify(
    run: Annotated[str | None, typer.Argument(help="A run's name, its directory, or nothing for the last.")] = None,
    budget: BUDGET = None,
    workers: WORKERS = None,
    json: JSON = None,
    html: HTML = None,
    patch: PATCH = None,
    dir: DIR = DEFAULT,  # noqa: A002
) -> None:
    """Try the remedies of a recorded run, each as a controlled experiment on the run itself."""
    answer = try_remedies(find(run, dir), budget=budget, workers=workers)
    write(answer, json, html)
    sys.stdout.write(answer.text(colour=sys.stdout.isatty()))
    write_patch(answer, patch)


def trial(
    remedy: Annotated[str, typer.Argument(help="A remedy, with its setting: `learning-rate=0.1`.", metavar="REMEDY")],
    run: Annotated[str | None, typer.Argument(help="A run's name, its directory, or nothing for the last.")] = None,
    budget: BUDGET = None,
    workers: WORKERS = None,
    json: JSON = None,
    html: HTML = None,
    patch: PATCH = None,
    dir: DIR = DEFAULT,  # noqa: A002
) -> None:
    """Try one remedy on a recorded run."""
    from unstuck.experiment.candidates import Candidate
    from unstuck.experiment.registry import named

    wanted = [Candidate(intervention=named(remedy))]
    answer = try_remedies(find(run, dir), budget=budget, workers=workers, wanted=wanted)
    write(answer, json, html)
    sys.stdout.write(answer.text(colour=sys.stdout.isatty()))
    write_patch(answer, patch)


def try_remedies(
    path: Path, *, budget: float | None, workers: int | None, wanted: Sequence[Candidate] | None = None
) -> Answer:
    """The answer of a run after its experiments, kept beside its record."""
    from unstuck.experiment.proved import proved
    from unstuck.experiment.results import keep
    from unstuck.experiment.verify import verify

    run = Run(path)
    diagnosis = run.diagnose()
    results = verify(
        run.record, diagnosis, budget=budget, workers=workers, wanted=wanted, progress=_progress,
    )  # fmt: skip
    if colourful():
        sys.stderr.write("\r\x1b[K")
    if results.refused:
        raise UsageError(f"Nothing could be tried: {results.refused}.")
    keep(results, path)
    answer = Answer(run.record, proved(diagnosis, results))
    answer.keep()
    return answer


def write_patch(answer: Answer, path: Path | None) -> None:
    """Write the diff of what was proved; where there is none, say why, and write nothing."""
    if path is None:
        return
    results, patch = answer.diagnosis.experiments, answer.patch()
    if patch is None:
        proved = results.sufficient if results is not None else ()
        why = f"how to write {' and '.join(proved)} into the script is not sure" if proved else "nothing was proved"
        say(f"unstuck: no patch was written: {why}.")
        return
    try:
        path.write_bytes(patch.encode("utf-8"))
    except OSError as error:
        raise UsageError(f"The patch cannot be written to {path}: {error.strerror}.") from error
    folder = Path(str(answer.record.manifest.get("cwd") or "."))
    here = folder.resolve() == Path.cwd().resolve()
    command = f"patch -p0 < {path}" if here else f"cd {folder} && patch -p0 < {path.resolve()}"
    say(f"unstuck: the patch is in {path}; your script is as it was. To apply it: {command}")


def _progress(what: str) -> None:
    if colourful():
        sys.stderr.write(f"\r\x1b[Ktrying {what[:100]}")
        sys.stderr.flush()


__all__ = ["add_to", "say", "try_remedies"]
