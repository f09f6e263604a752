"""A branch ends at its last step, to the step: control and treatment are compared over as much training."""

import os
import sys

import pytest

from unstuck.experiment.branch import Branches, Limits, Origin
from unstuck.experiment.registry import named
from unstuck.experiment.search import parted
from unstuck.record.training import trainings

SCRIPT = """
import torch
torch.manual_seed(0)
model, x = torch.nn.Linear(4, 1), torch.randn(32, 4)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for step in range(100_000):
    optimizer.zero_grad()
    loss = (model(x) - x.sum(1, keepdim=True)).square().mean()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.skipif(os.name != "posix" or sys.platform == "darwin", reason="branches need Linux namespaces")
def test_branches_end_at_their_last_step(tmp_path):
    script = tmp_path / "train.py"
    script.write_text(SCRIPT, encoding="utf-8")
    origin = Origin("script", str(script), (), str(tmp_path), sys.executable, {})
    (tmp_path / "branches").mkdir()
    with Branches(origin, tmp_path / "branches", 1) as branches:
        branches.ready()
        first, second = (branches.run((), 0, Limits(steps=337, seconds=60)) for _ in range(2))
        changed = branches.run((named("learning-rate=3"),), 0, Limits(steps=337, seconds=60))
    for branch in (first, second, changed):
        assert branch.ended == "steps", branch
        (training,) = trainings(branch.record)
        assert training.loss is not None
        assert len(training.loss.value) == 337
    assert parted(first, second) is None
    assert parted(first, changed) == 1
