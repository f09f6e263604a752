from __future__ import annotations

import pytest

from unstuck.experiment.interventions.clip_gradients import ClipGradients
from unstuck.experiment.interventions.full_precision import FullPrecision
from unstuck.experiment.interventions.learning_rate import LearningRate
from unstuck.experiment.interventions.no_clipping import NoClipping
from unstuck.experiment.interventions.schedule import Schedule
from unstuck.experiment.interventions.set_learning_rate import SetLearningRate
from unstuck.experiment.interventions.update_weights import UpdateWeights

MOVES = """
w = nn.Parameter(torch.zeros(1))
o = torch.optim.SGD([w], lr={rate})
{schedule}
for i in range(40):
    o.zero_grad()
    w.sum().backward()
    before = w.item()
    o.step()
    {after}
    print(before - w.item())
print(o.param_groups[0]["lr"])
"""
EXPONENTIAL = {"schedule": "s = torch.optim.lr_scheduler.ExponentialLR(o, 0.9)", "after": "s.step()"}
BY_HAND = {"schedule": "", "after": "o.param_groups[0]['lr'] *= 0.9"}
CONSTANT = {"schedule": "", "after": ""}


def moved(out):
    return [float(value) for value in out.printed[:-1]]


@pytest.mark.parametrize("how", [EXPONENTIAL, BY_HAND], ids=["scheduler", "by hand"])
def test_no_schedule_keeps_the_first_rate_and_the_script_sees_its_own(play, how):
    out = play(MOVES.format(rate=0.5, **how), Schedule("none"))
    assert moved(out) == pytest.approx([0.5] * 40)
    assert float(out.printed[-1]) == pytest.approx(0.5 * 0.9**40)
    assert out.applied[0]


def test_no_schedule_where_there_is_none_is_not_applied(play):
    assert play(MOVES.format(rate=0.5, **CONSTANT), Schedule("none")).applied == [{}]


def test_shapes(play):
    def shape(kind, how=CONSTANT):
        return moved(play(MOVES.format(rate=1.0, **how), Schedule(kind)))

    warm = shape("warm-up", EXPONENTIAL)
    assert warm[:5] == pytest.approx([0.25, 0.5 * 0.9, 0.75 * 0.81, 0.9**3, 0.9**4], rel=1e-3)
    cosine = shape("cosine")
    assert cosine[0] > 0.99
    assert cosine[19] == pytest.approx(0.5, rel=1e-3)
    assert cosine[-1] == pytest.approx(0.0, abs=1e-6)
    step = shape("step")
    assert [step[5], step[20], step[35]] == pytest.approx([1.0, 0.1, 0.01], rel=1e-2)
    plateau = shape("plateau")  # the loss is falling all the time
    assert plateau == pytest.approx([1.0] * 40, rel=1e-3)


def test_plateau_falls_where_the_loss_does_not(play):
    code = MOVES.format(rate=1.0, **CONSTANT).replace("w.sum()", "(w.sum() * 0 + 1)")
    code = code.replace("before = w.item()", "w.grad.fill_(1.0); before = w.item()")
    out = moved(play(code, Schedule("plateau")))
    assert out[0] == 1.0
    assert out[-1] < 0.1


def test_schedule_and_rate_go_together_in_either_order(play):
    code = MOVES.format(rate=1.0, **EXPONENTIAL)
    for changes in ((Schedule("none"), LearningRate(0.1)), (LearningRate(0.1), Schedule("none"))):
        assert moved(play(code, *changes)) == pytest.approx([0.1] * 40)


def test_without_a_length_nothing_that_needs_one_is_done(play):
    assert play(MOVES.format(rate=1.0, **CONSTANT), Schedule("cosine"), length=0).applied == [{}]


def test_a_rate_of_zero_is_set(play):
    assert moved(play(MOVES.format(rate=0.0, **CONSTANT), SetLearningRate())) == pytest.approx([0.01] * 40)
    zero = {"schedule": "s = torch.optim.lr_scheduler.LambdaLR(o, lambda at: at // 20)", "after": "s.step()"}
    out = play(MOVES.format(rate=0.5, **zero), SetLearningRate(), Schedule("warm-up"))
    assert out.applied[0]
    assert moved(out)[10:] == pytest.approx([0.5] * 30)
    assert play(MOVES.format(rate=0.5, **CONSTANT), SetLearningRate()).applied == [{}]


def test_an_optimiser_within_another_is_scheduled_once(play):
    code = """
class Outer(torch.optim.Optimizer):
    def __init__(self, inner):
        self.inner = inner
        super().__init__([p for g in inner.param_groups for p in g["params"]], {})
        self.param_groups = inner.param_groups
    def step(self, closure=None):
        self.inner.step()
w = nn.Parameter(torch.zeros(1))
o = Outer(torch.optim.SGD([w], lr=1.0))
w.sum().backward(); o.step(); print(w.item()); print(o.param_groups[0]["lr"])
"""
    assert [float(value) for value in play(code, Schedule("warm-up")).printed] == [-0.25, 1.0]


def test_clips_by_total_norm(play):
    code = """
w, v = nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(1))
o = torch.optim.SGD([{"params": [w]}, {"params": [v]}], lr=1.0)
(3 * w + 4 * v).sum().backward()
o.step()
print(w.item(), v.item())
"""
    out = play(code, ClipGradients())
    assert [float(value) for value in out.printed] == pytest.approx([-0.6, -0.8])
    assert play(code, ClipGradients(6.0)).applied == [{}]


def test_a_scaler_has_unscaled_before_it_clips(play):
    code = """
w = nn.Parameter(torch.zeros(1)); o = torch.optim.SGD([w], lr=1.0); scaler = torch.amp.GradScaler("cpu")
scaler.scale((0.5 * w).sum()).backward(); scaler.step(o); scaler.update(); print(w.item())
"""
    out = play(code, ClipGradients())
    assert (out.printed, out.applied) == (["-0.5"], [{}])


@pytest.mark.parametrize(
    "call", ["torch.nn.utils.clip_grad_norm_([w], 0.1)", "clip_grad_norm_([w], max_norm=0.1)",
             "clip_grad_norm_([w], 0.1, 2.0)", "torch.nn.utils.clip_grad_value_([w], 0.1)",
             "clip_grad_value_([w], clip_value=0.1)"],
)  # fmt: skip
def test_clipping_is_taken_out_and_still_measures(play, call):
    code = f"""
from torch.nn.utils import clip_grad_norm_, clip_grad_value_
w = nn.Parameter(torch.zeros(1)); (5 * w).sum().backward()
norm = {call}
print(w.grad.item(), 5.0 if norm is None else norm.item())
"""
    out = play(code, NoClipping())
    assert [float(value) for value in out.printed] == [5.0, 5.0]
    assert out.applied[0]


def test_full_precision(play):
    code = """
net = nn.Linear(2, 2); x = torch.randn(4, 2)
with torch.autocast("cpu", dtype=torch.bfloat16): y = net(x)
@torch.amp.autocast("cpu", dtype=torch.bfloat16)
def f(): return net(x)
scaler = torch.amp.GradScaler("cpu")
o = torch.optim.SGD(net.parameters(), lr=0.1)
loss = y.sum(); scaled = scaler.scale(loss); scaled.backward(); scaler.unscale_(o); scaler.step(o); scaler.update()
print(y.dtype, f().dtype, scaled.item() == loss.item(), scaler.is_enabled())
"""
    assert play(code, FullPrecision()).printed == ["torch.float32", "torch.float32", "True", "False"]
    assert play("print(1)", FullPrecision()).applied == [{}]


LOOP = """
import torch.nn.functional as F
net = nn.Linear(3, 1); x = torch.randn(16, 3); y = x.sum(1, keepdim=True)
o = torch.optim.SGD(net.parameters(), lr=0.1)
def fill(loss, parameters):
    parameters = list(parameters)
    for p, gradient in zip(parameters, torch.autograd.grad(loss, parameters)): p.grad = gradient
for i in range(40):
    {body}
print(loss.item())
"""
BODIES = {
    "no step": "o.zero_grad(); loss = F.mse_loss(net(x), y); loss.backward()",
    "cleared before step": "loss = F.mse_loss(net(x), y); loss.backward(); o.zero_grad(); o.step()",
    "no backward": "o.zero_grad(); loss = nn.MSELoss()(net(x), y); o.step()",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_moves_what_the_loop_does_not(play, body):
    code = LOOP.format(body=body)
    assert float(play(code).printed[0]) > 0.5
    out = play(code, UpdateWeights())
    assert float(out.printed[0]) < 0.1
    assert out.applied[0]


@pytest.mark.parametrize(
    "body", ["o.zero_grad(); loss = F.mse_loss(net(x), y); loss.backward(); o.step()",
             "loss = F.mse_loss(net(x), y); loss.backward(); (i % 8 == 7) and (o.step(), o.zero_grad())",
             "loss = F.mse_loss(net(x), y); fill(loss, net.parameters()); o.step()"],
    ids=["plain", "gathers gradients", "autograd.grad"],
)  # fmt: skip
def test_leaves_a_loop_alone_that_works(play, body):
    out = play(LOOP.format(body=body), UpdateWeights())
    assert out.applied == [{}]
    assert out.printed == play(LOOP.format(body=body)).printed


def test_a_network_that_is_done_with_is_not_moved(play):
    code = """
x = torch.randn(16, 3)
kept = []
for fold in range(2):
    net = nn.Linear(3, 1); o = torch.optim.SGD(net.parameters(), lr=0.01); kept.append((net, o))
    for i in range(20):
        o.zero_grad(); net(x).pow(2).mean().backward(); o.step()
"""
    assert play(code, UpdateWeights()).applied == [{}]


def test_moves_raw_tensors(play):
    code = """
x = torch.randn(50, 3); y = x @ torch.ones(3, 1); w = torch.zeros(3, 1, requires_grad=True)
for t in range(200):
    loss = ((x @ w - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        for p in [w]:
            {update}
    w.grad.zero_()
print(loss.item())
"""
    out = play(code.format(update="p = p - 0.01 * p.grad"), UpdateWeights(0.05))
    assert float(out.printed[0]) < 0.01
    assert play(code.format(update="p -= 0.01 * p.grad"), UpdateWeights()).applied == [{}]
