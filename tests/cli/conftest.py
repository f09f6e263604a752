"""The command ``unstuck`` as a process of its own, in a throw-away folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

FAKES = Path(__file__).parents[1] / "launch" / "fakes"


@dataclass(frozen=True)
class Told:
    code: int
    out: str
    err: str


class Shell:
    """A folder in which ``unstuck`` is called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PYTEST", "GITHUB"))}
        self.environment |= {"PYTHONPATH": str(FAKES), "COLUMNS": "100", "OMP_NUM_THREADS": "1"}

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(textwrap.dedent(text))
        return path

    def __call__(self, *words: str, typed: str | None = None, **given: Any) -> Told:
        given = {"cwd": self.folder, "env": self.environment} | given
        ran = subprocess.run(
            [sys.executable, "-m", "unstuck", *words],
            input=typed, capture_output=True, text=True, check=False, **given,
        )
        return Told(ran.returncode, ran.stdout, ran.stderr)

    @property
    def runs(self) -> list[Path]:
        return sorted(path for path in (self.folder / ".unstuck").iterdir() if path.is_dir())

    def manifest(self) -> dict[str, Any]:
        return json.loads((self.runs[-1] / "manifest.json").read_text())


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)
