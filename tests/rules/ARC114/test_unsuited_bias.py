from __future__ import annotations

import pytest

from unstuck.analysis.data.view import datasets
from unstuck.record.events.data.sequences import Structure
from unstuck.record.events.data.splits import Split
from unstuck.rules.families.arc.unsuited_bias import UnsuitedBias
from unstuck.testing import synthetic


def findings(path, shape=(), **facts):
    event = Structure(
        **{"split": 0, "what": "grid", "shape": (8, 8), "correlation": 0.5, "far_correlation": 0.1, "score": 0.9,
           "permuted_score": 0.8, "plain_score": 0.85, "shifted_score": 0.4, "majority": 0.1, "gain_low": 0.05,
           "looked_at": 500, **facts}
    )  # fmt: skip
    (view,) = datasets(synthetic.data_record(path, [Split(id=0, rows=500, shape=shape)], [event]))
    return list(UnsuitedBias().check(view))


def test_the_message_has_the_numbers(tmp_path):
    (finding,) = findings(tmp_path)
    assert finding.message.startswith("neighbouring pixels of the 8 × 8 columns belong together (correlation 0.5, 0.1 ")
    assert "if shifted by one 0.4" in finding.message
    assert {item.key: item.value for item in finding.evidence}["gain"] == pytest.approx(0.1)


@pytest.mark.parametrize("what", ["image", "grid", "series", "text"])
def test_each_structure_has_its_remedy(what, tmp_path):
    (finding,) = findings(tmp_path, what=what)
    assert finding.remedies[0].code


@pytest.mark.parametrize(
    "facts",
    [
        {"correlation": 0.15, "gain_low": 0.0}, {"far_correlation": 0.4, "gain_low": 0.0},
        {"score": 0.11, "plain_score": 0.1, "gain_low": 0.0},
    ],
)  # fmt: skip
def test_no_structure_is_silent(facts, tmp_path):
    assert not findings(tmp_path, **facts)


@pytest.mark.parametrize(("shape", "channels"), [((32, 32, 3), 3), ((32, 32, 1), 1), ((), 1)])
def test_the_convolution_takes_the_channels_of_the_data(shape, channels, tmp_path):
    (finding,) = findings(tmp_path, shape, what="image" if shape else "grid")
    assert finding.remedies[0].code.startswith(f"torch.nn.Conv2d({channels}, 16")
