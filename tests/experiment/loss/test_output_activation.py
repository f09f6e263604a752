"""remove-output-activation, remove-output-dropout, loss-on-scores, sigmoid-and-binary-loss."""

from __future__ import annotations

from typing import Any

import pytest

from unstuck.experiment.interventions.loss_on_scores import LossOnScores
from unstuck.experiment.interventions.remove_output_activation import RemoveOutputActivation
from unstuck.experiment.interventions.remove_output_dropout import RemoveOutputDropout
from unstuck.experiment.interventions.same_shape import SameShape
from unstuck.experiment.interventions.sigmoid_and_binary_loss import SigmoidAndBinaryLoss

CLASSES = "x, y = torch.randn(8, 5), torch.arange(8) % 3\nlayer = nn.Linear(5, 3)\n"
TWO = "x, y = torch.randn(8, 5), (torch.arange(8) % 2).float()\nlayer = nn.Linear(5, 1)\n"
BARE = "scores = torch._C._nn.linear(x, layer.weight, layer.bias)\n"


@pytest.mark.parametrize(
    "output",
    [
        "F.softmax(layer(x), dim=1)", "torch.softmax(layer(x), 1)", "layer(x).softmax(1)", "nn.Softmax(1)(layer(x))",
        "nn.Softmax(dim=-1)(layer(x)[:, :])", "torch.relu(layer(x))", "nn.ReLU(inplace=True)(layer(x))",
        "F.relu(input=layer(x))", "layer(x).clamp(min=0)", "torch.log_softmax(nn.ReLU()(layer(x)), 1)",
        "layer(x).unsqueeze(2).sigmoid().squeeze(2)", "nn.Sequential(layer, nn.Tanh(), nn.Softmax(1))(x)",
    ],
)
def test_cross_entropy_is_given_what_went_into_the_activation(play: Any, output: str) -> None:
    code = CLASSES + BARE + f"print(F.cross_entropy({output}, y).item(), F.cross_entropy(scores, y).item())"
    done = play(code, RemoveOutputActivation())
    assert done.numbers[0] == done.numbers[1]
    assert "undone" in done.told[0][0]


@pytest.mark.parametrize(
    "loss",
    [
        "F.cross_entropy(layer(x), y)", "F.cross_entropy(F.log_softmax(layer(x), 1), y)",
        "F.nll_loss(F.log_softmax(layer(x), 1), y)", "F.nll_loss(torch.log(F.softmax(layer(x), 1)), y)",
        "F.cross_entropy(layer(torch.relu(x)), y)", "F.cross_entropy(layer(x) + torch.softmax(x[:, :3], 1), y)",
    ],
)
def test_what_belongs_to_the_loss_stays(play: Any, loss: str) -> None:
    code = CLASSES + f"print({loss}.item())"
    done = play(code, RemoveOutputActivation())
    assert done.told == [[]]
    assert done.numbers == play(code).numbers


@pytest.mark.parametrize("axes", ["", "[..., None].expand(-1, -1, 2)"])
def test_a_softmax_by_hand_is_undone_by_the_logarithm(play: Any, axes: str) -> None:
    labels = "y" if not axes else "y[:, None].expand(-1, 2)"
    code = CLASSES + BARE + (
        f"def by_hand(z):\n    return z.exp() / z.exp().sum(1, keepdim=True)\n"
        f"print(F.cross_entropy(by_hand(layer(x)){axes}, {labels}).item())\nprint(F.cross_entropy(scores, y).item())"
    )
    done = play(code, RemoveOutputActivation())
    assert done.numbers[0] == pytest.approx(done.numbers[1], rel=1e-5)
    assert "by hand" in done.told[0][0]


@pytest.mark.parametrize(
    "scores", ["layer(x).exp()", "layer(x).exp() / layer(x).exp().sum(0)", "layer(x) / layer(x).sum(1, True)"]
)
def test_what_is_no_probability_stays(play: Any, scores: str) -> None:
    code = CLASSES + f"print(F.cross_entropy({scores}, y).item())"
    done = play(code, RemoveOutputActivation())
    assert done.told == [[]]
    assert done.numbers == play(code).numbers


def test_factor_and_shape_stay(play: Any) -> None:
    code = TWO + BARE + (
        "loss = F.mse_loss(10 * torch.sigmoid(layer(x)).squeeze(1), y)\n"
        "print(loss.item(), F.mse_loss(10 * scores.squeeze(1), y).item())"
    )
    done = play(code, RemoveOutputActivation())
    assert done.numbers[0] == pytest.approx(done.numbers[1])


def test_sigmoid_twice(play: Any) -> None:
    code = TWO + BARE + (
        "print(F.binary_cross_entropy_with_logits(torch.sigmoid(layer(x)).squeeze(1), y).item())\n"
        "print(F.binary_cross_entropy(torch.sigmoid(torch.sigmoid(layer(x))).squeeze(1), y).item())\n"
        "print(F.binary_cross_entropy_with_logits(scores.squeeze(1), y).item())"
    )
    first, second, right = play(code, RemoveOutputActivation()).numbers
    assert first == second == right


def test_gradient_reaches_the_layer(play: Any) -> None:
    code = TWO + BARE + (
        "F.mse_loss(torch.relu(layer(x) - 9).squeeze(1), y).backward()\nmine = layer.weight.grad.clone()\n"
        "layer.zero_grad()\nF.mse_loss((scores - 9).squeeze(1), y).backward()\n"
        "print((mine - layer.weight.grad).abs().max().item(), mine.abs().max().item())"
    )
    off, size = play(code, RemoveOutputActivation()).numbers
    assert off < 1e-5 < size


def test_targets_handed_first(play: Any) -> None:
    code = TWO + BARE + "print(F.l1_loss(y, layer(x).tanh().squeeze(1)).item(), F.l1_loss(y, scores.squeeze(1)).item())"
    first, right = play(code, RemoveOutputActivation()).numbers
    assert first == right


def test_dropout_on_the_output(play: Any) -> None:
    code = CLASSES + BARE + (
        "print(F.cross_entropy(nn.Dropout(0.5)(layer(x)), y).item(), F.cross_entropy(scores, y).item())\n"
        "print(torch.rand(1).item())"
    )
    done = play(code, RemoveOutputDropout())
    assert done.numbers[0] == done.numbers[1]
    assert done.numbers[2] == play(code).numbers[2]


@pytest.mark.parametrize("output", ["layer(x)", "F.softmax(layer(x), 1)"])
def test_scores_and_probabilities_into_nll(play: Any, output: str) -> None:
    code = CLASSES + BARE + f"print(F.nll_loss({output}, y).item(), F.cross_entropy(scores, y).item())"
    done = play(code, LossOnScores())
    assert done.numbers[0] == pytest.approx(done.numbers[1])
    assert done.told == [["nll_loss → cross_entropy on scores"]]


def test_scores_into_binary_loss_that_would_raise(play: Any) -> None:
    code = TWO + BARE + (
        "print(nn.BCELoss()(5 * layer(x).squeeze(1), y).item())\n"
        "print(nn.BCELoss()((5 * layer(x)).clamp(0, 1).squeeze(1), y).item())\n"
        "print(F.binary_cross_entropy_with_logits(5 * scores.squeeze(1), y).item())"
    )
    first, second, right = play(code, LossOnScores()).numbers
    assert first == second == right


def test_scores_into_divergence(play: Any) -> None:
    code = CLASSES + BARE + (
        "target = F.one_hot(y, 3) * 0.7 + 0.1\n"
        "print(F.kl_div(layer(x), target, reduction='batchmean').item())\n"
        "print(F.kl_div(F.log_softmax(scores, 1), target, reduction='batchmean').item())"
    )
    first, right = play(code, LossOnScores()).numbers
    assert first == pytest.approx(right)


@pytest.mark.parametrize(
    "loss",
    [
        "F.nll_loss(F.log_softmax(layer(x), 1), y)", "F.nll_loss(torch.log(F.softmax(layer(x), 1) + 1e-6), y)",
        "F.binary_cross_entropy(torch.sigmoid(layer(x)), F.one_hot(y, 3).float())",
        "F.kl_div(F.log_softmax(layer(x), 1), torch.full((8, 3), 1 / 3))",
    ],
)
def test_losses_in_order_stay(play: Any, loss: str) -> None:
    code = CLASSES + f"print({loss}.item())"
    done = play(code, LossOnScores())
    assert done.told == [[]]
    assert done.numbers == play(code).numbers


@pytest.mark.parametrize(
    "loss",
    [
        "F.binary_cross_entropy(torch.softmax(layer(x), dim=1).squeeze(1), y)",
        "F.cross_entropy(layer(x), y.long())", "F.cross_entropy(layer(x), y[:, None])",
    ],
)
def test_soft_maximum_over_one_unit(play: Any, loss: str) -> None:
    code = TWO + BARE + f"print({loss}.item(), F.binary_cross_entropy_with_logits(scores[:, 0], y).item())"
    done = play(code, SigmoidAndBinaryLoss())
    assert done.numbers[0] == pytest.approx(done.numbers[1])
    assert done.told[0]


@pytest.mark.parametrize("error", ["(layer(x).sigmoid()[:, 0] - y)", "(y - torch.relu(layer(x)).squeeze(1))"])
def test_error_written_by_hand(play: Any, error: str) -> None:
    code = TWO + BARE + f"print({error}.pow(2).mean().item(), F.mse_loss(scores[:, 0], y).item())"
    first, right = play(code, RemoveOutputActivation()).numbers
    assert first == pytest.approx(right)


def test_types_of_numbers_stay_types(play: Any) -> None:
    code = "print(torch.ones(1, dtype=torch.double).item(), torch.zeros(1, dtype=torch.float).item())"
    assert play(code, RemoveOutputActivation()).numbers == [1.0, 0.0]


@pytest.mark.parametrize("error", ["F.mse_loss(soft.squeeze(1), y)", "((soft.squeeze(1) - y) ** 2).mean()"])
def test_a_squared_error_of_a_softmax_over_one_unit_is_given_the_sigmoid_of_its_score(play: Any, error: str) -> None:
    code = TWO + BARE + (
        f"soft = torch.softmax(layer(x), 1)\nprint({error}.item())\n"
        "print(((scores.squeeze(1).sigmoid() - y) ** 2).mean().item())"
    )
    done = play(code, SigmoidAndBinaryLoss())
    assert done.numbers[0] == pytest.approx(done.numbers[1])
    assert done.told == [["sigmoid of the score of the one unit"]]


@pytest.mark.parametrize("first", [0, 1])
def test_two_changes_of_one_difference_act_together(play: Any, first: int) -> None:
    code = TWO + BARE + (
        "soft = torch.softmax(layer(x), 1)\nprint(((soft - y) ** 2).mean().item())\n"
        "print(((scores.squeeze(1).sigmoid() - y) ** 2).mean().item())"
    )
    both = [SigmoidAndBinaryLoss(), SameShape()]
    done = play(code, both[first], both[1 - first])
    assert done.numbers[0] == pytest.approx(done.numbers[1])
    assert all(done.told)
