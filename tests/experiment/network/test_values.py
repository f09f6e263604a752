"""Not-a-numbers: in the data, and made by steep functions."""

import pytest

from unstuck.experiment.interventions.clean_data import CleanData
from unstuck.experiment.interventions.use_stable_form import UseStableForm


def test_inputs_get_the_mean_of_their_column(play):
    code = """
import torch, torch.nn as nn
model = nn.Linear(2, 2, bias=False)
nn.init.eye_(model.weight)
x = torch.tensor([[1.0, float("nan")], [float("inf"), 4.0], [3.0, 6.0]])
print(*model(x).flatten().tolist(), x.isnan().sum().item())
"""
    told = play(code, CleanData())
    assert told.numbers == [1, 5, 2, 4, 3, 6, 1]
    assert told.told[0] == {"NaN or infinity in an input replaced by the mean of its column": 1}


def test_targets_are_left_out_of_the_loss(play):
    code = """
import torch, torch.nn.functional as F
print(F.mse_loss(torch.zeros(3, 1, requires_grad=True), torch.tensor([[2.0], [float("nan")], [4.0]])).item())
"""
    assert play(code, CleanData()).numbers == [10]


def test_clean_data_is_left(play):
    code = """
import torch, torch.nn as nn
torch.manual_seed(0)
model, x = nn.Linear(2, 1), torch.randn(4, 2)
print(nn.MSELoss()(model(x), torch.zeros(4, 1)).item())
"""
    assert play(code, CleanData()).told == ({},)
    assert play(code, CleanData()).printed == play(code).printed


@pytest.mark.parametrize(
    "expression",
    ["torch.log(z)", "z.log()", "z.sqrt()", "torch.sqrt(z)", "z ** 0.5", "z.pow(-1)", "1 / z", "one / z",
     "(z + 1) / zero", "torch.div(one, z)", "z.rsqrt()", "z.reciprocal()",
     "(z + 1000).exp() * 1e-30", "torch.acos(z + 1)",
     "torch.log(torch.softmax(torch.cat([z, z + 1000]), 0))", "torch.sigmoid(z - 1000).log()"],
)  # fmt: skip
@pytest.mark.parametrize("floor", [1e-6, 1e-2])
def test_values_and_slopes_are_finite(play, expression, floor):
    code = f"""
import torch
z = torch.zeros(3, requires_grad=True)
one, zero = torch.ones(3), torch.zeros(3)
out = {expression}
out.sum().backward()
print(int(out.isfinite().all()), int(z.grad.isfinite().all()))
"""
    assert 0 in play(code).numbers, "it does break"
    told = play(code, UseStableForm(floor))
    assert told.numbers == [1, 1]
    assert told.told[0]


def test_what_is_finite_and_what_is_not_differentiated_is_left(play):
    code = """
import torch
z = torch.ones(3, requires_grad=True)
out = torch.log(z) + z.sqrt() / z + torch.log(torch.zeros(3)).exp()
out.sum().backward()
optimizer = torch.optim.Adam([z])
optimizer.step()
print(*out.tolist(), *z.tolist())
"""
    assert play(code, UseStableForm()).told == ({},)
    assert play(code, UseStableForm()).printed == play(code).printed
