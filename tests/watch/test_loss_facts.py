"""What went into a loss function, against definitions, for every function, option and shape that is measured."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from unstuck.watch.torch.losses import FUNCTIONS, MEASURED, counts, distinct, example_losses, loss_facts  # noqa: E402

F = torch.nn.functional


def call(function: str, *given: Any, **options: Any) -> tuple[Any, ...]:
    """The arguments in the order in which a graft hands them on: all parameters, defaults filled in."""
    import inspect

    bound = inspect.signature(getattr(F, function)).bind(*given, **options)
    bound.apply_defaults()
    return tuple(bound.arguments.values())


torch.manual_seed(3)
SCORES, CLASSES = torch.randn(9, 4), torch.tensor([0, 1, 2, 3, 1, 1, -100, 0, 2])
IMAGES, PIXELS = torch.randn(2, 3, 5, 4), torch.randint(0, 3, (2, 5, 4))
UNIT, BITS = torch.rand(7, 3), torch.randint(0, 2, (7, 3)).float()
NUMBERS, WANTED = torch.randn(8, 2), torch.randn(8, 2) * 3
CASES: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("cross_entropy", (SCORES, CLASSES), {}),
    ("cross_entropy", (SCORES, CLASSES), {"reduction": "sum", "label_smoothing": 0.1}),
    ("cross_entropy", (SCORES, CLASSES), {"weight": torch.tensor([1.0, 2, 3, 4]), "reduction": "none"}),
    ("cross_entropy", (IMAGES, PIXELS), {}),
    ("cross_entropy", (SCORES, torch.softmax(torch.randn(9, 4), 1)), {}),
    ("nll_loss", (torch.log_softmax(SCORES, 1), CLASSES), {"reduction": "sum"}),
    ("nll_loss", (torch.log_softmax(IMAGES, 1), PIXELS), {}),
    ("binary_cross_entropy", (UNIT, BITS), {"reduction": "sum"}),
    ("binary_cross_entropy", (UNIT, BITS), {"weight": torch.rand(7, 3)}),
    ("binary_cross_entropy_with_logits", (NUMBERS, torch.rand(8, 2)), {"pos_weight": torch.tensor([2.0, 3])}),
    ("mse_loss", (NUMBERS, WANTED), {"reduction": "sum"}),
    ("l1_loss", (NUMBERS, WANTED), {"reduction": "none"}),
    ("smooth_l1_loss", (NUMBERS, WANTED), {"beta": 0.3}),
    ("huber_loss", (NUMBERS, WANTED), {"delta": 0.4, "reduction": "sum"}),
]  # fmt: skip


@pytest.mark.parametrize(("function", "given", "options"), CASES, ids=lambda value: value if type(value) is str else "")
def test_the_mean_whatever_the_reduction(function: str, given: Any, options: dict[str, Any]) -> None:
    facts = loss_facts(function, call(function, *given, **options))
    wanted = getattr(F, function)(*given, **{**options, "reduction": "mean"})
    assert facts.mean == pytest.approx(float(wanted), rel=1e-6)
    assert facts.reduction == options.get("reduction", "mean")
    assert function in MEASURED


@pytest.mark.filterwarnings("ignore:Using a target size")
def test_the_mean_of_a_broadcast_loss() -> None:
    facts = loss_facts("mse_loss", call("mse_loss", NUMBERS[:, :1], WANTED[:, 0]))
    table = (NUMBERS[:, :1].numpy().astype(float) - WANTED[:, 0].numpy()[None]) ** 2
    assert facts.mean == pytest.approx(table.mean(), rel=1e-6)
    assert facts.broadcast == (8, 8)


def test_counts_of_pixels() -> None:
    facts = loss_facts("cross_entropy", call("cross_entropy", IMAGES, PIXELS))
    answers, wanted = IMAGES.numpy().argmax(1), PIXELS.numpy()
    for name, labels in (("labels", wanted), ("predicted", answers), ("hits", answers[answers == wanted])):
        classes, numbers = np.unique(labels, return_counts=True)
        assert getattr(facts, name) == dict(zip(classes.tolist(), numbers.tolist(), strict=True)), name


def test_one_hot_and_soft_targets() -> None:
    wanted = F.one_hot(CLASSES.clamp(0), 4).float()
    facts = loss_facts("cross_entropy", call("cross_entropy", SCORES, wanted))
    assert facts.one_hot is True
    assert facts.target_row_sum == (1, 1)
    assert facts.labels == counts(CLASSES.clamp(0))
    facts = loss_facts("cross_entropy", call("cross_entropy", SCORES, wanted * 0.7))
    assert facts.one_hot is False
    assert facts.target_row_sum == pytest.approx([0.7, 0.7])


def test_losses_of_examples() -> None:
    found = example_losses("cross_entropy", call("cross_entropy", SCORES, CLASSES))
    assert found is not None
    for row, label, loss in zip(SCORES.double().tolist(), CLASSES.tolist(), found, strict=True):
        if label < 0:
            assert math.isnan(loss)  # left out of the loss: it has none
        else:
            assert loss == pytest.approx(math.log(sum(map(math.exp, row))) - row[label], abs=1e-5)
    assert example_losses("cross_entropy", call("cross_entropy", IMAGES, PIXELS)) is None
    assert example_losses("mse_loss", call("mse_loss", NUMBERS, WANTED)) is None


def test_distinct_numbers() -> None:
    assert distinct(torch.tensor([1.0, 0.0, 1.0])) == ((0, 1), (1, 2))
    assert distinct(torch.randn(100)) is None
    assert distinct(torch.zeros(0)) is None
    assert distinct(torch.zeros(5000)) == ((0, 5000),)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_odd_arguments_never_raise(function: str) -> None:
    """Facts are taken of calls that torch refuses, too."""
    for given in (torch.zeros(0, 3), torch.zeros(()), torch.full((2, 3), math.nan), torch.arange(6).reshape(2, 3)):
        for wanted in (torch.zeros(0), torch.zeros(2, 3), torch.tensor([0, 1]), torch.tensor(5)):
            arguments = (given, wanted, wanted) if function in ("margin_ranking_loss",) else (given, wanted)
            facts = loss_facts(function, arguments)
            assert facts.function == function
            example_losses(function, arguments)
