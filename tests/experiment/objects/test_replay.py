"""``unstuck.experiment`` from a program of its own, as from a notebook: a cure is found, the caller's things stay."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import unstuck

PRELUDE = """
    import os, random
    import numpy, torch
    from torch import nn
    import unstuck

    torch.manual_seed(1)
    X = torch.randn(256, 4)
    Y = X[:, :3].argmax(1)
    RATE = 1e-5

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.last = nn.Linear(4, 16), nn.Linear(16, 3)

        def forward(self, x):
            return self.last(torch.relu(self.first(x)))

    def loss(output, target):
        return nn.functional.cross_entropy(output, target)

    def batches():
        for begin in range(0, 256, 16):
            yield X[begin : begin + 16], Y[begin : begin + 16]

    def sgd(rate):
        return lambda parameters: torch.optim.SGD(parameters, lr=rate)

    def shown(results):
        from unstuck.show.reasons import reason_of
        for trial in sorted((one for one in results.trials if not one.on_top_of), key=lambda one: one.title):
            print(f"{trial.title}: {trial.verdict}" + (f" ({reason_of(trial)})" if trial.reason else ""))

    def refused(*given, **options):
        try:
            unstuck.experiment(*given, **{"budget": 240, "workers": 2, **options})
        except unstuck.UnstuckError as error:
            print(error)
"""
SICK = """
    model = Net()

    def state():
        tensors = [*model.state_dict().values(), X, Y, torch.get_rng_state()]
        return [one.numpy().tobytes() for one in tensors], random.getstate(), numpy.random.get_state()[1].tobytes()

    before = state()
    with open("mine.txt", "w") as file:
        file.write("mine")

    def logged(output, target):
        with open("mine.txt", "a") as file:
            file.write("written in a branch")
        return loss(output, target)

    found = unstuck.experiment(
        model, logged, sgd(RATE), list(batches()), steps=60, budget=240, workers=1,
        remedies=["learning-rate=10000", "zero-grad"],
    )
    print(before == state(), open("mine.txt").read(), model.training, model.first.weight.grad)
    print(found.results.way, found.results.repeatable, found.results.sufficient)
    shown(found.results)
    print(found._repr_html_()[:5], "REPORT" if (found.record.path / "derived" / "report.html").exists() else "")
    try:
        found.run.verify()
    except unstuck.UnstuckError as error:
        print(error)
    print(found)
"""


@pytest.fixture
def notebook(tmp_path):
    """``notebook(code)``: what a program in a folder of its own printed, line by line."""

    def run(code):
        (tmp_path / "notebook.py").write_text(textwrap.dedent(PRELUDE) + textwrap.dedent(code))
        source = str(Path(unstuck.__file__).parents[1])
        ran = subprocess.run(
            [sys.executable, "notebook.py"], cwd=tmp_path, capture_output=True, text=True, check=False,
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": source, "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip
        if "Nothing could be tried" in ran.stderr:
            pytest.skip("this system confines nothing")
        assert (ran.returncode, ran.stderr) == (0, "")
        return ran.stdout.splitlines()

    return run


def test_a_stuck_model_is_cured_and_nothing_of_the_callers_has_changed(notebook, tmp_path):
    kept, way, rate, needless, page, again, *text = notebook(SICK)
    assert kept == "True mine True None"
    assert way == "replay True ('learning-rate × 10000',)"
    assert rate == "learning-rate × 10000: verified"
    assert needless == "zero-grad: not tested (it found nothing to change)", "the loop clears gradients already"
    assert page == "<pre> REPORT"
    assert "Call `unstuck.experiment` once more" in again
    assert any("experiments (replay of objects): " in line for line in text)
    assert any("notebook.py:" in line for line in text), "places are those of the caller"
    assert text[-1].startswith("note: model is a module")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".unstuck", "mine.txt", "notebook.py"]


@pytest.mark.slow
def test_nothing_is_verified_on_a_healthy_one(notebook):
    told = notebook(
        """
        loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(X, Y), batch_size=16, shuffle=True)
        found = unstuck.experiment(
            Net, loss, sgd(0.5), lambda: loader, budget=240, workers=2,
            remedies=["nothing", "learning-rate=0.01", "batch-size=0.25", "zero-grad"],
        )
        shown(found.results)
        print(found.results.sufficient, round(found.results.reached, 1))
        """
    )
    assert len(told) == 5
    assert not any("verified" in line for line in told)
    assert told[-1] in ("() 0.9", "() 1.0")


@pytest.mark.slow
def test_the_panel_finds_the_cure_by_itself(notebook):
    told = notebook(
        """
        found = unstuck.experiment(Net, loss, sgd(RATE), batches, steps=100, budget=240)
        print(found.results.sufficient)
        """
    )
    assert "learning-rate" in told[0]


@pytest.mark.slow
def test_a_loader_is_made_anew_so_that_it_can_be_changed(notebook):
    told = notebook(
        """
        order = Y.argsort()
        sorted_ones = torch.utils.data.TensorDataset(X[order], Y[order])
        loader = torch.utils.data.DataLoader(sorted_ones, batch_size=16)
        found = unstuck.experiment(
            Net, loss, sgd(0.5), loader, steps=100, budget=240, remedies=["shuffle", "batch-size=2"]
        )
        for trial in found.results.trials:
            print(trial.title, trial.effect is not None and trial.effect.treated != trial.effect.control)
        """
    )
    assert {"shuffle True", "batch-size × 2 True"} <= {*told}


@pytest.mark.slow
def test_what_does_not_repeat_or_run_is_refused(notebook):
    random, same, raises, three, empty, slow = notebook(
        """
        def noisy():
            for x, y in batches():
                yield x + int.from_bytes(os.urandom(2), "big") / 65536, y

        def waits(output, target):
            __import__("time").sleep(1.0)
            return loss(output, target)

        refused(Net, loss, sgd(0.1), noisy, steps=40)
        refused(Net(), loss, sgd(0.1), [(X, Y)], steps=40)
        refused(Net, lambda output, target: output.nonsense, sgd(0.1), batches, steps=40)
        refused(Net, loss, sgd(0.1), [(X, Y, Y)], steps=40)
        refused(Net, loss, sgd(0.1), [], steps=40)
        refused(Net, waits, sgd(0.1), batches, steps=40, budget=1)
        """
    )
    assert "run twice and came out differently" in random
    assert "the same bit for bit with every seed" in same
    assert "does not run as it was given: AttributeError" in raises
    assert "notebook.py" in raises
    assert "a batch is to be a pair (input, target), and this is a tuple of 3" in three
    assert "data gave no batch in pass 1" in empty
    assert "did not come to 40 steps" in slow


@pytest.mark.slow
def test_a_run_that_was_watched_inside_points_to_experiments_on_objects(notebook):
    told = notebook(
        """
        model = Net()
        optimizer = torch.optim.SGD(model.parameters(), lr=RATE)
        with unstuck.watch(model, optimizer) as run:
            for x, y in batches():
                optimizer.zero_grad()
                loss(model(x), y).backward()
                optimizer.step()
        try:
            run.verify()
        except unstuck.UnstuckError as error:
            print(error)
        """
    )
    assert len(told) == 1
    assert "cannot be run again: it was watched from inside of its program" in told[0]
    assert "unstuck.experiment(make_model, loss, make_optimizer, data)" in told[0]
