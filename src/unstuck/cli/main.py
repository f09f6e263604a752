"""The command ``unstuck``: its verbs, and how errors of ours are told."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from unstuck.core.errors import UnstuckError

if TYPE_CHECKING:
    import typer

VERBS = (
    "run", "preflight", "audit", "baseline", "evaluate", "tune", "fit", "ramp", "squeeze", "predict", "compare",
    "verify", "trial", "show", "list", "clean", "rules", "explain",
)  # fmt: skip


def main() -> None:
    """Entry point of the console script."""
    try:
        sys.exit(plain(sys.argv[1:]))
    except UnstuckError as error:
        sys.stderr.write(f"unstuck: {error}\n")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output has gone (`unstuck list | head`); nothing is left to be flushed into it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)


def plain(words: list[str]) -> int:
    """Do what needs no options to be parsed at once: typer takes a quarter of a second to load."""
    match words:
        case ["run", program, *_] if not program.startswith("-"):
            from unstuck.cli.program import RunSettings, run_program

            return run_program(words[1:], RunSettings())
        case ["explain", code] if not code.startswith("-"):
            from unstuck.cli.page import print_page

            print_page(code)
            return 0
        case _:
            application()(words, prog_name="unstuck")
            return 0


def application() -> typer.Typer:
    """The command with all its verbs."""
    from importlib import import_module

    import typer

    app = typer.Typer(
        help="The debugger for training neural networks: reports why the network does not learn.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    for verb in VERBS:
        import_module(f"unstuck.cli.{verb}").add_to(app)

    @app.callback()
    def top(
        version: bool = typer.Option(
            False, "--version", help="Print the version and exit.", is_eager=True, callback=_print_version
        ),
    ) -> None:
        pass

    return app


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        import typer

        typer.echo(f"unstuck {version('unstuck')}")
        raise typer.Exit


if __name__ == "__main__":
    main()
