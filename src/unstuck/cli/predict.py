"""``unstuck predict FOLDER new.csv --out predictions.csv``: predictions of new data by the model of a fit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("predict")(predict)


def predict(
    folder: Annotated[Path, typer.Argument(help="Folder that `unstuck fit` wrote. Use folders that you trust only.")],
    data: Annotated[str, typer.Argument(help="New data in the form of the training data; the target may be missing.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="CSV file of the predictions.")] = Path("predictions.csv"),
) -> None:
    """Predict new data: a row for each example, with probabilities and the number of columns outside of the range."""
    from unstuck.core.words import count
    from unstuck.fit.predict import predict as predicted

    found = predicted(folder, data)
    found.write_csv(out)
    away = int((found.outside > 0).sum())
    typer.echo(f"{count(len(found), 'prediction')} written to {out}")
    if away:
        typer.echo(
            f"unstuck: {count(away, 'example')} with values outside of the training range (column `outside`): nothing "
            "is known of such inputs", err=True,
        )  # fmt: skip
