from __future__ import annotations

import pytest

from unstuck.experiment.interventions.shuffle import Shuffle

BY_HAND = """
import torch.nn.functional as F
x = torch.arange(40.0).unsqueeze(1); y = torch.arange(40) // 4
net = nn.Linear(1, 10); o = torch.optim.SGD(net.parameters(), lr=1e-4)
own = F.cross_entropy.__wrapped__ if hasattr(F.cross_entropy, "__wrapped__") else F.cross_entropy
seen, matched = [], []
net.register_forward_hook(lambda module, given, out: seen.append(given[0].flatten().tolist()))
def held(out, target, *more, **options):
    matched.append((torch.tensor(seen[-1]) // 4).tolist() == target.tolist())
    return real(out, target, *more, **options)
for epoch in range(6):
    for i in range(0, 40, 4):
        o.zero_grad(); {step}
        loss.backward(); o.step()
"""
USUAL = "loss = F.cross_entropy(net(x[i:i + 4]), y[i:i + 4])"


def test_batches_cut_by_hand_are_mixed_and_stay_paired(play):
    code = BY_HAND.format(step=USUAL) + """
last = [set(int(v) // 4 for v in batch) for batch in seen[-10:]]
rows = set(v for batch in seen[-30:] for v in batch)
print(sum(len(labels) > 1 for labels in last) > 7, len(rows) > 30, torch.rand(1).item())
"""
    out = play(code, Shuffle())
    assert out.printed[:2] == ["True", "True"]
    assert out.applied[0]
    assert play(code).printed == ["False", "True", out.printed[2]]


@pytest.mark.parametrize(
    "call", ["nn.MSELoss()({0}, {1})", "nn.functional.mse_loss(input={0}, target={1})",
             "nn.functional.mse_loss({0}, target={1}, reduction='sum')"],
)  # fmt: skip
def test_targets_go_with_their_inputs(play, call):
    code = """
net = nn.Linear(1, 1); o = torch.optim.SGD(net.parameters(), lr=0.0)
with torch.no_grad(): net.weight.fill_(2.0); net.bias.fill_(0.0)
x = torch.randn(40, 1); worst = 0.0
for epoch in range(3):
    for i in range(0, 40, 8):
        o.zero_grad(); loss = CALL; loss.backward(); o.step()
        worst = max(worst, loss.item())
print(worst)
""".replace("CALL", call.format("net(x[i:i + 8])", "2 * x[i:i + 8]"))
    out = play(code, Shuffle())
    assert out.printed == ["0.0"]
    assert out.applied[0]


@pytest.mark.parametrize(
    "step", ["loss = ((net(x[i:i + 4]) - 1) ** 2).mean()",
             "loss = F.cross_entropy(net(x[i:i + 4]), y[i:i + 4]) + net(x).mean()",
             "loss = F.mse_loss(net(x[i:i + 4]), torch.tensor(1.0).expand(10))", "loss = F.cross_entropy(net(x), y)"],
    ids=["a loss by hand", "called twice", "a target for something else", "the whole set"],
)  # fmt: skip
def test_leaves_alone_what_it_does_not_understand(play, step):
    code = "import warnings; warnings.simplefilter('ignore')\n" + BY_HAND.format(step=step) + "print(loss.item())"
    out = play(code, Shuffle())
    assert out.applied == [{}]
    assert out.printed == play(code).printed


def test_an_evaluation_sees_its_own_data(play):
    code = BY_HAND.format(step=USUAL) + "with torch.no_grad(): net(x[:4]); F.cross_entropy(net(x[4:8]), y[4:8])\n"
    assert play(code + "print(seen[-1])", Shuffle()).printed == ["[4.0,", "5.0,", "6.0,", "7.0]"]
