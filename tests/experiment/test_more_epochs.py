"""More epochs: the loop that is found in the source, and branches whose source is another while no file is touched."""

from __future__ import annotations

import sys

import pytest

from unstuck.analysis.run.training import trainings
from unstuck.core.errors import UsageError
from unstuck.experiment.branch.branches import Branches, Limits
from unstuck.experiment.branch.origin import Origin
from unstuck.experiment.interventions.building_blocks.registry import named
from unstuck.experiment.interventions.more_epochs import MoreEpochs
from unstuck.experiment.patch import patched

STEP = "loss = model(x).sum(); loss.backward()"
PASS = f"for x, y in loader:\n        {STEP}"
FUNCTIONS = f"""\
def one_pass(loader):
    for x, y in loader:
        {STEP}

def fit(epochs):
    for number in range(epochs):
        one_pass(loader)

for fold in range(5):
    fit(20)
"""
CLASS = f"""\
class Trainer:
    def step(self, x):
        {STEP}
    def fit(self):
        for epoch in range(1, self.config.epochs + 1):
            for x in loader:
                self.step(x)
"""


@pytest.mark.parametrize(
    ("source", "before", "after"),
    [
        (f"for epoch in range(10):\n    {PASS}\n", "range(10)", "range(20)"),
        (f"EPOCHS = 3\nfor epoch in range(EPOCHS):\n    {PASS}\n", "EPOCHS = 3", "EPOCHS = 6"),
        (f"N = 9\nx = line(N)\nfor step in range(N):\n    {STEP}\n", "range(N)", "range(2 * N)"),
        (f"for e in range(a + 1, n):\n    {PASS}\n", "(a + 1, n)", "(a + 1, 2 * n - (a + 1))"),
        (f"for e in range(0 if a else b, n):\n    {PASS}\n", "b, n)", "b, 2 * n - (0 if a else b))"),
        (f"epochs = 3\nepochs = 4\nfor epoch in range(epochs):\n    {PASS}\n", "(epochs)", "(2 * epochs)"),
        (f"n = 3\nn = 4\nfor epoch in range(n):\n    {PASS}\n", "range(n)", "range(2 * n)"),
        (f"for epoch in tqdm(range(args.epochs), leave=False):\n    {PASS}\n", "(args.epochs)", "(2 * args.epochs)"),
        (f"for e in trange(len(a) // 9):\n    for epoch in range(7):\n        {STEP}\n", "range(7)", "range(14)"),
        (f"for e in range(1, 9):\n    {PASS}\n", "range(1, 9)", "range(1, 2 * 9 - 1)"),
        (f"for e in range(5):\n    for i in range(0, n, 32):\n        {STEP}\n", "range(5)", "range(10)"),
        (f"for e in range(5):\n    for i in range(len(x)):\n        {STEP}\n", "range(5)", "range(10)"),
        (f"for seed in range(3):\n    for step in range(100):\n        {STEP}\n", "range(100)", "range(200)"),
        (f"for step in range(100):\n    {STEP}\n", "range(100)", "range(200)"),
        (FUNCTIONS, "range(epochs)", "range(2 * epochs)"),
        (CLASS, "self.config.epochs + 1", "2 * (self.config.epochs + 1) - 1"),
    ],
)
def test_the_loop_over_epochs_is_longer(source, before, after):
    assert patched([(None, MoreEpochs())], source) == source.replace(before, after)


@pytest.mark.parametrize(
    "source",
    [
        f"while step < 100:\n    {STEP}\n",
        f"for x in loader:\n    {STEP}\n",
        f"for a in range(3):\n    for b in range(4):\n        {STEP}\n",
        f"for fold in range(5):\n    {PASS}\n",
        f"for epoch in range(3):\n    {PASS}\nfor epoch in range(4):\n    {PASS}\n",
        "for epoch in range(3):\n    trainer.fit()\n",
        "for epoch in range(3:\n",
    ],
)
def test_none_where_it_is_not_plain(source):
    assert patched([(None, MoreEpochs())], source) is None


def test_three_times_as_many():
    source = f"for e in range(2, n):\n    {PASS}\n"
    assert patched([(None, named("more-epochs=3"))], source) == source.replace("2, n", "2, 3 * n - 2 * 2")


@pytest.mark.parametrize("wrong", ["more-epochs=1", "more-epochs=2.5", "more-epochs=0"])
def test_only_whole_numbers_of_times(wrong):
    with pytest.raises(UsageError, match="a whole number from 2 upwards"):
        named(wrong)


MODULE = """
import torch
def fit(epochs):
    torch.manual_seed(0)
    model, x = torch.nn.Linear(4, 1), torch.randn(32, 4)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for epoch in range(epochs):
        optimizer.zero_grad()
        loss = model(x).square().mean()
        loss.backward()
        optimizer.step()
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="branches need Linux namespaces")
@pytest.mark.slow
def test_branches_train_twice_as_long_and_no_file_is_another(tmp_path):
    sources = {
        "train.py": MODULE + "fit(7)\n", "tool/__init__.py": "", "tool/own.py": MODULE,
        "call.py": "from tool import own\nown.fit(9)\n",
    }  # fmt: skip
    (tmp_path / "tool").mkdir()
    for name, text in sources.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    lengths = []
    for name in ("train.py", "call.py"):
        origin = Origin("script", str(tmp_path / name), (), str(tmp_path), sys.executable, {})
        with Branches(origin, tmp_path / f"branches-{name}", 1) as branches:
            branches.ready()
            both = [branches.run(one, 0, Limits(steps=99, seconds=60)) for one in ((), (MoreEpochs(),))]
        assert [one.ended for one in both] == ["finished"] * 2
        assert both[1].applied == (("2 times as many epochs",),)
        lengths += [[len(one.losses[0].value) for one in trainings(each.record)] for each in both]
    assert lengths == [[7], [14], [9], [18]]
    assert {name: (tmp_path / name).read_text(encoding="utf-8") for name in sources} == sources
