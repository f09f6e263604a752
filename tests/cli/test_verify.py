"""``unstuck run --verify``, ``verify`` and ``trial``: exit codes, clear messages, nothing left behind."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

import unstuck
from unstuck.cli.progress_line import Trying

SICK = """
    import sys, torch
    from torch import nn
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-5)
    inputs = torch.randn(64, 4)
    labels = inputs[:, :3].argmax(1)
    for step in range(200):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(inputs), labels).backward()
        optimizer.step()
    open("log.txt", "a").write("trained\\n")
    print(*sys.argv[1:], "done")
    sys.exit(5)
"""
MARK = "UNSTUCK_TEST_MARK"


@pytest.fixture
def there(shell):
    """A shell with this unstuck and the real torch; its scratch folders lie in a folder of their own."""
    (shell.folder / "scratch").mkdir()
    (shell.folder / "work").mkdir()
    shell.environment |= {
        "PYTHONPATH": str(Path(unstuck.__file__).parents[1]), "TMPDIR": str(shell.folder / "scratch"),
        MARK: str(shell.folder), "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    shell.scratch, shell.folder = shell.folder / "scratch", shell.folder / "work"
    return shell


def started(mark):
    """Processes that carry the mark and wait for branches, or are some."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                if f"{MARK}={mark}".encode() in (process / "environ").read_bytes().split(b"\0"):
                    found.append(process.name)
            except OSError:
                continue
    return found


def within(seconds, holds):
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds()


@pytest.fixture
def watched(there):
    """A shell in whose folder a script that learns too slowly has been watched."""
    there.write("train.py", SICK)
    assert there("run", "-q", "train.py", "here").code == 5
    return there


def refused(told):
    """The one line of a command that refuses."""
    assert (told.code, told.out) == (2, ""), told.err
    assert told.err.count("\n") == 1, told.err
    return told.err


def test_run_with_experiments(there):
    there.write("train.py", SICK)
    told = there("run", "--verify-budget", "40", "--json", "a.json", "--html", "a.html", "train.py", "it", "is")
    assert (told.code, told.out) == (5, "it is done\n")
    assert "experiments: " in told.err
    assert told.err.count("learning") > 0
    assert "trying" not in told.err
    assert "experiments" in (there.runs[-1] / "derived" / "experiments.json").name
    answer = json.loads((there.folder / "a.json").read_text())
    assert answer["findings"]
    assert answer["experiments"]["elsewhere"] is None, "branches begin where the run began"
    assert (there.folder / "log.txt").read_text() == "trained\n"
    assert sorted(path.name for path in there.folder.iterdir()) == [
        ".unstuck", "a.html", "a.json", "log.txt", "train.py",
    ]  # fmt: skip
    assert not list(there.scratch.glob("unstuck-*"))


@pytest.mark.slow
def test_a_trial_of_a_script_that_was_not_watched(there):
    there.write("train.py", SICK)
    told = there("trial", "learning-rate=10000", "--budget", "40", "train.py", "one")
    assert told.code == 0, told.err
    assert "experiments: " in told.out
    assert "learning-rate × 1" in told.out
    assert sorted(path.name for path in there.folder.iterdir()) == [".unstuck", "train.py"]
    assert there.manifest()["argv"] == ["train.py", "one"]


@pytest.mark.slow
def test_what_cannot_be_tried(watched):
    script = watched.folder / "train.py"
    text = script.read_text()
    assert "is not replaced" in refused(watched("verify", "--write-patch", "train.py"))
    assert "is not replaced" in refused(watched("trial", "zero-grad", "--write-patch", "train.py"))
    assert "there is no folder no" in refused(watched("verify", "--write-patch", "no/a.diff"))
    assert script.read_text() == text
    assert "from 0 upwards, and not -1" in refused(watched("trial", "learning-rate=-1"))
    assert "a recorded run takes no arguments: x" in refused(watched("trial", "zero-grad", "nowhere", "x"))
    assert "There is no run nowhere" in refused(watched("verify", "nowhere"))
    assert "its own interpreter" in refused(watched("trial", "zero-grad", "--python", "python3"))
    manifest = watched.runs[-1] / "manifest.json"
    kept = manifest.read_text()
    (watched.folder / "python").write_text(f"#!/bin/sh\nexec {sys.executable} -S \"$@\"\n")
    (watched.folder / "python").chmod(0o755)
    manifest.write_text(json.dumps(json.loads(kept) | {"python": str(watched.folder / "python")}))
    assert "There is no torch in" in refused(watched("verify"))
    manifest.write_text(kept)
    script.write_text(script.read_text() + "#\n")
    assert "has changed since it was run" in refused(watched("verify"))
    script.unlink()
    assert "is gone" in refused(watched("verify"))
    for part in (watched.runs[-1] / "parts").iterdir():
        shutil.rmtree(part)
    script.write_text("")
    manifest.write_text(json.dumps(json.loads(kept) | {"target": {"kind": "code", "what": "pass"}}))
    assert "Nothing was trained" in refused(watched("verify"))


RESUMES = """
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
import os
if os.path.exists("out/model.pt"):
    model.load_state_dict(torch.load("out/model.pt"))
else:
    os.mkdir("out")
"""


@pytest.fixture
def resuming(there):
    """A script that has run, left a checkpoint, and goes on from it; what a trial of it says."""
    script = textwrap.dedent(SICK).replace("optimizer = torch.optim.SGD(model.parameters(), lr=1e-5)\n", RESUMES)
    script = script.replace("sys.exit(5)", "torch.save(model.state_dict(), 'out/model.pt')")
    (there.folder / "train.py").write_text(script)
    assert there("run", "-q", "train.py").code == 0

    def tried():
        told = there("trial", "learning-rate=0.1", "--budget", "6", "--json", "a.json")
        return json.loads((there.folder / "a.json").read_text())["experiments"]["elsewhere"], " ".join(told.out.split())

    return there, tried


@pytest.mark.slow
def test_branches_do_not_see_the_checkpoint_that_the_run_left(resuming):
    there, tried = resuming
    trained = (there.folder / "out" / "model.pt").read_bytes()
    elsewhere, told = tried()
    assert elsewhere is None
    assert "do not begin" not in told
    assert (there.folder / "out" / "model.pt").read_bytes() == trained


@pytest.mark.slow
def test_a_checkpoint_that_was_written_over_is_told(resuming):
    there, tried = resuming
    assert there("run", "-q", "train.py").code == 0
    (run, branch), told = tried()
    assert branch < run
    assert f"do not begin where the run began (first loss {run:.4g}" in told


@pytest.mark.slow
def test_a_run_that_raised_before_it_trained_is_tried_with_its_remedy(there):
    script = SICK.replace("labels = inputs[:, :3].argmax(1)", "labels = inputs[:, :3].argmax(1) + 1")
    (there.folder / "train.py").write_text(textwrap.dedent(script).replace("1e-5", "0.5"))
    ran = there("run", "--verify", "--json", "a.json", "train.py")
    assert ran.code == 1, ran
    assert "IndexError" in ran.err
    experiments = json.loads((there.folder / "a.json").read_text())["experiments"]
    assert experiments["sufficient"] == ["label-encoding renumber"]
    assert experiments["of_steps"] == 0
    assert "trains nothing" in there("show").out


def test_remedies_are_listed_and_wrong_ones_refused(there):
    listed = there("trial")
    assert listed.code == 0
    assert "learning-rate=0.1" in listed.out
    assert "the learning rate of every optimiser" in listed.out
    assert "There is no remedy pray. There are: " in refused(there("trial", "pray"))
    assert "learning-rate is a number, and not much" in refused(there("trial", "learning-rate=much"))
    assert "There are no runs" in refused(there("trial", "zero-grad"))
    assert "There is no script gone.py" in refused(there("trial", "zero-grad", "gone.py"))


@pytest.mark.slow
def test_a_system_without_namespaces(watched):
    inside = "echo 0 > /proc/sys/user/max_user_namespaces || exit 77; exec " + sys.executable + " -m unstuck verify"
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare")
    ran = subprocess.run(
        ["unshare", "-U", "-r", "sh", "-c", inside],
        capture_output=True, text=True, check=False, cwd=watched.folder, env=watched.environment,
    )  # fmt: skip
    if ran.returncode in (1, 77):
        pytest.skip(f"namespaces cannot be forbidden here: {ran.stderr}")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "Nothing could be tried: the system refuses new namespaces" in ran.stderr
    assert (watched.folder / "log.txt").read_text() == "trained\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda one: one.name)
@pytest.mark.slow
def test_an_interrupted_verify_leaves_nothing(watched, number):
    mark = watched.environment[MARK]
    with subprocess.Popen(
        [sys.executable, "-m", "unstuck", "verify", "--budget", "60"], cwd=watched.folder, env=watched.environment,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    ) as process:  # fmt: skip
        assert within(60, lambda: len(list(watched.scratch.glob("*/*-control-0"))) > 1)
        os.killpg(process.pid, number)
        out, err = process.communicate(timeout=30)
    assert (out, err) == (b"", b"")
    assert process.returncode == {signal.SIGINT: 130, signal.SIGTERM: 143}.get(number, -number)
    assert within(10, lambda: not started(mark)), started(mark)
    assert bool(list(watched.scratch.glob("unstuck-*"))) is (number == signal.SIGKILL)
    assert (watched.folder / "log.txt").read_text() == "trained\n"


def parts_of(terminal):
    """All that was written: one read gives what has arrived by then."""
    while True:
        try:
            part = os.read(terminal, 1 << 16)
        except OSError:  # the other side is closed, and nothing is left
            return
        if not part:
            return
        yield part.decode()


def test_the_line_on_a_terminal_is_taken_away():
    terminal, other = pty.openpty()
    with Trying(60.0, other, every=0.01) as line:
        line.tell("zero-grad, learning-rate × 10")
        time.sleep(0.2)
    os.close(other)
    drawn = "".join(parts_of(terminal))
    assert "\r\x1b[Ktrying zero-grad, learning-rate × 10 · 0 of 60 s" in drawn
    assert drawn.endswith("\r\x1b[K")
