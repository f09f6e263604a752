"""The command ``unstuck``: its verbs, and how errors of ours are told."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import typer

from unstuck.core.errors import UnstuckError

VERBS = ("run", "show", "list", "clean", "rules", "explain")


def application() -> typer.Typer:
    """The command with all its verbs."""
    app = typer.Typer(
        help="The debugger for training neural networks: says why the network does not learn.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    for verb in VERBS:
        import_module(f"unstuck.cli.{verb}").add_to(app)

    @app.callback()
    def top(
        version: bool = typer.Option(False, "--version", help="Print the version and leave.", is_eager=True),
    ) -> None:
        if version:
            from importlib.metadata import version as installed

            typer.echo(f"unstuck {installed('unstuck')}")
            raise typer.Exit

    return app


def main() -> None:
    """Entry point of the console script."""
    try:
        application()()
    except UnstuckError as error:
        typer.echo(f"unstuck: {error}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output has gone (`unstuck list | head`); nothing is left to be flushed into it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)


if __name__ == "__main__":
    main()
