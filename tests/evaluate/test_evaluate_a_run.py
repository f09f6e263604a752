"""`unstuck evaluate RUN`: model and held-out data come from the script, which runs again in a branch."""

import json
import subprocess
import sys

import pytest

from unstuck.figures.model.dynamics import cartography, group_of
from unstuck.record.events.data.passed import ExampleDynamics
from unstuck.record.events.data.splits import Split
from unstuck.testing.synthetic import data_record

HEAD = """
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
torch.manual_seed(0)
x = torch.randn(400, 4)
y = (x[:, 0] > 0).long()
model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 2))
optimizer = torch.optim.Adam(model.parameters(), 1e-2)
train, test = (x[:300], y[:300]), (x[300:], y[300:])
def learn(a, b):
    loss = nn.functional.cross_entropy(model(a), b)
    optimizer.zero_grad(); loss.backward(); optimizer.step()
"""
LOADERS = HEAD + """
for epoch in range(5):
    model.train()
    for a, b in DataLoader(TensorDataset(*train), 50, shuffle=True): learn(a, b)
model.eval()
with torch.no_grad():
    right = sum((model(a).argmax(1) == b).sum().item() for a, b in DataLoader(TensorDataset(*test), 40))
print(right)
"""
TENSORS = HEAD + """
for epoch in range(5):
    model.train()
    for rows in torch.randperm(300).split(50): learn(train[0][rows], train[1][rows])
model.eval()
with torch.no_grad():
    print((model(train[0]).argmax(1) == train[1]).sum().item())
    print((model(test[0]).argmax(1) == test[1]).sum().item())
"""
NONE = HEAD + """
for epoch in range(5): learn(*train)
"""


def unstuck(folder, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "unstuck", *arguments], cwd=folder, capture_output=True, text=True, timeout=300,
        check=False,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("script", [LOADERS, TENSORS], ids=["loaders", "tensors"])
def test_the_held_out_examples_of_a_script_are_evaluated_as_the_script_did(tmp_path, script):
    (tmp_path / "train.py").write_text(script)
    watched = unstuck(tmp_path, "run", "train.py")
    right = int(next(line for line in reversed(watched.stdout.splitlines()) if line.isdigit()))
    name = next(path.name for path in (tmp_path / ".unstuck").iterdir() if path.is_dir())
    made = unstuck(tmp_path, "evaluate", name, "--json", "answer.json", "--no-baselines")
    assert made.returncode == 0, made.stderr
    facts = json.loads((tmp_path / "answer.json").read_text())
    score = next(one for one in facts["facts"]["measured"]["metric_score"] if one["metric"] == "accuracy")
    assert score["value"] == right / 100


@pytest.mark.slow
def test_a_script_without_held_out_data_is_refused_in_one_message(tmp_path):
    (tmp_path / "train.py").write_text(NONE)
    unstuck(tmp_path, "run", "train.py")
    name = next(path.name for path in (tmp_path / ".unstuck").iterdir() if path.is_dir())
    made = unstuck(tmp_path, "evaluate", name)
    assert (made.returncode, "no held-out data" in made.stderr) == (2, True)
    assert "Traceback" not in made.stderr


def test_examples_are_easy_ambiguous_or_hard_by_how_often_they_were_right(tmp_path):
    assert [group_of(right, 8) for right in (8, 6, 5, 3, 2, 0)] == ["easy"] * 2 + ["ambiguous"] * 2 + ["hard"] * 2
    event = ExampleDynamics(
        split=0, positions=(4, 9, 12), labels=(0, 1, 0), probability=(0.9, 0.5, 0.1), spread=(0.05, 0.4, 0.02),
        right=(8, 4, 0), visits=(8, 8, 8),
    )  # fmt: skip
    figure = cartography(data_record(tmp_path, [Split(id=0, name="train", source="a", rows=20)], (), events=[event]))
    assert [(curve.name, curve.x, curve.y) for curve in figure.curves] == [
        ("easy", (0.05,), (0.9,)), ("ambiguous", (0.4,), (0.5,)), ("hard", (0.02,), (0.1,))]  # fmt: skip
    assert "The hardest are rows 12" in figure.description
