"""Layers that no optimiser has, and graphs that are cut."""

import pytest

from unstuck.experiment.interventions.keep_the_graph import KeepTheGraph
from unstuck.experiment.interventions.register_layers import RegisterLayers

LISTS = """
import torch, torch.nn as nn
torch.manual_seed(0)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Linear(4, 4), {"deep": (nn.Linear(4, 4),)}]
        self.out = nn.Linear(4, 1)
    def forward(self, x):
        return self.out(self.layers[1]["deep"][0](self.layers[0](x)))
model = Net()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
before = [layer.weight.clone() for layer in (model.layers[0], model.layers[1]["deep"][0])]
for _ in range(3):
    model.zero_grad()
    model(torch.randn(8, 4)).square().mean().backward()
    optimizer.step()
after = [layer.weight for layer in (model.layers[0], model.layers[1]["deep"][0])]
print(*(int(not torch.equal(a, b)) for a, b in zip(before, after)), int(after[0].grad is None))
"""


def test_layers_in_plain_containers_are_learned(play):
    assert play(LISTS).numbers == [0, 0, 0]
    told = play(LISTS, RegisterLayers())
    assert told.numbers == [1, 1, 1]
    assert told.told[0] == {"4 parameters of layers in a plain list handed to the optimiser": 1}


def test_registered_layers_are_left(play):
    code = LISTS.replace("self.out = nn.Linear(4, 1)", "self.out = nn.Linear(4, 1); self.same = nn.ModuleList([*LIST])")
    code = code.replace("*LIST", 'self.layers[0], self.layers[1]["deep"][0]')
    assert play(code).numbers[:2] == [1, 1]
    assert play(code, RegisterLayers()).told == ({},)


CUT = """
import numpy as np, torch, torch.nn as nn, torch.nn.functional as F
torch.manual_seed(0)
class Net(nn.Module):
    def __init__(self):
        super().__init__(); self.a, self.b = nn.Linear(4, 4), nn.Linear(4, 1)
    def forward(self, x):
        h = self.a(x)
        return self.b(h)
model = Net()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x = torch.randn(8, 4)
out = model(x)
loss = out.square().mean()
loss.backward()
print(int(model.a.weight.grad is not None))
"""


@pytest.mark.parametrize(
    ("whole", "cut"),
    [
        ("out = model(x)", "out = torch.tensor(model(x).tolist(), requires_grad=True)"),
        ("out = model(x)", "out = torch.from_numpy(model(x).detach().numpy()).requires_grad_()"),
        ("out = model(x)", "out = torch.tensor(model(x).detach().cpu().numpy(), requires_grad=True)"),
        ("out = model(x)", "out = torch.autograd.Variable(model(x).data, requires_grad=True)"),
        ("out = model(x)", "out = model(x).detach().requires_grad_(True)"),
        ("out = model(x)", "with torch.no_grad():\n    out = model(x)\nout.requires_grad_()"),
        ("loss = out.square().mean()", "loss = torch.tensor(out.square().mean().item(), requires_grad=True)"),
        ("h = self.a(x)", "h = self.a(x).detach()"),
        ("h = self.a(x)", "h = self.a(x).data"),
        ("        h = self.a(x)", "        with torch.no_grad():\n            h = self.a(x)"),
    ],
)
def test_what_is_cut_is_whole_again(play, whole, cut):
    code = CUT.replace(whole, cut)
    assert code != CUT
    assert play(code).numbers == [0]
    told = play(code, KeepTheGraph())
    assert told.numbers == [1]
    assert told.told[0]


def test_evaluation_and_what_is_only_looked_at_are_left(play):
    code = (
        CUT
        + """
print(loss.item(), *out.detach().numpy().ravel(), *np.array(out.tolist()).ravel())
with torch.no_grad():
    print(int(model(x).requires_grad), float(model(x).numpy().sum()))
for p in model.parameters():
    p.data -= 0.1 * p.grad.data
optimizer.step()
print(model.a.weight.sum().item())
"""
    )
    told = play(code, KeepTheGraph())
    assert told.told == ({},)
    assert told.printed == play(code).printed
