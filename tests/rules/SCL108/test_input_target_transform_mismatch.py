"""SCL108 on events."""

from __future__ import annotations

import pytest

from unstuck.analysis.data.view import datasets
from unstuck.core.data_types import Form
from unstuck.core.outcome import Skipped
from unstuck.record.events.data.pairs import ImagePairs
from unstuck.record.events.data.splits import Split
from unstuck.rules.engine import run_rule
from unstuck.rules.families.scl.input_target_transform_mismatch import InputTargetTransformMismatch
from unstuck.testing import synthetic


def outcome(path, **fields):
    event = ImagePairs(**{"split": 0, "looked_at": 200, "decided": 100, "mismatched": 20, "rows": (4, 2), "correlation": 0.5,
                          "transforms": ("transposed",) * 2, "degrees": (0.4, 0.3), "commonest": "transposed", **fields})  # fmt: skip
    split = Split(id=0, name="train", rows=200, form=Form.IMAGE)
    return run_rule(InputTargetTransformMismatch, datasets(synthetic.data_record(path, [split], [event])))


def test_the_share_is_of_the_decided_pairs(tmp_path):
    (finding,) = outcome(tmp_path).findings
    assert finding.message == (
        "20 % of the targets fit their images only when they are transformed, most of them transposed"
    )
    assert finding.measured("mismatch_share").value == 0.2
    assert (finding.examples.count, finding.examples.indices, finding.place.row) == (40, (4, 2), 4)


@pytest.mark.parametrize("fields", [{"mismatched": 4}, {"mismatched": 5, "decided": 300, "looked_at": 400}])
def test_a_few_pairs_are_chance(tmp_path, fields):
    assert not hasattr(outcome(tmp_path, **fields), "findings")


def test_targets_without_the_edges_of_the_image_cannot_be_judged(tmp_path):
    assert isinstance(outcome(tmp_path, decided=10), Skipped)
