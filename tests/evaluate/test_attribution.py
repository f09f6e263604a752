"""Attribution equals what is computed by hand on networks small enough for it."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("captum")

from torch import nn  # noqa: E402

from unstuck.core.errors import UsageError  # noqa: E402
from unstuck.evaluate.inside.attribution import gradients, occlusion  # noqa: E402


def linear():
    model = nn.Linear(3, 2)
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[1.0, -2.0, 0.5], [3.0, 1.0, -1.0]]))
        model.bias.zero_()
    return model


def test_gradient_times_input_and_occlusion_of_a_linear_network_are_weight_times_input():
    x = torch.tensor([[9.0, 9.0, 9.0], [2.0, 1.0, 4.0]])
    made = gradients(linear(), x, example=1), occlusion(linear(), x, example=1)
    for found in (*made, gradients(linear(), x, example=1, integrated=True)):
        assert (found.target, found.output) == (1, pytest.approx(3.0))  # 6 + 1 − 4, against 2 − 2 + 2
        assert found.values == pytest.approx(np.array([6.0, 1.0, -4.0]), abs=1e-5)
    assert gradients(linear(), x, example=1, target=0).values == pytest.approx(np.array([2.0, -2.0, 2.0]))


class Squares(nn.Module):
    """The sum of the squares of an image's pixels, and nothing."""

    def forward(self, x):
        total = (x**2).sum(dim=(1, 2, 3))
        return torch.stack([total, torch.zeros_like(total)], dim=1)


def test_occlusion_of_an_image_is_what_its_patch_added():
    image = torch.arange(1.0, 17.0).reshape(1, 1, 4, 4)
    found = occlusion(Squares(), image, patch=2, target=0)
    # the upper left square holds 1, 2, 5, 6: without it the sum is lower by 1 + 4 + 25 + 36
    squares = np.array([[66.0, 138.0], [546.0, 746.0]])
    assert found.image == pytest.approx(squares.repeat(2, axis=0).repeat(2, axis=1))
    assert gradients(Squares(), image, target=0).image == pytest.approx(2 * image[0, 0].numpy() ** 2)
    assert gradients(Squares(), image, target=0, integrated=True, steps=64).image == pytest.approx(
        image[0, 0].numpy() ** 2, rel=1e-3)  # fmt: skip


class Bag(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding.from_pretrained(torch.tensor([[0.0], [1.0], [5.0]]))

    def forward(self, tokens):
        return self.words(tokens).sum(dim=1)


def test_tokens_are_covered_one_after_another_and_have_gradients_at_their_embeddings():
    tokens, names = torch.tensor([[1, 2, 1]]), ("a", "film", "here")
    for found in (occlusion(Bag(), tokens, names=names), gradients(Bag(), tokens, names=names)):
        assert found.values == pytest.approx(np.array([1.0, 5.0, 1.0]))
        assert found.target is None
        assert found.figure().bars[0].name == "film"


def test_the_network_is_left_as_it_was():
    model = nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.5), nn.BatchNorm1d(4), nn.Linear(4, 2)).train()
    before = {name: one.clone() for name, one in model.state_dict().items()}
    gradients(model, torch.randn(5, 3))
    assert model.training
    assert all(one.requires_grad and one.grad is None for one in model.parameters())
    assert all(torch.equal(one, before[name]) for name, one in model.state_dict().items())


@pytest.mark.parametrize(("target", "example", "words"), [(2, 0, "2 outputs"), (0, 7, "1 examples")], ids=str)
def test_what_does_not_exist_is_refused(target, example, words):
    with pytest.raises(UsageError, match=words):
        gradients(linear(), torch.zeros(1, 3), target=target, example=example)
