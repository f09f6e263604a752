"""Activations, filters and embeddings: what is shown is what the layers computed."""

import base64
import io

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from unstuck.core.errors import UsageError  # noqa: E402
from unstuck.evaluate.inside.activations import activations, attention_of_convolutions, filters  # noqa: E402
from unstuck.evaluate.inside.embedding import embedding, hidden  # noqa: E402


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(72, 4), nn.ReLU(), nn.Linear(4, 3))


def test_each_layer_gives_what_it_computed_for_the_example():
    model, x = network(), torch.randn(3, 1, 8, 8)
    found = activations(model, x, example=2)
    assert [(one.layer, one.values.shape) for one in found] == [
        ("0", (2, 6, 6)), ("1", (2, 6, 6)), ("2", (72,)), ("3", (4,)), ("4", (4,)), ("5", (3,))]  # fmt: skip
    np.testing.assert_allclose(found[1].values, model[0](x)[2].clamp(min=0).detach().numpy(), rtol=1e-5)
    np.testing.assert_allclose(found[5].values, model(x)[2].detach().numpy(), rtol=1e-5)
    assert found[1].zeros == pytest.approx(float((model[0](x)[2] <= 0).float().mean()))


def test_the_attention_of_a_convolution_is_the_mean_power_of_its_channels():
    model = nn.Sequential(nn.Conv2d(1, 2, 1, bias=False))
    with torch.no_grad():
        model[0].weight.copy_(torch.tensor([1.0, -3.0]).reshape(2, 1, 1, 1))
    image = torch.tensor([[1.0, 2.0], [0.0, -1.0]])[None, None]
    found = attention_of_convolutions(model, image)
    assert found["0"] == pytest.approx(np.array([[5.0, 20.0], [0.0, 5.0]]))  # (x² + 9 x²) / 2
    assert attention_of_convolutions(model, image, power=1)["0"] == pytest.approx(np.array([[2.0, 4.0], [0.0, 2.0]]))


def test_pictures_of_filters_have_the_weights_as_grey_levels():
    pytest.importorskip("PIL")
    from PIL import Image

    model = network()
    with torch.no_grad():
        model[0].weight[0, 0] = torch.tensor([[1.0, 0.0, -1.0]] * 3)
        model[0].weight[1].zero_()
    shown = filters(model).figure()
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(shown.tiles[0].image))))
    assert pixels.shape == (30, 30)
    assert pixels[0, ::10].tolist() == [255, 128, 0]


def test_an_embedding_is_of_what_goes_into_the_last_layer():
    pytest.importorskip("sklearn")
    model, x = network(), torch.randn(40, 1, 8, 8)
    name, values = hidden(model, [x[:30], x[30:]])
    assert name == "5"
    np.testing.assert_allclose(values, model[:5](x).detach().numpy(), rtol=1e-4, atol=1e-6)
    found = embedding(model, [x], ["a", "b"] * 20)
    centred = values - values.mean(axis=0)
    variances = np.linalg.eigvalsh(centred.T @ centred)[::-1]
    assert found.explained == pytest.approx(variances[:2].sum() / variances.sum(), rel=1e-4)
    assert np.sort((found.points**2).sum(axis=0))[::-1] == pytest.approx(variances[:2], rel=1e-4)
    assert [curve.name for curve in found.figure().curves] == ["a", "b"]
    with pytest.raises(UsageError, match="needs more examples"):
        embedding(model, [x[:10]], method="t-SNE")
