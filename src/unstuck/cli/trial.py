"""``unstuck trial REMEDY [RUN | train.py ARGUMENTS…]``: one remedy, on a recorded run or on a script."""

from __future__ import annotations

import sys
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from unstuck.cli.experiments import end_as_asked, ended_in_order, try_remedies
from unstuck.cli.find import find
from unstuck.cli.notes import notes
from unstuck.cli.options import HTML, JSON, MARKDOWN, SARIF
from unstuck.cli.output_formats import Wanted
from unstuck.cli.patch import check_patch, write_patch
from unstuck.cli.split_arguments import split
from unstuck.cli.verify import BUDGET, DIR, PATCH, WORKERS
from unstuck.core.errors import UsageError
from unstuck.record import schema
from unstuck.watch.directory import DEFAULT

SCRIPT_BUDGET = 60.0
"""seconds for a script of which nothing is known"""


class TrialCommand(TyperCommand):
    """Options come before the program; every word after it belongs to the program."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Part the words of a program from ours; where a run is named, all are ours."""
        valued = [name for option in self.params if not getattr(option, "is_flag", True) for name in option.opts]
        first, rest = split(args, valued)
        if rest:
            more, program = split(rest[1:], valued)
            if program and is_program(program[0]):
                args = [*first, *more, "--", rest[0], *program]
        return super().parse_args(ctx, args)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """The second line of the help."""
        return ["[OPTIONS] [REMEDY[=VALUE] [RUN | {SCRIPT | -m MODULE | -c CODE} [ARGUMENTS]...]]"]


def is_program(word: str) -> bool:
    """Whether a word begins a program: one that could be a run's name does not."""
    if word.startswith(("-m", "-c")):
        return True
    path = Path(word)
    return path.suffix == ".py" or path.is_file() or (
        (path / "__main__.py").exists() and not (path / schema.MANIFEST).exists()
    )


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("trial", cls=TrialCommand)(trial)


def trial(
    words: Annotated[list[str] | None, typer.Argument(hidden=True)] = None,
    budget: BUDGET = None,
    workers: WORKERS = None,
    python: Annotated[
        str | None, typer.Option(metavar="PATH", help="Python interpreter that runs the script. [default: this one]")
    ] = None,
    json: JSON = None,
    html: HTML = None,
    sarif: SARIF = None,
    markdown: MARKDOWN = None,
    patch: PATCH = None,
    dir: DIR = DEFAULT,  # noqa: A002
) -> None:
    """Test one remedy on a run or a script in a controlled experiment; without a remedy, list all."""
    from unstuck.experiment.search.candidates import chosen

    if not words:
        typer.echo(remedies())
        return
    wanted = chosen(words[:1])
    check_patch(patch)
    if len(words) > 1 and is_program(words[1]):
        budget = SCRIPT_BUDGET if budget is None else budget
        path = _recorded(words[1:], python, dir, budget)
    elif len(words) > 2:
        raise UsageError(
            f"There is no script {words[1]}, and a recorded run takes no arguments: {' '.join(words[2:])}."
        )
    elif python is not None:
        raise UsageError("Experiments on a recorded run use its own interpreter. --python is for scripts.")
    else:
        path = find(words[1] if len(words) > 1 else None, dir)
    answer = try_remedies(path, budget=budget, workers=workers, wanted=wanted)
    Wanted(json=json, html=html, sarif=sarif, markdown=markdown).write(answer)
    sys.stdout.write(answer.text(colour=sys.stdout.isatty()))
    write_patch(answer, patch)
    for note in notes(answer.record.manifest):
        typer.echo(f"unstuck: {note}")
    end_as_asked(answer)


def _recorded(program: list[str], python: str | None, base: Path, budget: float) -> Path:
    """The record of a first branch of a script that was not watched yet."""
    from unstuck.cli.progress_line import Trying, find_terminal
    from unstuck.experiment.branch.control_record import first_record
    from unstuck.watch.launch import find_interpreter
    from unstuck.watch.target import parse

    with ended_in_order(), Trying(budget, find_terminal()):
        return first_record(parse(program), find_interpreter(python), base, budget)


def remedies() -> str:
    """Every intervention with its setting and what it changes; then the names of remedies that have another one."""
    from unstuck.experiment.interventions.building_blocks.registry import by_remedy, load

    named = {}
    for name, kind in load().items():
        settings = fields(kind)
        default = settings[0].default if settings else None
        shown = f"{default:g}" if isinstance(default, float) else default
        named[f"{name}={shown}" if isinstance(shown, str | int) and shown != "" else name] = kind.changes
    others = {
        remedy: f"tries {', '.join(kind.name for kind in kinds)}"
        for remedy, kinds in by_remedy().items() if remedy not in load()
    }  # fmt: skip
    width = max(len(name) for name in (*named, *others))
    blocks = (named, others)
    lines = ["\n".join(f"{name:<{width}}  {text}".rstrip() for name, text in block.items()) for block in blocks]
    return "\n\nremedies as findings name them:\n".join(lines)
