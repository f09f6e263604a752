"""Attention that is seen equals what is computed by hand."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402

from unstuck.core.errors import UsageError  # noqa: E402
from unstuck.evaluate.inside.attention import attention_maps  # noqa: E402


class Scaled(nn.Module):
    """Two queries and two keys that are known."""

    def forward(self, x):
        return functional.scaled_dot_product_attention(x, 2 * x, x, is_causal=True)


def test_scaled_products_are_those_of_a_hand_computation():
    x = torch.tensor([[[1.0, 0.0], [0.0, 2.0]]])
    (found,) = attention_maps(Scaled(), x)
    # second query (0, 2): products with the keys (2, 0) and (0, 4) are 0 and 8, over √2
    other = math.exp(8 / math.sqrt(2))
    assert found.weights[0] == pytest.approx(np.array([[1.0, 0.0], [1 / (1 + other), other / (1 + other)]]))


class ByHand(nn.Module):
    """What multi-head attention is, written down slowly."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def weights(self, x):
        (count, width), heads = x.shape, self.layer.num_heads
        q, k, _ = (x @ self.layer.in_proj_weight.T + self.layer.in_proj_bias).split(width, dim=1)
        size = width // heads
        found = torch.zeros(heads, count, count)
        for head in range(heads):
            mine = slice(head * size, (head + 1) * size)
            for i in range(count):
                scores = torch.stack([q[i, mine] @ k[j, mine] / math.sqrt(size) for j in range(count)])
                found[head, i] = torch.exp(scores) / torch.exp(scores).sum()
        return found.detach().numpy()


class Attends(nn.Module):
    def __init__(self, **options):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.options = options

    def forward(self, x):
        return self.attention(x, x, x, **self.options)[0]


@pytest.mark.parametrize("options", [{}, {"need_weights": False}, {"average_attn_weights": False}], ids=str)
def test_multi_head_attention_is_that_of_a_hand_computation(options):
    torch.manual_seed(0)
    model, x = Attends(**options), torch.randn(3, 5, 8)
    (found,) = attention_maps(model, x, example=1)
    assert (found.layer, found.weights.shape) == ("attention", (2, 5, 5))
    np.testing.assert_allclose(found.weights, ByHand(model.attention).weights(x[1]), rtol=1e-5)


def test_encoder_layers_on_the_fast_path_are_seen_and_the_network_is_left_as_it_was():
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    model = nn.TransformerEncoder(layer, 2).eval()
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.3)
    x, state = torch.randn(2, 6, 8), torch.get_rng_state()
    mask = torch.tensor([[False] * 6, [False] * 4 + [True] * 2])
    before = model(x, src_key_padding_mask=mask)
    found = attention_maps(model, (x, None, mask), example=1)
    assert [one.layer for one in found] == ["layers.0.self_attn", "layers.1.self_attn"]
    np.testing.assert_allclose(
        found[0].weights[:, :4, :4], ByHand(model.layers[0].self_attn).weights(x[1, :4]), rtol=1e-4
    )
    assert found[0].weights[:, :, 4:].max() == 0
    assert found[0].weights.sum(axis=2) == pytest.approx(1.0)
    assert torch.equal(model(x, src_key_padding_mask=mask), before)
    assert torch.equal(torch.get_rng_state(), state)
    assert not model.training
    assert torch.backends.mha.get_fastpath_enabled()
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


class Additive(nn.Module):
    """A decoder of three steps whose weights are a softmax over a batch of four memories."""

    def __init__(self):
        super().__init__()
        self.score = nn.Linear(4, 1)

    def forward(self, memory):
        state, found = memory.mean(dim=1), []
        for _ in range(3):
            weights = torch.softmax(self.score(torch.tanh(memory + state[:, None])).squeeze(2), dim=1)
            state = torch.bmm(weights[:, None], memory).squeeze(1)
            found.append(weights)
        self.known = torch.stack(found, dim=1)
        return torch.softmax(state, dim=1)


def test_attention_written_by_hand_has_a_row_for_each_step_and_a_last_softmax_is_none():
    torch.manual_seed(0)
    model, memory = Additive(), torch.randn(2, 5, 4)
    (found,) = attention_maps(model, memory, keys=list("abcde"), queries=["x", "y", "z"])
    with torch.no_grad():
        model(memory)
    np.testing.assert_allclose(found.weights[0], model.known[0].numpy(), rtol=1e-6)
    assert (found.keys, found.queries) == (tuple("abcde"), ("x", "y", "z"))
    assert found.figure().columns == tuple("abcde")


def test_patches_of_an_image_are_put_back_in_their_place():
    torch.manual_seed(0)
    (found,) = attention_maps(Attends(), torch.randn(1, 10, 8))
    image = found.as_image()
    assert image.shape == (2, 3, 3)
    np.testing.assert_array_equal(image[1, 2], found.weights[1, 0, 7:10])


def test_a_network_without_attention_is_refused_in_one_sentence():
    with pytest.raises(UsageError, match="No attention was seen"):
        attention_maps(nn.Linear(2, 2), torch.zeros(1, 2))


@pytest.mark.slow
@pytest.mark.parametrize("implementation", ["sdpa", "eager"])
def test_models_of_transformers_give_what_they_say_themselves(implementation):
    transformers = pytest.importorskip("transformers")
    settings = transformers.BertConfig(
        vocab_size=30, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=16,
    )  # fmt: skip
    torch.manual_seed(0)
    settings._attn_implementation = implementation
    model = transformers.BertModel(settings).eval()
    ids = torch.tensor([[3, 4, 5, 6, 0]])
    given = {"input_ids": ids, "attention_mask": torch.tensor([[1, 1, 1, 1, 0]])}
    found = attention_maps(model, given)
    settings._attn_implementation = "eager"
    says = model(**given, output_attentions=True).attentions
    assert len(found) == len(says) == 2
    for one, other in zip(found, says, strict=True):
        np.testing.assert_allclose(one.weights, other[0].detach().numpy(), atol=1e-6)
