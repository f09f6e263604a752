"""Activations, norms and sums put between the layers of a network."""

import pytest

from unstuck.experiment.interventions.add_activation import AddActivation
from unstuck.experiment.interventions.batch_norm import BatchNorm
from unstuck.experiment.interventions.layer_norm import LayerNorm
from unstuck.experiment.interventions.residual import Residual

START = """
import torch, torch.nn as nn, torch.nn.functional as F
torch.manual_seed(0)
x, y = torch.randn(16, *SHAPE), torch.randn(16, 1)
model = nn.Sequential(LAYERS)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
schedule = torch.optim.lr_scheduler.StepLR(optimizer, 2)
for _ in range(4):
    model.zero_grad()
    loss = F.mse_loss(model(x), y)
    loss.backward()
    optimizer.step()
    schedule.step()
    print(loss.item())
held = sum(p.numel() for group in optimizer.param_groups for p in group["params"])
model.eval()
with torch.no_grad():
    a, b = model(x), model(x[:1])
print(held, float((a[:1] - b).abs().max()))
"""


def code(layers: str, shape: str = "(4,)") -> str:
    return START.replace("SHAPE", shape).replace("LAYERS", layers)


LINEAR = code("nn.Linear(4, 8), nn.Linear(8, 8), nn.Dropout(0.0), nn.Linear(8, 1)")
BENT = code("nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 1)")
NORMED = code("nn.Linear(4, 8), nn.ReLU(), nn.BatchNorm1d(8), nn.Linear(8, 1)")
BEFORE = code("nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 1)")
CONVOLUTION = code("nn.Conv2d(1, 3, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(27, 1)", "(1, 8, 8)")


def test_a_relu_behind_every_layer_but_the_last(play):
    told = play(LINEAR, AddActivation())
    assert told.told[0] == {"a ReLU behind a layer that had none": 2 * 3 + 2 * 2}
    assert told.numbers[0] == play(LINEAR).numbers[0]


@pytest.mark.parametrize("change", [BatchNorm(), LayerNorm()])
def test_norms_are_learned_at_the_scripts_rate_and_cleared(play, change):
    told = play(BENT, change)
    assert sum(told.told[0].values()) == 2 * 3 + 2 * 2
    assert told.numbers[4] == play(BENT).numbers[4] + 2 * 16
    assert told.numbers[5] < 1e-5, "in evaluation no example depends on another"


@pytest.mark.parametrize("change", [BatchNorm(), LayerNorm()])
def test_norms_behind_convolutions(play, change):
    told = play(CONVOLUTION, change)
    assert told.numbers[4] == play(CONVOLUTION).numbers[4] + 2 * 3
    assert told.numbers[5] < 1e-5


@pytest.mark.parametrize("program", [NORMED, BEFORE, LINEAR])
def test_no_norm_beside_a_norm_or_in_a_linear_stack(play, program):
    assert play(program, BatchNorm()).told == ({},)


@pytest.mark.parametrize("change", [AddActivation(), Residual()])
@pytest.mark.parametrize("program", [BEFORE, CONVOLUTION])
def test_nothing_to_do(play, change, program):
    told = play(program, change)
    assert told.told == ({},)
    assert told.printed == play(program).printed


def test_inputs_are_added_where_the_shape_is_kept(play):
    assert play(BENT, Residual()).told[0] == {"input added to the output of a hidden layer": 3 + 2}


def test_a_network_with_sums_of_its_own_keeps_them(play):
    own = """
import torch, torch.nn as nn
class Block(nn.Module):
    def __init__(self):
        super().__init__(); self.a, self.b = nn.Linear(4, 4), nn.Linear(4, 4)
    def forward(self, x):
        return x + self.b(torch.relu(self.a(x)))
model = nn.Sequential(Block(), Block(), nn.Linear(4, 1))
for _ in range(3):
    model(torch.randn(8, 4)).square().mean().backward()
"""
    assert play(own, BatchNorm()).told == ({"batch normalisation behind a hidden layer": 4},)


def test_lbfgs_keeps_its_parameters(play):
    steps = """
import torch, torch.nn as nn
torch.manual_seed(0)
x, y = torch.randn(16, 4), torch.randn(16, 1)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
optimizer = torch.optim.LBFGS(model.parameters())
def closure():
    optimizer.zero_grad()
    loss = (model(x) - y).square().mean()
    loss.backward()
    return loss
for _ in range(3):
    print(optimizer.step(closure).item())
"""
    assert play(steps, LayerNorm()).told[0]
