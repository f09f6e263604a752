"""`unstuck evaluate --inside ROW`: what the record keeps, and what the page shows of it."""

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("captum")

from torch import nn  # noqa: E402

import unstuck  # noqa: E402
from unstuck.record.events.model.inside import (  # noqa: E402
    ClassPreference,
    EmbeddedExamples,
    InsideImages,
    InsideMap,
    InsideShares,
)


def of(run, kind):
    return [event for part in run.record.parts for event in part.of(kind)]


def test_images_have_feature_maps_filters_attribution_and_preferred_examples(tmp_path):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(48, 2))
    x, y = torch.rand(40, 1, 6, 6), torch.arange(40) % 2
    run = unstuck.evaluate(model, (x.numpy(), y.numpy()), inside=7, dir=tmp_path)
    images = of(run, InsideImages)
    assert {one.what for one in images} == {"attribution", "feature maps", "filters", "attention"}
    assert [one.captions for one in images if one.what == "attribution"] == [
        ("the input", "occlusion", "gradient × input")]  # fmt: skip
    scores = model(x).softmax(dim=1)
    assert [one.rows[0] for one in of(run, ClassPreference)] == scores.argmax(dim=0).tolist()
    assert [one.method for one in of(run, EmbeddedExamples)] == ["PCA"]
    page = run.answer().html()
    assert "Inside the network" in page
    assert "Filters of 0" in page
    assert "Where the convolutions respond" in page


class Reads(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(9, 8)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.head = nn.Linear(8, 2)

    def forward(self, tokens):
        x = self.words(tokens)
        return self.head(self.attention(x, x, x, need_weights=False)[0].mean(dim=1))


def test_tokens_have_attention_maps_with_names_and_shares(tmp_path):
    torch.manual_seed(0)
    tokens, labels = torch.randint(0, 9, (40, 5)), torch.arange(40) % 2
    run = unstuck.evaluate(Reads(), (tokens.numpy(), labels.numpy()), inside=[3], dir=tmp_path)
    (found,) = of(run, InsideMap)
    assert (found.layer, found.heads, found.columns) == ("attention", 2, tuple(str(int(one)) for one in tokens[3]))
    assert [sum(line) for line in found.cells] == pytest.approx([1.0] * 5, abs=1e-3)
    assert {one.method for one in of(run, InsideShares)} == {"occlusion", "gradient × input"}
    assert "Attention of attention, row 3" in run.answer().html()


def test_a_row_that_was_not_predicted_is_said(tmp_path):
    from unstuck.record.events.model.base import NotEvaluated

    x, y = torch.rand(40, 3), torch.arange(40) % 2
    run = unstuck.evaluate(nn.Linear(3, 2), (x.numpy(), y.numpy()), inside=99, dir=tmp_path)
    assert any("row 99" in one.why for one in of(run, NotEvaluated))
