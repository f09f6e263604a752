"""DAT116 on events."""

from __future__ import annotations

import pytest

from unstuck.analysis.data.view import datasets
from unstuck.record.events.data.resolution import Resolution
from unstuck.record.events.data.splits import Split
from unstuck.rules.families.dat.excess_resolution import ExcessResolution
from unstuck.testing import synthetic


def findings(path, **fields):
    event = Resolution(**{"split": 0, "looked_at": 500, "height": 32, "width": 32, "factors": (1, 2, 4),
                          "losses": (0.0, 0.1, 0.3), "scores": (0.8, 0.8, 0.7), "lowest": (0.0, -0.01, -0.12),
                          "majority_share": 0.2, **fields})  # fmt: skip
    (view,) = datasets(synthetic.data_record(path, [Split(id=0, name="train", rows=500)], [event]))
    return list(ExcessResolution().check(view))


def test_images_that_can_be_smaller(tmp_path):
    (finding,) = findings(tmp_path)
    assert finding.message == (
        "images of 32 × 32 can be 16 × 16 (nearest neighbours: accuracy 80 %, 80 % with 32 × 32)"
    )
    assert finding.measured("factor").value == 2.0


def test_enlarged_images(tmp_path):
    (finding,) = findings(tmp_path, losses=(0.0, 0.0, 0.003), height=8, width=8)
    assert finding.message == "images of 8 × 8 were enlarged: 2 × 2 pixels give back all but 0.3 % of their variance"
    assert finding.measured("factor").value == 4.0


@pytest.mark.parametrize(
    "fields",
    [{"lowest": (0.0, -0.03, -0.1)}, {"height": 16, "width": 16}, {"majority_share": 0.75},
     {"scores": (None,) * 3, "lowest": (None,) * 3}],
    ids=["something is lost", "small in any case", "nothing is known", "no labels"],
)  # fmt: skip
def test_images_that_are_as_small_as_they_can_be(tmp_path, fields):
    assert findings(tmp_path, **fields) == []
