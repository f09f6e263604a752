from __future__ import annotations

import sys

import pytest

from unstuck.experiment.branch import Branches, Limits, Origin
from unstuck.experiment.interventions.schedule import Schedule
from unstuck.experiment.interventions.thaw import Thaw
from unstuck.experiment.interventions.update_weights import UpdateWeights
from unstuck.experiment.interventions.weight_decay import WeightDecay
from unstuck.record.training import trainings

SCRIPT = """
import torch
torch.manual_seed(0)
net = torch.nn.Linear(3, 1)
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
x = torch.randn(20, 3)
for i in range(120):
    optimizer.zero_grad()
    loss = torch.nn.functional.mse_loss(net(x), x.sum(1, keepdim=True))
    loss.backward()
    optimizer.step
"""


@pytest.fixture(scope="module")
def branches(tmp_path_factory):
    folder = tmp_path_factory.mktemp("branches")
    script = folder / "train.py"
    script.write_text(SCRIPT)
    origin = Origin("script", str(script), (), str(folder), sys.executable, {})
    with Branches(origin, folder / "scratch", 1) as made:
        made.ready()
        control = made.run((), 0, Limits(steps=120, seconds=30))
        if control.ended == "refused":
            pytest.skip(control.why)
        yield made


@pytest.mark.parametrize("change", [WeightDecay(), Thaw()])
def test_a_branch_with_nothing_to_change_ends_early(branches, change):
    branch = branches.run((change,), 0, Limits(steps=120, seconds=30))
    assert branch.ended == "idle"
    assert branch.applied == ((),)


def test_one_that_may_still_find_something_goes_on(branches):
    branch = branches.run((Schedule("none"),), 0, Limits(steps=100, seconds=30))
    assert branch.ended == "steps"


def test_a_loop_without_steps_learns_once_it_is_stepped(branches):
    branch = branches.run((UpdateWeights(),), 0, Limits(steps=120, seconds=30))
    assert branch.applied == (("the optimiser stepped",),)
    losses = trainings(branch.record)[0].losses
    assert len(losses) == 1
    assert losses[0].value[-1] < 0.9 * losses[0].value[0]
