"""What was asked for, as a digest: a folder is gone on with only where it holds the same request."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from unstuck.core.errors import UsageError
from unstuck.fit.data import Data
from unstuck.fit.settings import FitSettings
from unstuck.record.writer import write_whole

REQUEST, RESULT = "request.json", "result.json"
OURS = (
    REQUEST, RESULT, "plan.json", "rungs.json", "model.json", "preparation.json", "network.pt", "network.pt2",
    "shallow.pkl", "audit.json", "watched.json", "evaluated.json", "tuned.json",
    "model_card.md", "report.html", "units", "records",
)  # fmt: skip
"""what a fit writes, and what ``--new`` removes"""


@dataclass(frozen=True, slots=True)
class Opened:
    """The folder of the result."""

    digest: str
    resumed: bool
    """an interrupted fit is gone on with"""


def open_folder(settings: FitSettings, data: Data, goal: str) -> Opened:
    """Make the folder, or find in it what an interrupted fit has left.

    Raises:
        UsageError: it holds something else.
    """
    about = {
        "data": data.digest, "goal": goal, "seed": settings.seed, "folds": settings.folds,
        "network": settings.network, "positive": data.positive, "stop_early": settings.stop_early,
        "rungs": list(settings.rungs),
    }  # fmt: skip
    digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:16]
    about["budget"] = settings.budget  # a plan that is given stands in its place
    folder = settings.out
    file = folder / REQUEST
    begins_afresh = settings.new and file.exists()
    if begins_afresh:
        _remove(folder)
    if file.exists():
        known = json.loads(file.read_text(encoding="utf-8"))
        other = [name for name, value in about.items() if known.get(name) != value]
        if other:
            raise UsageError(
                f"{folder} holds a fit of another request (different: {', '.join(other)}). Name another "
                "folder with --out, or say --new to begin afresh there."
            )
        if (folder / RESULT).exists():
            raise UsageError(
                f"{folder} holds the finished fit of this very request: `unstuck predict {folder} new.csv` uses it. "
                "Say --new to make it again."
            )
        return Opened(digest, resumed=True)
    if folder.exists() and any(folder.iterdir()) and not begins_afresh:
        raise UsageError(f"{folder} is not empty, and holds no fit. Name a new folder with --out.")
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(file, json.dumps({"digest": digest, **about}, indent=1) + "\n")
    return Opened(digest, resumed=False)


def _remove(folder: Path) -> None:
    for name in OURS:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        elif path.exists():
            path.unlink()
