"""Hidden activations are exchanged, those at the end of a network and of gates are not."""

import pytest

from unstuck.core.errors import UsageError
from unstuck.experiment.interventions.hidden_activation import HiddenActivation

HEAD = """
import torch, torch.nn as nn, torch.nn.functional as F
torch.manual_seed(0)
x, y = torch.randn(8, 4), torch.rand(8, 1)
"""
LOOP = """
optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
for _ in range(3):
    out = model(x)
    loss = F.mse_loss(out, y)
    loss.backward()
    optimizer.step()
    print(loss.item())
"""
MODULE = HEAD + "model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1), nn.Sigmoid())" + LOOP
FUNCTIONS = (
    HEAD
    + """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(4, 8), nn.Linear(8, 1)
    def forward(self, x):
        return torch.sigmoid(self.b(F.relu(self.a(x))))
model = Net()
"""
    + LOOP
)


@pytest.mark.parametrize("code", [MODULE, FUNCTIONS])
def test_the_hidden_one_alone_from_the_second_forward_on(play, code):
    told = play(code, HiddenActivation())
    first, second, third = told.numbers
    assert first == play(code).numbers[0]
    assert second == third != first
    assert told.told[0] == {"leaky-relu in the place of a hidden relu": 2}


def test_the_output_alone_is_left(play):
    code = HEAD + "model = nn.Sequential(nn.Linear(4, 1), nn.Sigmoid())" + LOOP
    assert play(code, HiddenActivation()).told == ({},)


def test_in_place(play):
    code = MODULE.replace("nn.ReLU()", "nn.ReLU(inplace=True)")
    assert play(code, HiddenActivation("elu")).told[0]
    assert play(code, HiddenActivation("elu")).printed == play(MODULE, HiddenActivation("elu")).printed


def test_by_hand(play):
    code = (
        HEAD
        + """
w, v = torch.randn(4, 8, requires_grad=True), torch.randn(8, 1, requires_grad=True)
def net(x):
    return (torch.tanh(x @ w) @ v).sigmoid()
for _ in range(2):
    loss = ((net(x) - y) ** 2).mean()
    loss.backward()
    print(loss.item())
"""
    )
    told = play(code, HiddenActivation("relu"))
    assert told.told[0] == {"relu in the place of a hidden tanh": 1}
    assert told.numbers[0] != told.numbers[1]


def test_gates_are_left(play):
    code = (
        HEAD
        + """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.g, self.b = nn.Linear(4, 8), nn.Linear(4, 8), nn.Linear(8, 1)
    def forward(self, x):
        gate = torch.sigmoid(self.g(x))
        return self.b((1 - gate) * self.a(x) + gate)
model = Net()
"""
        + LOOP
    )
    assert play(code, HiddenActivation()).told == ({},)


def test_the_output_of_a_generator_is_not_hidden(play):
    code = (
        HEAD
        + """
maker = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 4), nn.Tanh())
judge = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
optimizer = torch.optim.SGD([*maker.parameters(), *judge.parameters()], lr=0.0)
for _ in range(3):
    F.binary_cross_entropy_with_logits(judge(maker(x).detach()), torch.zeros(8, 1)).backward()
    F.binary_cross_entropy_with_logits(judge(maker(x)), torch.ones(8, 1)).backward()
    optimizer.step()
"""
    )
    told = play(code, HiddenActivation())
    assert list(told.told[0]) == ["leaky-relu in the place of a hidden relu"]


def test_a_kind_that_there_is_not():
    with pytest.raises(UsageError):
        HiddenActivation("softmax")
