from __future__ import annotations

import sys
from contextlib import contextmanager

import pytest

from unstuck.analysis.run.training import trainings
from unstuck.experiment.branch.branches import Branches, Limits
from unstuck.experiment.branch.origin import Origin
from unstuck.experiment.interventions.batch_size import BatchSize
from unstuck.experiment.interventions.clip_gradients import ClipGradients
from unstuck.experiment.interventions.full_precision import FullPrecision
from unstuck.experiment.interventions.learning_rate import LearningRate
from unstuck.experiment.interventions.no_clipping import NoClipping
from unstuck.experiment.interventions.optimise_all_parameters import OptimiseAllParameters
from unstuck.experiment.interventions.schedule import Schedule
from unstuck.experiment.interventions.set_learning_rate import SetLearningRate
from unstuck.experiment.interventions.shuffle import Shuffle
from unstuck.experiment.interventions.thaw import Thaw
from unstuck.experiment.interventions.update_weights import UpdateWeights
from unstuck.experiment.interventions.weight_decay import WeightDecay
from unstuck.experiment.interventions.zero_grad import ZeroGrad
from unstuck.experiment.search.repeatability import first_difference

SCRIPT = """
import torch
torch.manual_seed(0)
net = torch.nn.Sequential(torch.nn.Linear(3, 1), torch.nn.Dropout(0.1))
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
x = torch.randn(20, 3)
for i in range(120):
    optimizer.zero_grad()
    loss = torch.nn.functional.mse_loss(net(x), x.sum(1, keepdim=True))
    loss.backward()
    {step}
"""


@contextmanager
def branches_of(folder, step):
    script = folder / "train.py"
    script.write_text(SCRIPT.format(step=step))
    origin = Origin("script", str(script), (), str(folder), sys.executable, {})
    with Branches(origin, folder / "scratch", 1) as made:
        made.ready()
        if made.run((), 0, Limits(steps=1, seconds=30)).ended == "refused":
            pytest.skip("this system confines nothing")
        yield made


@pytest.fixture(scope="module")
def branches(tmp_path_factory):
    with branches_of(tmp_path_factory.mktemp("branches"), "optimizer.step") as made:
        yield made


@pytest.mark.parametrize("change", [WeightDecay(), Thaw()])
def test_a_branch_with_nothing_to_change_ends_early(branches, change):
    branch = branches.run((change,), 0, Limits(steps=120, seconds=30, prompt=20))
    assert branch.ended == "idle"
    assert branch.applied == ((),)


def test_one_that_may_still_find_something_goes_on(branches):
    branch = branches.run((Schedule("none"),), 0, Limits(steps=100, seconds=30, prompt=20))
    assert branch.ended == "steps"


def test_a_loop_without_steps_learns_once_it_is_stepped(branches):
    branch = branches.run((UpdateWeights(),), 0, Limits(steps=120, seconds=30))
    assert branch.applied == (("the optimiser stepped",),)
    losses = trainings(branch.record)[0].losses
    assert len(losses) == 1
    assert losses[0].value[-1] < 0.9 * losses[0].value[0]


@pytest.mark.slow
def test_changes_that_find_nothing_leave_every_loss_as_it_was(tmp_path):
    limits = Limits(steps=60, seconds=30)
    with branches_of(tmp_path, "optimizer.step()") as made:
        control = made.run((), 0, limits)
        idle = (
            ClipGradients(1e9), Shuffle(), Thaw(), UpdateWeights(), Schedule("none"), NoClipping(), FullPrecision(),
            OptimiseAllParameters(), SetLearningRate(), BatchSize(), WeightDecay(), LearningRate(1.0), ZeroGrad(),
        )  # fmt: skip
        for seed in (0, 1):
            control, treated = made.run((), seed, limits), made.run(idle, seed, limits)
            assert treated.ended == control.ended == "steps"
            assert len(trainings(control.record)[0].losses[0].value) == 60
            assert first_difference(control, treated) is None
