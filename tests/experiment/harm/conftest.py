"""One warm process for all scripts of this folder, and a folder of the user's that must stay as it is."""

from __future__ import annotations

import hashlib
import os
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from unstuck.experiment.branch.branches import Branch, Branches, Limits
from unstuck.experiment.branch.origin import Origin

MARK = "UNSTUCK_TEST_MARK"
"""in the environment of all processes of these tests, by which those that are left are found"""
TRAINING = """
import torch
from torch import nn
torch.manual_seed(0)
model = nn.Linear(4, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
inputs, targets = torch.randn(8, 4), torch.randn(8, 1)
def train(steps=6, each=lambda step: None):
    for step in range(steps):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        each(step)
"""


def digest(folder: Path) -> dict[str, tuple[object, ...]]:
    """Every path below a folder with its kind, its times and its bytes."""
    found: dict[str, tuple[object, ...]] = {}
    for path in sorted([folder, *folder.rglob("*")]):
        status = path.lstat()
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        found[str(path.relative_to(folder))] = (status.st_mode, status.st_ino, status.st_mtime_ns, content)
    return found


def left(mark: str) -> list[str]:
    """The command lines of other processes that carry the mark."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and int(process.name) != os.getpid():
            try:
                if f"{MARK}={mark}".encode() in (process / "environ").read_bytes().split(b"\0"):
                    found.append(f"{process.name} {(process / 'cmdline').read_bytes().decode()}")
            except OSError:
                continue
    return found


def none_left(mark: str, allowed: int = 0) -> bool:
    """Whether the processes with the mark are gone, which takes a moment."""
    deadline = time.monotonic() + 5
    while len(left(mark)) > allowed and time.monotonic() < deadline:
        time.sleep(0.02)
    return len(left(mark)) <= allowed


class Harmless:
    """Runs scripts as branches, and holds the folder against what it was."""

    def __init__(self, branches: Branches, mark: str) -> None:
        self.branches = branches
        self.mark = mark
        self.folder = Path()

    def __call__(self, body: str, *, steps: int = 100, seconds: float = 20.0) -> Branch:
        """The branch of a script of which nothing may be left."""
        script = self.folder / "train.py"
        script.write_text(TRAINING + textwrap.dedent(body))
        before = digest(self.folder)
        self.branches.origin = Origin("script", str(script), (), str(self.folder), sys.executable, {})
        branch = self.branches.run((), 0, Limits(steps=steps, seconds=seconds))
        assert self.branches.server.poll() is None, self.branches.server.stderr.read()
        assert digest(self.folder) == before
        assert none_left(self.mark, allowed=1), left(self.mark)
        return branch

    @staticmethod
    def told(branch: Branch) -> str:
        """What the script has printed, which nobody saw."""
        return (branch.directory / "stdout").read_text() + (branch.directory / "stderr").read_text()


@pytest.fixture(scope="session")
def warm_branches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harmless]:
    """The one warm process; skips all where the system refuses namespaces."""
    folder = tmp_path_factory.mktemp("branches")
    mark = str(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(MARK, mark)
        origin = Origin("code", "pass", (), str(folder), sys.executable, {})
        with Branches(origin, folder, 1) as branches:
            branches.ready()
            first = branches.run((), 0, Limits(steps=1, seconds=10))
            if first.ended == "refused":
                pytest.skip(first.why)
            yield Harmless(branches, mark)
    assert none_left(mark), left(mark)


@pytest.fixture
def harmless(warm_branches: Harmless, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Iterator[Harmless]:
    """Of one test, with a folder of its own; nothing may be printed."""
    warm_branches.folder = tmp_path
    yield warm_branches
    assert capfd.readouterr() == ("", "")
