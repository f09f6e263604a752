from __future__ import annotations

import pytest

from unstuck.experiment.interventions import learning_rate_range
from unstuck.experiment.interventions.learning_rate_range import HIGHEST, LOWEST, LearningRateRange, at, best, smoothed
from unstuck.experiment.search.settings import PROMPT_STEPS

TRAIN = """
net = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
o = torch.optim.{make}
x = torch.randn(64, 4); y = x.sum(1, keepdim=True)
start = [p.detach().clone() for p in net.parameters()]
for i in range(200):
    before = [p.detach().clone() for p in net.parameters()]
    o.zero_grad(); loss = (net(x) - y).pow(2).mean(); loss.backward()
    if i and torch.equal(before[0], start[0]) is False and torch.equal(net[0].weight, start[0]):
        print("back", all(torch.equal(a, b) for a, b in zip(start, net.parameters())), int(net[1].num_batches_tracked))
    o.step()
print(loss.item(), o.param_groups[0]["lr"])
"""


@pytest.mark.parametrize("make", ["SGD(net.parameters(), lr=1e-5)", "Adam(net.parameters(), lr=1e-6)"])
def test_finds_a_rate_and_begins_again(play, make):
    code = TRAIN.format(make=make)
    assert float(play(code, length=200).printed[0]) > 3
    out = play(code, LearningRateRange(), length=200)
    assert out.printed[:3] == ["back", "True", "1"]
    assert float(out.printed[3]) < 1
    assert float(out.printed[4]) < 1e-4
    assert [said.startswith("a rate of ") for said in out.applied[0]] == [True]


@pytest.mark.parametrize(
    ("makes", "loss"),
    [("SGD([net.weight], lr=0.1) SGD([net.bias], lr=0.1)", "net(x).pow(2)"),
     ("SGD(net.parameters(), lr=0.1)", "net(x) * 0 + 1"), ("SGD(net.parameters(), lr=0.0)", "net(x).pow(2)")],
    ids=["two optimisers", "a loss that does not move", "a rate of zero"],
)  # fmt: skip
def test_finds_nothing(play, makes, loss):
    code = f"""
from torch.optim import SGD
net = nn.Linear(2, 1); x = torch.randn(8, 2); optimizers = [{makes.replace(") SGD", "), SGD")}]
for i in range(40):
    for o in optimizers: o.zero_grad()
    ({loss}).mean().backward()
    for o in optimizers: o.step()
"""
    assert play(code, LearningRateRange()).applied == [{}]


def test_rates_rise_by_the_same_factor():
    assert at(0, 50) == LOWEST
    assert at(50, 50) == pytest.approx(HIGHEST)
    assert at(25, 50) == pytest.approx((LOWEST * HIGHEST) ** 0.5)


def test_a_tenth_of_the_rate_of_the_lowest_loss():
    losses = [2.0] * 60 + [1.0] * 20 + [5.0] * 20
    smooth = smoothed(losses)
    assert smooth[0] == pytest.approx(2.0)
    found = best(smooth, 100)
    assert found == pytest.approx(at(79, 100) / 10)
    assert best(smoothed([2.0] * 100), 100) is None
    assert best([], 100) is None


def test_the_test_is_over_before_the_branch_is_given_up_where_gradients_are_gathered():
    gathered = 16  # it begins at the first step only
    assert learning_rate_range.MOST + gathered < PROMPT_STEPS
