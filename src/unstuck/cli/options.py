"""The options that ask for a form of the answer, as every verb has them; apart, for typer is slow to load."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

JSON = Annotated[Path | None, typer.Option(metavar="FILE", help="Also write the answer as JSON.")]
HTML = Annotated[Path | None, typer.Option(metavar="FILE", help="Also write the HTML report to this file.")]
SARIF = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Also write the answer as SARIF 2.1.0, for code scanning.")
]
MARKDOWN = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Also write the answer as Markdown, for a pull request or an AI agent."),
]
GITHUB = Annotated[
    bool | None,
    typer.Option(
        "--github/--no-github",
        help="Print GitHub annotations on standard error. [default: on in GitHub Actions]",
        show_default=False,
    ),
]
TENSORBOARD = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Also write curves, histograms and findings for TensorBoard to a new folder in DIR.",
    ),
]
SELECT = Annotated[
    list[str] | None,
    typer.Option(metavar="RULES", help="Judge by these rules only: codes, names or families, with commas: LOS,OPT102."),
]
IGNORE = Annotated[list[str] | None, typer.Option(metavar="RULES", help="Do not judge by these rules.")]
