"""standardise-input, standardise-target, scale-targets, squared-error-for-amounts, class-weights, output-bias."""

from __future__ import annotations

from typing import Any

import pytest

from unstuck.experiment.interventions.class_weights import ClassWeights
from unstuck.experiment.interventions.output_bias import OutputBias
from unstuck.experiment.interventions.scale_targets import ScaleTargets
from unstuck.experiment.interventions.squared_error_for_amounts import SquaredErrorForAmounts
from unstuck.experiment.interventions.standardise_input import StandardiseInput
from unstuck.experiment.interventions.standardise_target import StandardiseTarget

SPY = """
seen = []
def spy(module, arguments):
    seen.append(arguments[0])
"""


@pytest.mark.parametrize(
    ("layer", "data", "axis"),
    [
        ("nn.Linear(6, 2)", "torch.randn(40, 6) * torch.logspace(-2, 3, 6) + 50", 1),
        ("nn.Conv2d(3, 2, 3)", "torch.rand(10, 3, 8, 8) * 255", 1),
        ("nn.LSTM(4, 2, batch_first=True)", "torch.randn(5, 7, 4) * 30 + 9", 2),
    ],
)
def test_inputs_have_mean_zero_and_spread_one(play: Any, layer: str, data: str, axis: int) -> None:
    code = SPY + (
        f"x = {data}\nlayer = {layer}\nlayer.register_forward_pre_hook(spy)\nlayer(x)\n"
        f"rows = seen[0].movedim({axis}, -1).reshape(-1, x.shape[{axis}])\n"
        "print(rows.mean(0).abs().max().item(), rows.std(0, unbiased=False).min().item(), rows.std(0).max().item())"
    )
    mean, low, high = play(code, StandardiseInput()).numbers
    assert mean < 1e-3
    assert low > (0.05 if "logspace" in data else 0.99)
    assert high < 1.02


def test_nearly_constant_features_are_not_blown_up(play: Any) -> None:
    code = SPY + (
        "x = torch.randn(64, 8) * 10\nx[:, 0] = 0\nx[:, 1] = 0\nx[0, 1] = 0.01\n"
        "layer = nn.Linear(8, 2)\nlayer.register_forward_pre_hook(spy)\nlayer(x)\n"
        "x[:, :2] = 300\nlayer.eval()\nlayer(x)\n"
        "print(seen[0].abs().max().item(), seen[1].abs().max().item())"
    )
    first, later = play(code, StandardiseInput()).numbers
    assert first < 5
    assert later == 10


def test_hidden_layers_frozen_layers_and_numbers_of_words_stay(play: Any) -> None:
    code = (
        "frozen = nn.Linear(4, 4).requires_grad_(False)\nwords = nn.Embedding(9, 4)\nhidden = nn.Linear(4, 3)\n"
        "print(frozen(torch.ones(3, 4) * 50).sum().item(), hidden(words(torch.arange(9))).sum().item())"
    )
    done = play(code, StandardiseInput())
    assert done.told == [[]]
    assert done.numbers == play(code).numbers


@pytest.mark.parametrize("loss", ["mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"])
def test_standardised_targets_are_told_in_their_own_units(play: Any, loss: str) -> None:
    code = (
        "x = torch.randn(64, 3)\ny = 150 + 70 * x[:, 0]\nlayer = nn.Linear(3, 1)\n"
        "optimizer = torch.optim.Adam(layer.parameters(), lr=0.05)\n"
        "for step in range(150):\n"
        f"    loss = F.{loss}(layer(x).squeeze(1), y)\n"
        "    optimizer.zero_grad()\n    loss.backward()\n    optimizer.step()\n"
        "    if step in (0, 149): print(loss.item())\n"
        "print(F.mse_loss(layer(x).squeeze(1), y).item())"
    )
    first, last, _ = play(code, StandardiseTarget()).numbers
    assert first > 20
    assert last < 0.2 * first
    assert play(code).numbers[1] > 50


def test_gradient_is_that_of_standardised_targets(play: Any) -> None:
    code = (
        "x = torch.randn(64, 3)\ny = torch.stack([150 + 70 * x[:, 0], x[:, 1] / 50], 1)\nlayer = nn.Linear(3, 2)\n"
        "F.mse_loss(layer(x), y).backward()\nmine = layer.weight.grad.clone()\nlayer.zero_grad()\n"
        "(layer(x) + (y.mean(0) - y) / y.std(0, unbiased=False)).square().mean().backward()\n"
        "print((mine - layer.weight.grad).abs().max().item())"
    )
    assert play(code, StandardiseTarget()).numbers[0] < 1e-5


@pytest.mark.parametrize("activation", ["torch.sigmoid", "torch.tanh", "F.softplus"])
def test_targets_come_into_reach(play: Any, activation: str) -> None:
    code = (
        "x = torch.randn(64, 3)\ny = 30 + 7 * x[:, 0]\nlayer = nn.Linear(3, 1)\n"
        "optimizer = torch.optim.Adam(layer.parameters(), lr=0.05)\n"
        "for step in range(300):\n"
        f"    loss = F.mse_loss({activation}(layer(x)).squeeze(1), y)\n"
        "    optimizer.zero_grad()\n    loss.backward()\n    optimizer.step()\n"
        "print(loss.item() / y.var().item())"
    )
    assert play(code, ScaleTargets()).numbers[0] < 0.2
    assert play(code).numbers[0] > 1


def test_linear_outputs_reach_everything(play: Any) -> None:
    code = "x, layer = torch.randn(9, 3), nn.Linear(3, 1)\nprint(F.mse_loss(layer(x), x[:, :1]).item())"
    assert play(code, ScaleTargets()).told == [[]]


@pytest.mark.parametrize(
    ("loss", "told"),
    [
        ("F.binary_cross_entropy_with_logits(layer(x)[:, 0], 9 * x[:, 0])", True),
        ("F.cross_entropy(layer(x), 9 * x)", True),
        ("F.binary_cross_entropy_with_logits(layer(x)[:, 0], x[:, 0].sigmoid())", False),
        ("F.cross_entropy(layer(x), x.softmax(1))", False),
    ],
)
def test_amounts(play: Any, loss: str, told: bool) -> None:
    code = f"x, layer = torch.randn(32, 4), nn.Linear(4, 4)\nloss = {loss}\nloss.backward()\nprint(loss.item())"
    done = play(code, SquaredErrorForAmounts())
    assert bool(done.told[0]) == told
    assert (done.numbers == play(code).numbers) != told


RARE = (
    "x = torch.randn(400, 4)\ny = (torch.rand(400) < 0.1).long()\nlayer = nn.Linear(4, UNITS)\n"
    "nn.init.zeros_(layer.weight)\n"
    "for step in range(300):\n"
    "    loss = LOSS\n    layer.zero_grad()\n    loss.backward()\n"
    "    layer.weight.data -= 0.5 * layer.weight.grad\n    layer.bias.data -= 0.5 * layer.bias.grad\n"
    "share = y.float().mean()\nprint(loss.item(), (-share * share.log() - (1 - share) * (1 - share).log()).item())\n"
    "print((layer.bias[-1] - layer.bias[0] * (len(layer.bias) > 1)).item())"
)


@pytest.mark.parametrize(
    ("units", "loss"),
    [
        (2, "F.cross_entropy(layer(x), y)"), (2, "F.nll_loss(F.log_softmax(layer(x), 1), y)"),
        (1, "F.binary_cross_entropy_with_logits(layer(x).squeeze(1), y.float())"),
    ],
)
def test_weights_balance_the_answers_and_gain_nothing_by_that(play: Any, units: int, loss: str) -> None:
    done = play(RARE.replace("UNITS", str(units)).replace("LOSS", loss), ClassWeights())
    told, entropy, tilt = done.numbers
    assert done.told == [["classes weighed"]]
    assert abs(tilt) < 0.2
    assert told == pytest.approx(entropy, rel=0.06)


@pytest.mark.parametrize(
    ("units", "loss", "bias"),
    [
        (2, "F.cross_entropy(layer(x), y)", -0.847), (1, "F.mse_loss(layer(x)[:, 0], y.float() * 10)", 3.0),
        (2, "F.nll_loss(F.log_softmax(layer(x), 1), y)", -0.847),
        (1, "F.binary_cross_entropy(torch.sigmoid(layer(x)), y[:, None].float())", -0.847),
    ],
)
def test_bias_starts_at_the_constant_answer(play: Any, units: int, loss: str, bias: float) -> None:
    code = (
        f"x, y = torch.randn(400, 4), (torch.arange(400) % 10 < 3).long()\nlayer = nn.Linear(4, {units})\n"
        f"loss = {loss}\nprint((layer.bias[-1] - layer.bias[0] * (len(layer.bias) > 1)).item())\nloss.backward()"
    )
    assert play(code, OutputBias()).numbers[0] == pytest.approx(bias, abs=0.02)


@pytest.mark.parametrize("error", ["(layer(x)[:, 0] - y)", "(y - layer(x).squeeze(1))", "torch.sub(layer(x)[:, 0], y)"])
def test_errors_written_by_hand(play: Any, error: str) -> None:
    code = (
        "x = torch.randn(64, 3)\ny = 150 + 70 * x[:, 0]\nlayer = nn.Linear(3, 1)\n"
        f"loss = {error}.pow(2).mean()\nloss.backward()\nmine = layer.weight.grad.clone()\nlayer.zero_grad()\n"
        "bare = torch._C._nn.linear(x, layer.weight, layer.bias)[:, 0]\nmean, std = y.mean(), y.std(unbiased=False)\n"
        "other = (bare.detach() * std + mean).neg().add(y).square().mean()\n"
        "bare.mul(std).add(mean).div(std).add(-y / std).square().mean().backward()\n"
        "print((loss / other).item(), (mine - layer.weight.grad).abs().max().item())"
    )
    ratio, off = play(code, StandardiseTarget()).numbers
    assert ratio == pytest.approx(1)
    assert off < 1e-5
