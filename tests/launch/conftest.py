"""Throw-away programs, run by Python and by `unstuck run`, and compared."""

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

DRIVER = Path(__file__).parent / "driver.py"
FAKES = Path(__file__).parent / "fakes"
"""a torch that is imported in a millisecond and brings a session that only notes how it was called"""


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


class Box:
    """A folder with a program in it, and another for records."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "box"
        self.records = folder / "records"
        self.folder.mkdir()
        self.python: str = sys.executable
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PYTEST"))}
        self.environment["PYTHONPATH"] = str(FAKES)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return path

    def start(self, words: list[str], **given: Any) -> subprocess.Popen[str]:
        given = {"stdin": subprocess.PIPE, "env": self.environment, "cwd": self.folder} | given
        return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **given)

    def finish(self, process: subprocess.Popen[str], typed: str | None = None) -> Outcome:
        out, err = process.communicate(typed, timeout=60)
        return Outcome(process.returncode, out, err)

    def watched(self, *words: str) -> list[str]:
        # Isolated: what the program's environment does to an interpreter is not done to ours.
        return [sys.executable, "-I", str(DRIVER), str(self.records), self.python, *words]

    def plainly(self, *words: str, typed: str | None = None, **given: Any) -> Outcome:
        return self.finish(self.start([self.python, *words], **given), typed)

    def under_watch(self, *words: str, typed: str | None = None, **given: Any) -> Outcome:
        return self.finish(self.start(self.watched(*words), **given), typed)

    def same(self, *words: str, typed: str | None = None) -> Outcome:
        """Run both ways; code, output and error output are equal to the byte."""
        plain, watched = self.plainly(*words, typed=typed), self.under_watch(*words, typed=typed)
        assert watched == plain
        return watched

    @property
    def record(self) -> Path:
        [path] = [path for path in self.records.iterdir() if path.is_dir()]
        return path

    @property
    def manifest(self) -> dict[str, Any]:
        return json.loads((self.record / "manifest.json").read_text())

    @property
    def parts(self) -> list[list[str]]:
        """What each session noted, in order of their numbers."""
        found = sorted((self.record / "parts").glob("*/notes"), key=lambda path: path.stat().st_mtime_ns)
        return [path.read_text().split("\n")[:-1] for path in found]


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)
