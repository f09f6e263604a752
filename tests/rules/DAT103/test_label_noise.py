"""DAT103 on estimates: what is noise, what is honestly hard, and one class labelled as another."""

from __future__ import annotations

import pytest

from unstuck.analysis.data.view import datasets
from unstuck.record.events.data.labels import ConfusedClasses, Signal
from unstuck.record.events.data.labels import LabelNoise as Noise
from unstuck.record.events.data.splits import Split
from unstuck.rules.families.dat.label_noise import LabelNoise
from unstuck.testing import synthetic

TRAIN = Split(id=0, name="train", source="train.csv", rows=1000, target="label")


def noise(**facts):
    return Noise(**{"split": 0, "looked_at": 1000, "share": 0.1, "low": 0.08, "second": 0.09, "second_low": 0.06,
                    "count": 60, "disagreement": 0.13, "unclear": 0.03, "unclear_together": 0.02, "listed": 3,
                    "rows": (7, 3, 9), "likely": ("cat", "dog", "cat"), **facts})


def pair(**facts):
    return ConfusedClasses(**{"split": 0, "labelled": "dog", "likely": "cat", "share": 0.2, "low": 0.12, "unclear": 0.03,
                              "count": 30, "classes": 4, "concerned": 60, "looked_at": 1000, "rows": (4, 2), **facts})


def findings(path, *events):
    (view,) = datasets(synthetic.data_record(path, [TRAIN], events))
    return list(LabelNoise().check(view))


def test_share_and_rows(tmp_path):
    (finding,) = findings(tmp_path, noise())
    assert finding.message == (
        "about 10 % of the 1000 labels are wrong (at least 6 %): 3 are listed, the first is row 7, which looks like cat"
    )
    assert (finding.place.row, finding.examples.indices) == (7, (7, 3, 9))
    assert finding.measured("noise_share").value == 0.1
    assert finding.measured("noise_low").value == 0.06


@pytest.mark.parametrize(
    "event",
    [
        noise(low=0.0), noise(second_low=0.0), noise(count=4), noise(unclear=0.19), noise(unclear_together=0.17),
        noise(unclear=0.1, rise=1.9), noise(unclear=0.1, rarer=0.2), noise(disagreement=0.45), noise(share=0.3, unclear=0.1),
        noise(disagreement=0.32, classes=2),
    ],
    ids=[
        "forest", "neighbours", "few", "hard", "hard together", "plausible ones", "as a constant", "hopeless",
        "estimates differ", "two hard classes",
    ],
)
def test_hard_or_clean_data_is_silent(tmp_path, event):
    assert findings(tmp_path, event) == []


def test_a_forest_that_cannot_see_what_the_network_sees_does_not_decide_alone(tmp_path):
    hard = {"disagreement": 0.32, "classes": 2, "rarer": 0.5}
    assert not findings(tmp_path / "both", noise(**hard, disagreement_together=0.3))
    assert findings(tmp_path / "forest", noise(**hard, disagreement_together=0.25))


def test_in_easy_data_neighbours_need_to_see_a_trace_only(tmp_path):
    traces = {"second": 0.012, "second_low": 0.004}
    (found,) = findings(tmp_path, noise(**traces))
    assert "(at least 8 %)" in found.message
    assert findings(tmp_path, noise(**traces, unclear=0.07)) == []
    assert findings(tmp_path, noise(**traces, rarer=0.3)) == []  # 3 % unclear are no easy data where 30 % are rare


MANY = {"share": 0.3, "low": 0.28, "second": 0.31, "second_low": 0.29, "disagreement": 0.41, "unclear": 0.11,
        "classes": 2, "rarer": 0.44}  # fmt: skip


@pytest.mark.parametrize(
    ("contrast", "z", "count"), [(0.32, 8.0, 1), (0.32, 3.0, 0), (0.1, 8.0, 0), (0.5, 8.0, 0), (None, None, 0)]
)
def test_held_out_labels_that_are_predicted_better_tell_many_wrong_ones_from_hard_ones(tmp_path, contrast, z, count):
    assert len(findings(tmp_path, noise(**MANY, contrast=contrast, contrast_z=z))) == count


def test_forgotten_tags(tmp_path):
    (finding,) = findings(tmp_path, noise(tags=("3",), forgotten=(0.5,), told=(0.49, 0.98), disagreement=0.0))
    assert finding.message == (
        "tags are missing in the training data, about 50 % of `3`: where the input clearly tells `3`, 49 % of the "
        "training examples have it, and 98 % of the held-out ones; 3 examples are listed"
    )
    assert (finding.examples.indices, finding.measured("noise_share").value) == ((7, 3, 9), 0.1)


def test_without_a_signal_nothing_is_said(tmp_path):
    nothing = Signal(split=0, looked_at=1000, models=("neighbours",), scores=(0.5,), z=(1.0,), chance=(0.5,))
    assert findings(tmp_path, noise(), nothing) == []


def test_one_class_labelled_as_another(tmp_path):
    (finding,) = findings(tmp_path, noise(low=0.0), pair())
    assert finding.message == "about 20 % of class cat are labelled dog: 60 labels are listed"
    assert finding.measured("noise_share").value == 0.06
    assert (finding.place.label, finding.examples.count) == ("dog", 60)


def test_a_pair_that_holds_most_of_the_noise_is_named_instead(tmp_path):
    (finding,) = findings(tmp_path, noise(), pair())
    assert "class cat" in finding.message
    (finding,) = findings(tmp_path, noise(), pair(concerned=20))
    assert "of the 1000 labels" in finding.message


@pytest.mark.parametrize("event", [pair(low=0.05), pair(unclear=0.2), pair(share=0.52), pair(count=3)])
def test_classes_that_are_alike_are_silent(tmp_path, event):
    assert findings(tmp_path, noise(low=0.0), event) == []
