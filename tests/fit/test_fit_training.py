"""One training: the rate over the steps, the weights that are kept, the same again, and what regularisation touches."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from unstuck.core.data_types import Form, Task
from unstuck.fit.preparation import Preparation
from unstuck.fit.recipe import Recipe, first_recipe, reasons
from unstuck.fit.tables import CategoryColumn, NumberColumn

pytestmark = pytest.mark.programs
NUMBERS = tuple(
    NumberColumn(name=name, how="standard", why="", mean=0, spread=1, fill=0, range=(0, 1)) for name in "ab"
)
CATEGORY = CategoryColumn(name="c", values=("x", "y"), width=2)
PREPARATION = Preparation(
    task=Task.BINARY, form=Form.TABLE, classes=("n", "y"), numbers=NUMBERS, categories=(CATEGORY,)
)
RECIPE = Recipe(structure="dense", width=16, depth=1, rate=1e-2, batch_size=16, steps=200)
ROWS, HELD = np.arange(90), np.arange(90, 120)


def examples():
    import torch

    from unstuck.fit.training import Examples

    random = np.random.default_rng(0)
    x = random.normal(size=(120, 3)).astype(np.float32)
    x[:, 2] = random.integers(0, 3, 120)
    y = (x[:, 0] + (x[:, 2] == 2) + 0.7 * random.normal(size=120) > 0.8).astype(np.int64)
    return Examples(x=torch.as_tensor(x), y=torch.as_tensor(y), task=Task.BINARY)


def trained(recipe: Recipe, seed: int = 0):
    from unstuck.fit.networks.build import build
    from unstuck.fit.training import train

    network = build(recipe, PREPARATION, np.array([0.5, 0.5]), seed)
    return train(network, recipe, examples(), ROWS, HELD, seed)


def test_the_rate_rises_then_falls_in_a_cosine():
    from unstuck.fit.training import _set_rate

    optimizer = SimpleNamespace(param_groups=[{"lr": 0.0}])
    seen = {}
    for step in (5, 10, 105, 200):
        _set_rate(optimizer, RECIPE, step)
        seen[step] = optimizer.param_groups[0]["lr"]
    assert seen == pytest.approx({5: 0.005, 10: 0.01, 105: 0.01 * (0.01 + 0.99 / 2), 200: 1e-4})


def test_the_weights_with_the_lowest_held_out_loss_are_kept():
    from unstuck.fit.training import loss_of, outputs_of

    found = trained(RECIPE.with_changes({"rate": 0.1, "width": 64}))
    given = examples()
    x, y = given.take(HELD)
    value = float(loss_of(given.task, outputs_of(found.network, x), y))
    assert value == pytest.approx(found.held_loss, rel=1e-5)
    assert found.held_loss == min(one[2] for one in found.curve)
    assert found.best_step < found.steps
    assert found.steps - found.best_step <= 0.4 * 200 + 10  # the patience, and a look


def test_the_same_seed_gives_the_same_weights_and_another_one_others():
    import torch

    first, again, other = trained(RECIPE), trained(RECIPE), trained(RECIPE, 1)
    pairs = list(zip(first.network.parameters(), again.network.parameters(), strict=True))
    assert all(torch.equal(a, b) for a, b in pairs)
    assert first.curve == again.curve
    assert first.curve != other.curve


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [{"noise": 50.0}, {"dropout": 0.5}, {"weight_decay": 0.1}, {"label_smoothing": 0.1}, {"class_weights": True},
     {"norm": "batch"}, {"norm": "layer"}],
    ids=lambda one: next(iter(one)),
)  # fmt: skip
def test_each_regulariser_changes_the_training_and_leaves_codes_of_categories_alone(changes):
    plain, changed = trained(RECIPE), trained(RECIPE.with_changes(changes))
    assert plain.curve != changed.curve
    assert np.isfinite(changed.held_loss)


def test_class_weights_are_the_root_of_the_inverse_shares_with_a_mean_of_one():
    import torch

    from unstuck.fit.training import Examples, _class_weights

    given = Examples(x=torch.zeros(100, 1), y=torch.tensor([0] * 80 + [1] * 20), task=Task.BINARY)
    weights = _class_weights(given, np.arange(100))
    assert float(weights[1] / weights[0]) == pytest.approx(2)  # √(80 / 20)
    assert float((weights * torch.tensor([80, 20])).sum()) == pytest.approx(100)


def test_images_are_shifted_by_a_tenth_at_the_most_and_mirrored():
    import torch

    from unstuck.fit.networks.augment import augmented

    torch.manual_seed(0)
    x = torch.zeros(4, 1, 20, 20, dtype=torch.uint8)
    x[:, :, 10, 10] = 255
    for _ in range(20):
        places = augmented(x, "shift").nonzero()
        assert (places[:, 2:] - 10).abs().max() <= 2
    x = torch.arange(3.0).repeat(64, 1, 1, 1)
    kinds = {tuple(one.flatten().tolist()) for one in augmented(torch.cat([x] * 4, 2).repeat(1, 1, 1, 4), "shift-flip")}
    assert len(kinds) == 2


@pytest.mark.parametrize(
    ("structure", "task", "rows", "width", "batch"),
    [("dense", Task.BINARY, 500, 32, 32), ("dense", Task.REGRESSION, 5000, 32, 64),
     ("images", Task.MULTI_CLASS, 60_000, 16, 256),
     ("dense", Task.BINARY, 60, 32, 15)],
)  # fmt: skip
def test_the_first_network_follows_the_rules_of_thumb(structure, task, rows, width, batch):
    made = first_recipe(structure, task, rows, outputs=2, inputs=13, steps=100)
    assert (made.width, made.batch_size) == (width, batch)
    assert set(reasons(made, rows)) == set(Recipe.__dataclass_fields__)
    assert not made.regularisation.replace("batch norm", "")
