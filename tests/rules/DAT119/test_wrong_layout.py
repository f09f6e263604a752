"""DAT119 on events."""

from __future__ import annotations

import pytest

from unstuck.analysis.data.view import datasets
from unstuck.core.outcome import Skipped
from unstuck.record.events.data.layout import Layout, Orientation
from unstuck.record.events.data.splits import Split
from unstuck.rules.engine import run_rule
from unstuck.rules.families.dat.wrong_layout import WrongLayout
from unstuck.testing import synthetic

SPLITS = [Split(id=0, name="train", rows=100), Split(id=1, name="test", rows=50)]


def layout(**fields):
    return Layout(**{"split": 0, "looked_at": 100, "shape": (32, 32, 3), "roughness": 0.4, "other_reading": "channels first",
                     "other_roughness": 0.1, "down": 0.4, "across": 0.4, **fields})  # fmt: skip


def findings(path, *events):
    views = datasets(synthetic.data_record(path, SPLITS, events))
    return [found for view in views if any(e.split == view.split.id for e in events) for found in WrongLayout().check(view)]


def test_another_reading_is_smoother(tmp_path):
    (finding,) = findings(tmp_path, layout())
    assert finding.message == "read as channels first, the images of 32 × 32 × 3 are 4 times smoother"
    assert finding.measured("roughness_ratio").value == pytest.approx(4)
    assert "transpose" in finding.remedies[0].code


@pytest.mark.parametrize(
    "clean",
    [layout(other_roughness=0.3), layout(roughness=1.2, other_roughness=0.7), layout(other_reading=None, other_roughness=None)],
    ids=["hardly smoother", "rough in any case", "no other reading"],
)
def test_clean_layouts(tmp_path, clean):
    assert findings(tmp_path, clean) == []


@pytest.mark.parametrize(("between", "down", "fires"), [(0.05, 1.0, True), (0.05, 0.3, False), (0.9, 1.0, False)])
def test_time_for_examples(tmp_path, between, down, fires):
    found = findings(tmp_path, layout(other_reading=None, other_roughness=None, between_examples=between, down=down))
    assert len(found) == fires


@pytest.mark.parametrize(("z", "distance", "fires"), [(9.0, 1.05, True), (5.0, 1.3, False), (30.0, 1.01, False)])
def test_a_split_on_its_side(tmp_path, z, distance, fires):
    found = findings(
        tmp_path, Orientation(split=1, best="transposed", distance=distance, best_distance=1.0, z=z, looked_at=50)
    )
    assert len(found) == fires
    if fires:
        assert found[0].message == (
            "transposed, the images of test are more like those of train: 1.05 times nearer (9 standard errors)"
        )


def test_without_images_it_is_skipped(tmp_path):
    outcome = run_rule(WrongLayout, datasets(synthetic.data_record(tmp_path, SPLITS, [])))
    assert isinstance(outcome, Skipped)
