from __future__ import annotations

import pytest

from unstuck.experiment.interventions.clip_gradients import ClipGradients
from unstuck.experiment.interventions.learning_rate import LearningRate
from unstuck.experiment.interventions.zero_grad import ZeroGrad

LOOP = """
w = torch.zeros(2, requires_grad=True)
for step in range(3):
    loss = (w * torch.tensor([3.0, 4.0])).sum()
    loss.backward()
    with torch.no_grad():
        {update}
    {clear}
print(*w.tolist())
"""
DOT = "w -= w.grad"
DATA = "w.data -= w.grad"
ANEW = "w = (w - w.grad).detach().requires_grad_()"


@pytest.mark.parametrize(("update", "clear"), [(DOT, "w.grad = None"), (DATA, "w.grad.zero_()"), (ANEW, "")])
def test_rate_and_clipping_of_tensors_moved_by_hand(play, update, clear):
    code = LOOP.format(update=update, clear=clear)
    out = play(code, LearningRate(0.1))
    assert [float(value) for value in out.printed] == pytest.approx([-0.9, -1.2])
    assert out.applied[0]
    out = play(code, ClipGradients())
    assert [float(value) for value in out.printed] == pytest.approx([-1.8, -2.4])
    assert play(code, ClipGradients(10.0)).applied == [{}]


@pytest.mark.parametrize("update", [DOT, DATA])
def test_gradients_that_nobody_clears(play, update):
    code = LOOP.format(update=update, clear="")
    assert [float(value) for value in play(code).printed] == [-18.0, -24.0]
    out = play(code, ZeroGrad())
    assert [float(value) for value in out.printed] == [-9.0, -12.0]
    assert out.applied[0]


@pytest.mark.parametrize(("update", "clear"), [(DOT, "w.grad = None"), (ANEW, ""), ("pass", "")])
def test_nothing_to_clear(play, update, clear):
    code = LOOP.format(update=update, clear=clear)
    out = play(code, ZeroGrad())
    assert out.applied == [{}]
    assert out.printed == play(code).printed


def test_a_script_with_an_optimiser_is_scaled_once(play):
    code = """
w = nn.Parameter(torch.zeros(1)); o = torch.optim.SGD([w], lr=1.0)
w.sum().backward(); o.step(); print(w.item())
"""
    assert float(play(code, LearningRate(0.5)).printed[0]) == -0.5
