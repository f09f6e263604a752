"""`unstuck tune` as a user runs it: build functions, scripts, workers that die, interrupts, bad input."""

import json
import os
import signal
import subprocess
import sys
import time
from functools import cache

import optuna
import pytest

from unstuck.tune.liveness import WORKER
from unstuck.tune.sampler.observations import LOST
from unstuck.tune.storage import open_storage

PATIENCE = 1800
"""seconds: a machine that does much else is slow, and no test is about time"""
MODELS = '''
import time
import torch
from torch import nn

def data():
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(120, 4, generator=generator)
    return x, (x[:, 0] + x[:, 1] > 0).long()

def build(hp):
    return nn.Sequential(nn.Linear(4, hp.Int("width", 2, 16)), nn.ReLU(), nn.Linear(hp.get("width"), 2))

def slow(hp):
    def train():
        rate = hp.Float("lr", 1e-4, 1.0, sampling="log")
        time.sleep(SECONDS)
        return (rate - 0.01) ** 2 + hp.Float("x", 0, 1)
    return train

def broken(hp):
    raise ValueError("no such layer")
'''
SCRIPT = '''
import argparse
import torch
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float)
parser.add_argument("--batch-size", type=int, default=20)
options = parser.parse_args()
torch.manual_seed(0)
x = torch.randn(100, 3)
y = x @ torch.tensor([[1.0], [2.0], [3.0]])
net = torch.nn.Linear(3, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=options.lr)
for epoch in range(4):
    for at in range(0, 80, options.batch_size):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(net(x[at:at + options.batch_size]), y[at:at + options.batch_size])
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        held_out = torch.nn.functional.mse_loss(net(x[80:]), y[80:])
    print(f"epoch {epoch} val_loss: {held_out:.6f}")
'''


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "models.py").write_text(MODELS.replace("SECONDS", "0.5"))
    (tmp_path / "train.py").write_text(SCRIPT)
    return tmp_path


def tune(folder, *words, start=False):
    command = [sys.executable, "-m", "unstuck", "tune", *words]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    options = {"cwd": folder, "env": environment, "text": True, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    if start:
        return subprocess.Popen(command, start_new_session=True, preexec_fn=_interruptible, **options)
    return subprocess.run(command, timeout=PATIENCE, check=False, **options)


def _interruptible():
    """What a shell starts in the background has SIGINT ignored, and hands that on."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@cache
def opened(storage):
    return open_storage(storage)


def trials(storage, study):
    return optuna.load_study(study_name=study, storage=opened(str(storage))).trials


def until(condition, process):
    """What the condition gives once it holds, while the process runs."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.2)
    raise AssertionError("it did not come to that")


def test_a_module_is_searched_confirmed_and_saved(folder):
    ran = tune(
        folder, "models:build", "--data", "models:data", "--trials", "3", "--epochs", "1", "--confirm", "1",
        "--confirm-seeds", "2", "--save", "best.pt", "--json", "answer.json",
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "Trained again with other seeds (mean ± standard deviation" in ran.stdout
    assert "trial 2 (3 of 3)" in ran.stderr
    found = json.loads((folder / "answer.json").read_text())
    assert found["kind"] == "study"
    every = found["facts"]["trials"]
    assert {"width", "learning_rate"} == set(every[0]["setting"])
    assert all(one["verdict"] and one["parameters"] == 7 * one["setting"]["width"] + 2 for one in every)
    assert (folder / "best.pt").exists()


@pytest.mark.parametrize("words", [
    pytest.param(("--set", "lr=0.01|1e6", "--sampler", "grid", "--", "--batch-size", "40"), id="grid",
                 marks=pytest.mark.slow),
    pytest.param(("--set", "lr=1e-3..1e6:log", "--set", "batch_size=20|40", "--trials", "5"), id="range",
                 marks=pytest.mark.slow),
])  # fmt: skip
def test_the_options_of_an_unchanged_script_are_searched(folder, words):
    ran = tune(folder, "train.py", "--json", "answer.json", "--pruner", "none", *words)
    assert ran.returncode == 0, ran.stderr
    found = json.loads((folder / "answer.json").read_text())["facts"]
    assert "train with the best setting: python train.py --" in ran.stdout
    assert "--lr" in found["setup"]["command"]
    assert "--batch-size" in found["setup"]["command"]
    best = next(one for one in found["trials"] if one["number"] == found["best"]["trial"])
    output = next((folder / ".unstuck").glob(f"*/trials/trial-{best['number']}/*/output.txt")).read_text()
    assert float(output.split()[-1]) == pytest.approx(best["value"], abs=1e-5)
    diverged = [one for one in found["trials"] if one["status"] == "diverged"]
    assert diverged
    assert "diverged" in diverged[0]["answer"]


@pytest.mark.slow
def test_a_printed_metric_is_made_large_or_small(folder):
    ran = tune(folder, "train.py", "--set", "lr=1e-3..1e-1:log", "--trials", "2", "--metric", "val_loss: ([0-9.]+)")
    assert ran.returncode == 0, ran.stderr
    assert "Best val_loss" in ran.stdout


@pytest.mark.slow
@pytest.mark.parametrize(("words", "says"), [
    (("train.py", "--set", "lr=0..1", "--metric", "accuracy: ([0-9.]+)"), "never printed"),
    (("train.py", "--set", "rate=0..1"), "does not take the options"),
    (("models:broken",), "ValueError: no such layer (models.py:"),
    (("models:build",), "no data to train it on"),
    (("models:build", "--data", "models:nothing"), "no attribute 'nothing'"),
])  # fmt: skip
def test_bad_input_is_one_message_and_exit_2(folder, words, says):
    ran = tune(folder, *words, "--trials", "5")
    assert ran.returncode == 2
    assert says in ran.stderr
    assert "Traceback" not in ran.stderr


def share(folder, storage):
    """Two workers share a storage; one is killed; every trial is run all the same."""
    words = ("models:slow", "--trials", "16", "--workers", "2", "--storage", storage, "--study", "s")
    running = tune(folder, *words, start=True)
    try:
        until(lambda: len({one.user_attrs[WORKER]["pid"] for one in _known(storage)}) == 2, running)
        victim = until(lambda: _running(storage), running)[-1]
        os.kill(victim.user_attrs[WORKER]["pid"], signal.SIGKILL)
        _, error = running.communicate(timeout=PATIENCE)
    finally:
        running.kill()
    assert running.returncode == 0, error
    found = trials(storage, "s")
    complete = [one for one in found if one.state.name == "COMPLETE"]
    assert len(complete) == 16
    lost = next(one for one in found if one.number == victim.number)
    if lost.state.name != "COMPLETE":  # it was killed within its trial, and not between two
        assert LOST in lost.user_attrs
        assert any(lost.params.items() <= one.params.items() for one in complete)


def _running(storage):
    return [one for one in _known(storage) if one.state.name == "RUNNING" and one.params]


def _known(storage):
    return [one for one in _trials_or_none(storage) if WORKER in one.user_attrs]


def _trials_or_none(storage):
    try:
        return trials(storage, "s")
    except Exception:
        return []


@pytest.mark.slow
def test_two_workers_share_a_journal_and_one_that_is_killed_loses_nothing(folder):
    share(folder, str(folder / "shared.journal"))


@pytest.mark.slow
def test_an_interrupted_search_loses_no_finished_trial(folder):
    storage = folder / "s.journal"
    words = ("models:slow", "--trials", "7", "--storage", str(storage), "--study", "s")
    running = tune(folder, *words, start=True)
    until(lambda: sum(one.state.name == "COMPLETE" for one in _trials_or_none(storage)) >= 3, running)
    os.killpg(running.pid, signal.SIGINT)
    _, error = running.communicate(timeout=PATIENCE)
    assert running.returncode == 130
    assert "The same command goes on from there" in error
    before = {one.number: one.value for one in trials(storage, "s") if one.state.name == "COMPLETE"}
    assert tune(folder, *words).returncode == 0
    after = trials(storage, "s")
    assert {number: after[number].value for number in before} == before
    assert sum(one.state.name == "COMPLETE" for one in after) == 7
    whole = tune(folder, *words[:3], "--storage", str(folder / "t.journal"), "--study", "s")
    assert whole.returncode == 0
    expected = [one.params for one in trials(folder / "t.journal", "s")]
    assert [one.params for one in after if LOST not in one.user_attrs] == expected


def ended_in(line, process):
    """Read what a process says until a line has a text; the lines."""
    lines = []
    while line not in (lines or [""])[-1]:
        lines.append(process.stderr.readline())
        assert lines[-1], "".join(lines)
    return lines


@pytest.mark.slow
def test_an_interrupted_confirmation_goes_on_with_what_is_left(folder):
    words = ("models:slow", "--trials", "3", "--confirm", "2", "--confirm-seeds", "3", "--json", "answer.json")
    running = tune(folder, *words, start=True)
    said = ended_in("again, seed 2 of 3", running)
    assert "unstuck: 6 of 6 trainings left to confirm the best 2\n" in said
    os.killpg(running.pid, signal.SIGINT)
    _, error = running.communicate(timeout=PATIENCE)
    assert running.returncode == 130
    assert "interrupted; 3 of 3 trials have ended" in error
    again = tune(folder, *words)
    assert again.returncode == 0, again.stderr
    assert "unstuck: 4 of 6 trainings left to confirm the best 2" in again.stderr
    assert again.stderr.count("again, seed") == 4
    found = json.loads((folder / "answer.json").read_text())["facts"]["confirmed"]
    assert [one["trainings"] for one in found] == [3, 3]


@pytest.mark.slow
@pytest.mark.parametrize("words", [("models:slow",), ("waits.py", "--set", "lr=1e-3..1e-1:log")])
def test_a_search_that_is_told_to_end_gives_its_trial_back(folder, words):
    waits = SCRIPT.replace("torch.manual_seed", "__import__('time').sleep(2)\ntorch.manual_seed")
    (folder / "waits.py").write_text(waits)
    storage = folder / "s.journal"
    words = (*words, "--trials", "3", "--storage", str(storage), "--study", "s")
    running = tune(folder, *words, start=True)
    until(lambda: any(one.state.name == "COMPLETE" for one in _trials_or_none(storage)) and _running(storage), running)
    running.terminate()
    _, error = running.communicate(timeout=PATIENCE)
    assert running.returncode == 143
    assert "unstuck: interrupted; 1 of 3 trials has ended" in error
    assert "Traceback" not in error
    assert [one.state.name for one in trials(storage, "s") if LOST not in one.user_attrs] == ["COMPLETE", "WAITING"]
    again = tune(folder, *words)
    assert again.returncode == 0, again.stderr
    assert "unstuck: going on with study s: 1 of 3 trials has ended, the best" in again.stderr


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_search_that_is_killed_loses_no_finished_trial(folder, workers):
    storage = folder / "s.journal"
    words = ("models:slow", "--trials", "8", "--storage", str(storage), "--study", "s", "--workers", workers)
    running = tune(folder, *words, start=True)
    until(lambda: sum(one.state.name == "COMPLETE" for one in _trials_or_none(storage)) >= 2, running)
    running.kill()
    running.communicate(timeout=PATIENCE)
    before = {one.number: one.value for one in trials(storage, "s") if one.state.name == "COMPLETE"}
    again = tune(folder, *words)
    assert again.returncode == 0, again.stderr
    after = trials(storage, "s")
    assert {number: after[number].value for number in before} == before
    assert sum(one.state.name == "COMPLETE" for one in after) == 8
    for pid in {one.user_attrs[WORKER]["pid"] for one in after}:  # no worker goes on without the search
        until_gone(pid)


def until_gone(pid):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.2)
    raise AssertionError(f"process {pid} goes on")
