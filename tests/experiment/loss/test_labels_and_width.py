"""label-encoding, output-width, cross-entropy-for-classes, same-shape."""

from __future__ import annotations

from typing import Any

import pytest

from unstuck.experiment.interventions.cross_entropy_for_classes import CrossEntropyForClasses
from unstuck.experiment.interventions.label_encoding import LabelEncoding
from unstuck.experiment.interventions.output_width import OutputWidth
from unstuck.experiment.interventions.same_shape import SameShape

CLASSES = "x, y = torch.randn(9, 5), torch.arange(9) % 3\nlayer = nn.Linear(5, 3)\n"
TWO = "x, y = torch.randn(8, 5), (torch.arange(8) % 2).float()\nlayer = nn.Linear(5, 1)\n"
TRAIN = """
optimizer = torch.optim.Adam(layer.parameters(), lr=0.05)
for step in range(STEPS):
    loss = LOSS
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step in (0, STEPS - 1):
        print(loss.item())
"""


def training(head: str, loss: str, steps: int = 200) -> str:
    return head + TRAIN.replace("LOSS", loss).replace("STEPS", str(steps))


@pytest.mark.parametrize(
    "labels",
    ["F.one_hot(y, 3)", "y[:, None]", "y.float()", "y.int()", "y[:, None].float()", "F.one_hot(y, 3).float()"],
)
def test_forms_of_class_numbers(play: Any, labels: str) -> None:
    code = CLASSES + f"print(F.cross_entropy(layer(x), {labels}).item(), F.cross_entropy(layer(x), y).item())"
    first, right = play(code, LabelEncoding()).numbers
    assert first == pytest.approx(right)


def test_labels_from_one_keep_what_was_learned_before_the_highest_came(play: Any) -> None:
    code = CLASSES + (
        "bare = torch._C._nn.cross_entropy_loss\nz = y + 1\nlow = z < 3\n"
        "print(F.cross_entropy(layer(x[low]), z[low]).item(), bare(layer(x[low]), z[low]).mean().item())\n"
        "print(F.cross_entropy(layer(x), z).item(), bare(layer(x), torch.tensor([1, 2, 0] * 3)).mean().item())"
    )
    first, same, second, right = play(code, LabelEncoding()).numbers
    assert first == same
    assert second == pytest.approx(right)


def test_gaps_and_markers(play: Any) -> None:
    code = CLASSES + "z = torch.tensor([0, 40, 7])[y]\nprint(F.cross_entropy(layer(x), z).item())\n"
    assert play(code, LabelEncoding()).told[0]
    code = CLASSES + (
        "z = y.clone()\nz[0] = 255\nprint(F.cross_entropy(layer(x), z).item())\n"
        "print(F.cross_entropy(layer(x[1:]), y[1:]).item())"
    )
    first, right = play(code, LabelEncoding("ignore")).numbers
    assert first == pytest.approx(right)


@pytest.mark.parametrize("labels", ["2 * y - 1", "y + 1", "y.long()"])
def test_binary_labels(play: Any, labels: str) -> None:
    code = TWO + (
        f"print(F.binary_cross_entropy_with_logits(layer(x)[:, 0], {labels}).item())\n"
        "print(torch.binary_cross_entropy_with_logits(layer(x)[:, 0], y).mean().item())"
    )
    first, right = play(code, LabelEncoding()).numbers
    assert first == pytest.approx(right)


def test_several_classes_at_once(play: Any) -> None:
    code = CLASSES + (
        "many = torch.tensor([[1., 1., 0.], [0., 1., 1.], [0., 0., 1.]]).repeat(3, 1)\n"
        "print(F.cross_entropy(layer(x), many).item(), F.binary_cross_entropy_with_logits(layer(x), many).item())"
    )
    first, right = play(code, LabelEncoding()).numbers
    assert first == right


@pytest.mark.parametrize(
    "loss",
    [
        "F.cross_entropy(layer(x), y)", "F.cross_entropy(layer(x), torch.full((9, 3), 1 / 3))",
        "F.cross_entropy(layer(x), y.masked_fill(y == 0, -100))", "F.mse_loss(layer(x), torch.randn(9, 3))",
        "F.binary_cross_entropy_with_logits(layer(x), torch.full((9, 3), 0.3))",
    ],
)
def test_labels_in_order_stay(play: Any, loss: str) -> None:
    code = CLASSES + f"print({loss}.item())"
    done = play(code, LabelEncoding())
    assert done.told == [[]]
    assert done.numbers == play(code).numbers


def test_units_are_added_and_trained(play: Any) -> None:
    head = "x = torch.eye(6).repeat(4, 1)\ny = torch.arange(24) % 6\nlayer = nn.Sequential(nn.Linear(6, 4))\n"
    head += "state = torch.get_rng_state()\n"
    code = training(head, "F.nll_loss(F.log_softmax(layer(x), dim=1), y)")
    code += "print(len(list(layer.parameters())), len(optimizer.param_groups[0]['params']))\n"
    code += "print(int(torch.equal(state, torch.get_rng_state())))\n"
    done = play(code, OutputWidth())
    first, last, own, trained, undisturbed = done.numbers
    assert last < 0.1 < first
    assert own == trained == 4
    assert done.told == [["4 units → 6"]]
    assert undisturbed


def test_units_too_many_are_left_out(play: Any) -> None:
    code = CLASSES + (
        "wide = nn.Linear(5, 50)\nprint(F.cross_entropy(wide(x), y).item(), F.cross_entropy(wide(x)[:, :3], y).item())"
    )
    first, right = play(code, OutputWidth()).numbers
    assert first == right


def test_three_labels_for_one_unit(play: Any) -> None:
    code = training(
        "x = torch.eye(3).repeat(8, 1)\ny = torch.arange(24) % 3\nlayer = nn.Linear(3, 1)\n",
        "F.binary_cross_entropy(torch.sigmoid(layer(x)).squeeze(1), y.float())",
    )
    done = play(code, OutputWidth())
    assert done.numbers[-1] < 0.1


def test_units_for_every_column(play: Any) -> None:
    code = training("x = torch.randn(20, 5)\ny = x[:, :3]\nlayer = nn.Linear(5, 1)\n", "F.mse_loss(layer(x), y)", 400)
    assert play(code, OutputWidth()).numbers[-1] < 0.01


def test_one_unit_for_one_number_where_the_shapes_raise(play: Any) -> None:
    head = "x = torch.randn(20, 5)\ny = x[:, 0]\nlayer = nn.Linear(5, 3)\n"
    done = play(training(head, "F.mse_loss(layer(x), y)", 400), OutputWidth())
    assert done.numbers[-1] < 0.01
    assert done.told == [["3 units → 1"]]


def test_shapes_that_broadcast_are_let_be(play: Any) -> None:
    code = "x, y = torch.randn(3, 5), torch.randn(3)\nlayer = nn.Linear(5, 3)\nprint(F.mse_loss(layer(x), y).item())"
    assert play(code, OutputWidth()).told == [[]]


@pytest.mark.parametrize("answer", ["layer(x).squeeze(1)", "nn.Flatten(0)(layer(x))", "layer(x).relu()[:, 0]"])
def test_cross_entropy_for_class_numbers_is_told_as_squared_error(play: Any, answer: str) -> None:
    code = training(
        "x = torch.eye(5).repeat(8, 1)\ny = (torch.arange(40) * 3) % 5\nlayer = nn.Linear(5, 1)\n",
        f"F.mse_loss({answer}, y.float())", 300,
    )
    done = play(code, CrossEntropyForClasses())
    first, last = done.numbers
    assert last < 0.05 < 0.5 < first
    assert done.told == [["5 units and cross-entropy"]]


def test_the_only_unit_of_two_classes_rises_with_the_second(play: Any) -> None:
    code = training(
        "x = torch.eye(2).repeat(20, 1)\ny = torch.arange(40) % 2\nlayer = nn.Linear(2, 1)\n",
        "F.mse_loss(layer(x).squeeze(1), y.float())", 300,
    ) + "\nwith torch.no_grad():\n    print((layer(torch.eye(2))[1] - layer(torch.eye(2))[0]).item())\n"
    assert play(code, CrossEntropyForClasses()).numbers[-1] > 1


def test_amounts_are_no_classes(play: Any) -> None:
    code = TWO + "print(F.mse_loss(layer(x)[:, 0], torch.randn(8)).item())"
    assert play(code, CrossEntropyForClasses()).told == [[]]


@pytest.mark.parametrize(
    "loss",
    [
        "F.mse_loss(layer(x), y)", "F.l1_loss(y, layer(x))", "F.huber_loss(layer(x), y)",
        "F.binary_cross_entropy_with_logits(layer(x), y)", "(layer(x) - y).pow(2).mean()",
        "(y - layer(x)).abs().mean()", "torch.sub(layer(x), y).square().mean()",
    ],
)
def test_shapes(play: Any, loss: str) -> None:
    code = TWO + f"print({loss}.item(), {loss.replace('layer(x)', 'layer(x)[:, 0]')}.item())"
    done = play(code, SameShape())
    first, right = done.numbers
    assert first == pytest.approx(right)
    assert done.told[0]


def test_differences_of_all_pairs_stay(play: Any) -> None:
    code = TWO + (
        "h = layer(x)[:, 0]\nprint((h[:, None] - h[None]).abs().mean().item(), (y[:, None] - y).abs().mean().item())\n"
        "print(F.mse_loss(layer(x)[:, 0], y).item())"
    )
    done = play(code, SameShape())
    assert done.told == [[]]
    assert done.numbers == play(code).numbers
