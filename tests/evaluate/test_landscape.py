"""The loss around a solution equals what is computed by hand."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from unstuck.core.errors import UsageError  # noqa: E402
from unstuck.evaluate.landscape import landscape, normalised, path_of_training  # noqa: E402


def squared(made, wanted):
    return ((made - wanted) ** 2).mean()


def test_a_direction_has_the_norm_of_each_filter_and_leaves_biases_alone():
    weights = {"w": torch.tensor([[3.0, 4.0], [0.0, 2.0]]), "c": torch.ones(2, 1, 3, 3), "b": torch.ones(2)}
    way = normalised(weights, torch.Generator().manual_seed(0))
    assert way["w"].norm(dim=1).tolist() == pytest.approx([5.0, 2.0])
    assert way["c"].flatten(1).norm(dim=1).tolist() == pytest.approx([3.0, 3.0])
    assert not way["b"].any()


def test_the_loss_on_a_line_is_that_of_a_parabola_and_the_network_is_left_as_it_was():
    model = nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        model.weight.fill_(2.0)
    x = torch.ones(4, 1)
    found = landscape(model, squared, [(x, 2 * x)], steps=5)  # the direction is ±2: the loss is (2 a)²
    assert found.losses == pytest.approx([4.0, 1.0, 0.0, 1.0, 4.0])
    assert model.weight.item() == 2.0
    two = landscape(nn.Sequential(nn.Linear(1, 3), nn.BatchNorm1d(3), nn.Linear(3, 1)), squared, [(x, x)],
                    directions=2, steps=3)  # fmt: skip
    assert two.losses.shape == (3, 3)
    with pytest.raises(UsageError, match="1 or 2"):
        landscape(model, squared, [(x, x)], directions=3)


def test_a_path_lies_where_the_checkpoints_were_and_has_their_losses():
    model = nn.Linear(2, 1, bias=False)
    states = [{"weight": torch.tensor([[a, b]])} for a, b in ((4.0, 0.0), (2.0, 1.0), (0.0, 0.0))]
    x = torch.eye(2)
    found = path_of_training(model, squared, [(x, torch.zeros(2, 1))], states, steps=41)
    distances = np.linalg.norm(found.path, axis=1)
    assert distances == pytest.approx([4.0, np.sqrt(5.0), 0.0], abs=1e-5)
    assert found.explained == pytest.approx(1.0)
    # in this plane the loss is half the squared distance from the end of the path
    grid = (found.x[None] ** 2 + found.y[:, None] ** 2) / 2
    assert found.losses == pytest.approx(grid, abs=1e-4)


def test_an_evaluation_keeps_the_landscape_and_the_page_shows_it(tmp_path):
    import unstuck
    from unstuck.record.events.model.inside import LossLandscape

    torch.manual_seed(0)
    model, x = nn.Linear(3, 2), torch.randn(60, 3)
    y = (x[:, 0] > 0).long()
    run = unstuck.evaluate(model, (x.numpy(), y.numpy()), landscape=True, dir=tmp_path)
    (event,) = [one for part in run.record.parts for one in part.of(LossLandscape)]
    assert event.line[20] == pytest.approx(nn.functional.cross_entropy(model(x), y).item(), abs=1e-5)
    assert event.square[6][6] == pytest.approx(event.line[20], abs=1e-5)
    assert "Loss in two random directions" in run.answer().html()
