from __future__ import annotations

import pytest

from unstuck.experiment.interventions.optimise_all_parameters import OptimiseAllParameters
from unstuck.experiment.interventions.thaw import Thaw

TRAIN = """
net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
{freeze}
o = torch.optim.Adam({parameters}, lr=0.01)
s = torch.optim.lr_scheduler.CosineAnnealingLR(o, 10)
first = [p.detach().clone() for p in net.parameters()]
x = torch.randn(16, 4)
for i in range(5):
    o.zero_grad(); net(x).pow(2).mean().backward(); o.step(); s.step()
print(*[int(not torch.equal(a, b)) for a, b in zip(first, net.parameters())])
"""
ALL = ["1"] * 4


@pytest.mark.parametrize(
    "parameters", ["net.parameters()", "[p for p in net.parameters() if p.requires_grad]",
                   "[{'params': [p]} for p in net[2].parameters()]"],
)  # fmt: skip
def test_thaw(play, parameters):
    code = TRAIN.format(freeze="net[0].requires_grad_(False)", parameters=parameters)
    assert play(code).printed == ["0", "0", "1", "1"]
    out = play(code, Thaw())
    assert out.printed == ALL
    assert out.applied[0]


def test_nothing_to_thaw(play):
    assert play(TRAIN.format(freeze="", parameters="net.parameters()"), Thaw()).applied == [{}]
    raw = "w = torch.zeros(2, requires_grad=True); (w * 2).sum().backward()"
    assert play(raw, Thaw(), OptimiseAllParameters()).applied == [{}, {}]


@pytest.mark.parametrize(
    "parameters", ["net[2].parameters()", "[net[0].bias]", "nn.Linear(3, 3).parameters()",
                   "[{'params': [p], 'lr': 0.1} for p in net[2].parameters()]"],
)  # fmt: skip
def test_all_parameters_are_optimised(play, parameters):
    out = play(TRAIN.format(freeze="", parameters=parameters), OptimiseAllParameters())
    assert out.printed == ALL
    assert out.applied[0]


def test_what_is_held_or_frozen_stays(play):
    assert play(TRAIN.format(freeze="", parameters="net.parameters()"), OptimiseAllParameters()).applied == [{}]
    frozen = TRAIN.format(freeze="net[0].requires_grad_(False)", parameters="net[2].parameters()")
    assert play(frozen, OptimiseAllParameters()).applied == [{}]


def test_layers_in_a_plain_list(play):
    code = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = [nn.Linear(4, 4), nn.Linear(4, 4)]
        self.out = nn.Linear(4, 1)
    def forward(self, x):
        for layer in self.hidden: x = torch.tanh(layer(x))
        return self.out(x)
net = Net(); o = torch.optim.SGD(net.parameters(), lr=0.1)
before = net.hidden[1].weight.detach().clone()
for i in range(5):
    o.zero_grad(); net(torch.randn(8, 4)).pow(2).mean().backward(); o.step()
print(torch.equal(before, net.hidden[1].weight))
"""
    assert play(code, OptimiseAllParameters()).printed == ["False"]


def test_two_networks_keep_their_optimisers(play):
    code = """
g, d = nn.Linear(2, 2), nn.Sequential(nn.Linear(2, 4), nn.Linear(4, 1))
og, od = torch.optim.Adam(g.parameters()), torch.optim.Adam(d[1].parameters())
for i in range(6):
    od.zero_grad(); d(g(torch.randn(4, 2)).detach()).mean().backward(); od.step()
    og.zero_grad(); (-d(g(torch.randn(4, 2))).mean()).backward(); og.step()
print(sum(len(group["params"]) for group in og.param_groups), sum(len(group["params"]) for group in od.param_groups))
"""
    assert play(code).printed == ["2", "2"]
    assert play(code, OptimiseAllParameters(), Thaw()).printed == ["2", "4"]
