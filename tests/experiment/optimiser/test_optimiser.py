from __future__ import annotations

import pytest

from unstuck.experiment.interventions.learning_rate import LearningRate
from unstuck.experiment.interventions.optimiser import Optimiser
from unstuck.experiment.interventions.weight_decay import WeightDecay

TRAIN = """
w = nn.Parameter(torch.tensor([1.0, 2.0]))
v = nn.Parameter(torch.tensor([3.0]))
o = {make}
s = torch.optim.lr_scheduler.StepLR(o, 10, 0.1)
for i in range(40):
    o.zero_grad()
    loss = (w ** 2).sum() + (v ** 2).sum()
    loss.backward()
    o.step()
    s.step()
print(type(o).__name__, loss.item(), *[group["lr"] for group in o.param_groups])
"""
SGD = "torch.optim.SGD([w, v], lr=0.3)"


@pytest.mark.parametrize(
    ("kind", "wanted", "rate"), [("adam", "Adam", 1e-3), ("adamw", "AdamW", 1e-3), ("sgd", "SGD", 0.01)]
)
@pytest.mark.parametrize(
    "make", [SGD, "torch.optim.RMSprop([w, v], lr=0.3)", "torch.optim.Adagrad([w, v], lr=0.3)",
             "torch.optim.Adam([w, v], lr=0.3, fused=True, maximize=False)"],
)  # fmt: skip
def test_swaps_and_keeps_the_schedule(play, kind, wanted, rate, make):
    out = play(TRAIN.format(make=make), Optimiser(kind))
    name, _, last = out.printed
    assert name == wanted
    assert float(last) == pytest.approx(rate * 1e-4)
    assert len(out.applied[0]) == 1


def test_trains_as_the_real_one_does(play):
    swapped = play(TRAIN.format(make=SGD), Optimiser("adam", 0.3)).printed
    assert swapped == play(TRAIN.format(make="torch.optim.Adam([w, v], lr=0.3)")).printed
    swapped = play(TRAIN.format(make="torch.optim.Adam([w, v], lr=0.3)"), Optimiser("sgd", 0.1)).printed
    assert swapped == play(TRAIN.format(make="torch.optim.SGD([w, v], lr=0.1, momentum=0.9)")).printed
    swapped = play(TRAIN.format(make=SGD), Optimiser("adamw", 0.3)).printed
    assert swapped == play(TRAIN.format(make="torch.optim.AdamW([w, v], lr=0.3)")).printed


def test_groups_keep_their_proportion_and_decay(play):
    groups = "torch.optim.SGD([dict(params=[w], lr=0.1), dict(params=[v], lr=0.01, weight_decay=0.5)], lr=1)"
    code = TRAIN.format(make=groups) + "print(*[group['weight_decay'] for group in o.param_groups])"
    out = play(code, Optimiser("adam"))
    assert [float(rate) for rate in out.printed[2:4]] == pytest.approx([1e-7, 1e-8])
    assert out.printed[4:] == ["0", "0.5"]


@pytest.mark.parametrize(
    "make", ["torch.optim.LBFGS([w, v])", "torch.optim.Adam([w, v])"], ids=["another rule", "one already"]
)
def test_leaves_alone(play, make):
    code = f"w, v = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(1)); o = {make}; print(type(o).__name__)"
    out = play(code, Optimiser("adam"))
    assert out.applied == [{}]
    assert out.printed[0] in make


def test_one_by_hand_is_swapped_unless_it_has_more_to_it(play):
    code = """
class Own(torch.optim.Optimizer):
    def __init__(self, params): super().__init__(params, dict(lr=0.1))
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]: p.data -= group["lr"] * p.grad
class Sharp(Own):
    def first_step(self): pass
w = nn.Parameter(torch.ones(2))
print(type(Own([w])).__name__, type(Sharp([w])).__name__)
"""
    assert play(code, Optimiser("adam")).printed == ["Adam", "Sharp"]


def test_closure_scaler_and_state_go_on_working(play):
    code = """
net = nn.Linear(3, 1)
o = torch.optim.SGD(net.parameters(), lr=0.1)
scaler = torch.amp.GradScaler("cpu")
x = torch.randn(8, 3)
for i in range(5):
    o.zero_grad()
    scaler.scale(net(x).pow(2).mean()).backward()
    scaler.unscale_(o)
    scaler.step(o)
    scaler.update()
def closure():
    o.zero_grad()
    loss = net(x).pow(2).mean()
    loss.backward()
    return loss
print(o.step(closure).item() > 0)
o.load_state_dict(o.state_dict())
o.add_param_group({"params": [nn.Parameter(torch.ones(1))]})
o.step(closure)
print(len(o.state), o.param_groups[1]["lr"])
"""
    out = play(code, Optimiser("adam"))
    assert out.printed == ["True", "2", "0.001"]


def test_one_cycle_finds_what_it_needs(play):
    code = TRAIN.format(make=SGD).replace("StepLR(o, 10, 0.1)", "OneCycleLR(o, 0.1, total_steps=50)")
    assert play(code, Optimiser("adam")).printed[0] == "Adam"


def test_later_changes_act_on_what_the_earlier_ones_left(play):
    code = """
o = torch.optim.SGD([nn.Parameter(torch.ones(2))], lr=1, weight_decay=0.1)
print(o.param_groups[0]["lr"], o.param_groups[0]["weight_decay"])
"""
    out = play(code, Optimiser("adam"), LearningRate(0.1), WeightDecay(0.5))
    assert [float(value) for value in out.printed] == pytest.approx([1e-4, 0.05])
    assert all(out.applied)


def test_weight_decay_that_is_none_is_not_applied(play):
    code = "w = nn.Parameter(torch.ones(2)); o = torch.optim.SGD([w], lr=1)"
    assert play(code, WeightDecay()).applied == [{}]
    code = "w = nn.Parameter(torch.ones(2)); o = torch.optim.AdamW([w], lr=1); print(o.param_groups[0]['weight_decay'])"
    assert play(code, WeightDecay()).printed == ["0.0"]


def test_unknown_kind_is_refused(play):
    with pytest.raises(AssertionError, match="no optimiser madgrad"):
        play("", Optimiser("madgrad"))


def test_titles():
    assert Optimiser("adam").title == "optimiser Adam, rate 0.001"
    assert WeightDecay().title == "no weight-decay"
    assert WeightDecay(0.1).title == "weight-decay × 0.1"


@pytest.mark.parametrize(("rate", "applied"), [(1e-3, 0), (2e-3, 0), (1e-6, 1), (0.5, 1)])
def test_the_same_optimiser_far_from_its_usual_rate_is_another_one(play, rate, applied):
    out = play(TRAIN.format(make=f"torch.optim.Adam([w, v], lr={rate})"), Optimiser("adam"))
    assert len(out.applied[0]) == applied
    assert float(out.printed[-1]) == pytest.approx((1e-3 if applied else rate) * 1e-4)
