"""SPL109 on events."""

from __future__ import annotations

import pytest

from unstuck.analysis.data.view import datasets
from unstuck.record.events.data.augmentation import Augmentation
from unstuck.record.events.data.splits import Split
from unstuck.rules.families.spl.distorting_augmentation import DistortingAugmentation
from unstuck.testing import synthetic

SPLITS = [Split(id=0, name="train", rows=500), Split(id=1, name="test", rows=100)]


def findings(path, **fields):
    event = Augmentation(**{"split": 0, "looked_at": 32, "differing": 30, "rows": (3,), "other": 1, "statistic": "sharpness",
                            "difference": 0.5, "upright": 0.9, "upright_held_out": 0.9, "z": 0.0, **fields})  # fmt: skip
    views = datasets(synthetic.data_record(path, SPLITS, [event]))
    return [found for view in views for found in DistortingAugmentation().check(view)]


def test_held_out_data_that_changes(tmp_path):
    (finding,) = findings(tmp_path, split=1, other=None)
    assert finding.message == (
        "30 of 32 test examples differ when they are read again: a random transform is applied to held-out data"
    )
    assert (finding.examples.count, finding.place.split) == (94, "test")


def test_images_far_from_held_out_ones(tmp_path):
    (finding,) = findings(tmp_path, difference=-8.0, z=9.0, upright=0.1)
    assert finding.message == "augmentation changes the sharpness of the images by 8 standard deviations from test"


def test_mirrored_images(tmp_path):
    (finding,) = findings(tmp_path, z=6.0, upright=0.4)
    assert finding.message == (
        "augmentation turns, mirrors or hides what the images show: 40 % are most like images of test as they are "
        "(90 % of those are)"
    )


GONE = {"told": 0.15, "told_held_out": 0.88, "told_by_chance": 0.11, "likeness": 0.26, "likeness_held_out": 0.82}


def test_nothing_left_of_the_images(tmp_path):
    (finding,) = findings(tmp_path, difference=None, z=None, upright=None, upright_held_out=None, **GONE)
    assert finding.message == (
        "augmentation leaves hardly anything of the images: the most similar image of test has their label for 15 % "
        "(88 % of the images of test, by chance 11 %)"
    )
    assert finding.measured("left").value == pytest.approx(0.04 / 0.77)


@pytest.mark.parametrize(
    "fields", [{"told": 0.4}, {"likeness": 0.8}, {"told_held_out": 0.4}, {"told": None}],
    ids=["some left", "other labels, not other images", "similar images tell nothing", "not measured"],
)  # fmt: skip
def test_not_all_is_gone(tmp_path, fields):
    assert findings(tmp_path, **{**GONE, **fields}) == []


@pytest.mark.parametrize(
    "fields",
    [{}, {"z": 6.0, "upright": 0.8}, {"z": 3.0, "upright": 0.3}, {"difference": 4.0}, {"split": 1, "differing": 2},
     {"difference": None, "z": None, "upright": None, "upright_held_out": None}],
    ids=["mild", "nearly as upright", "too few to say", "noise", "one or two", "not compared"],
)  # fmt: skip
def test_ordinary_augmentation(tmp_path, fields):
    assert findings(tmp_path, **fields) == []
