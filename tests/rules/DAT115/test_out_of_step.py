"""DAT115 on the agreement with neighbours."""

from __future__ import annotations

import numpy as np
import pytest

import unstuck
from unstuck.analysis.data.view import datasets
from unstuck.core.finding import Confidence
from unstuck.record.events.data.labels import ComparedWith, LabelAgreement
from unstuck.record.events.data.splits import Split
from unstuck.rules.engine import diagnose
from unstuck.rules.families.dat.inputs_and_labels_out_of_step import InputsAndLabelsOutOfStep
from unstuck.testing import synthetic

TRAIN = Split(id=0, name="train", source="train.csv", rows=1000, target="label")


def agreement(**facts):
    return LabelAgreement(**{"split": 0, "looked_at": 1000, "z": 50.0, "agreement": 0.8, "chance": 0.2, **facts})


STRETCH = {"start": 100, "stop": 200, "stretch_z": 12.0, "stretch_shuffled_z": 4.0, "stretch_agreement": 0.22,
           "stretch_expected": 0.8}


def findings(path, event):
    (view,) = datasets(synthetic.data_record(path, [TRAIN], [event]))
    return list(InputsAndLabelsOutOfStep().check(view))


@pytest.mark.parametrize("shift", [0, 2])
def test_an_audit_finds_a_shifted_stretch(tmp_path, shift):
    random = np.random.default_rng(0)
    x = random.normal(size=(800, 4))
    y = x.sum(axis=1) / 2 + 0.3 * random.normal(size=800)
    y[200:400] = np.roll(y[200:400], shift)
    found = [ranked.finding for ranked in diagnose(unstuck.audit(x, y, dir=tmp_path).record).findings]
    assert [one.code for one in found] == ["DAT115"] * bool(shift)


@pytest.mark.parametrize(("lag", "words", "code"), [
    (1, "1 row after", "x, y = x[:-1], y[1:]"), (-3, "3 rows before", "x, y = x[3:], y[:-3]"),
])
def test_a_shift_with_its_sign_and_its_remedy(tmp_path, lag, words, code):
    (finding,) = findings(tmp_path, agreement(z=0.5, lag=lag, lag_z=40.0))
    assert f"labels are {words} the inputs that they belong to" in finding.message
    assert finding.measured("lag").value == lag
    assert finding.remedies[0].code == code


@pytest.mark.parametrize(("compared_with", "words"), [
    (ComparedWith.EDGES, ("target images are 1 row after", "they agree with the edges of the images at z = 90")),
    (ComparedWith.TOKENS, ("sequences of tags are 1 row after", "they agree with the tokens at z = 90")),
])
def test_what_targets_are_compared_with(tmp_path, compared_with, words):
    (finding,) = findings(tmp_path, agreement(z=0.3, lag=1, lag_z=90.0, compared_with=compared_with))
    assert all(word in finding.message for word in words)


def test_the_remedy_of_a_shift_restores_the_pairs():
    x = np.arange(10)
    for lag in (2, -2):
        space = {"x": x, "y": np.roll(x, lag)}
        exec(f"x, y = x[:-{lag}], y[{lag}:]" if lag > 0 else f"x, y = x[{-lag}:], y[:{lag}]", space)
        assert (space["x"] == space["y"]).all()


def test_a_stretch_with_and_without_a_shift(tmp_path):
    (finding,) = findings(tmp_path, agreement(**STRETCH))
    assert finding.message.startswith("the labels of rows 100 to 199 do not belong to their inputs")
    assert (finding.confidence, finding.examples.count, finding.measured("lag")) == (Confidence.SUSPECTED, 100, None)
    (finding,) = findings(tmp_path, agreement(**STRETCH, stretch_lag=2))
    assert finding.message.endswith("they are 2 rows after their inputs")
    assert (finding.confidence, finding.measured("lag").value) == (Confidence.MEASURED, 2.0)


@pytest.mark.parametrize(
    "event",
    [
        agreement(), agreement(z=0.5, lag=0, lag_z=0.5), agreement(z=5.0, lag=1, lag_z=40.0),
        agreement(z=0.5, lag=1, lag_z=5.0), agreement(z=0.5, lag=1, lag_z=40.0, ordered=False),
        agreement(**{**STRETCH, "stretch_z": 5.0}), agreement(**{**STRETCH, "stretch_shuffled_z": 11.0}),
        agreement(**{**STRETCH, "stretch_agreement": 0.6}), agreement(**{**STRETCH, "stretch_z": 9.0}),
        agreement(**{**STRETCH, "stretch_shuffled_z": 5.5}),
    ],
    ids=["sound", "no signal", "they agree", "weak shift", "a sample", "weak", "as shuffled", "harder rows",
         "places in a file", "places as shuffled"],
)
def test_silent(tmp_path, event):
    assert findings(tmp_path, event) == []


def test_all_labels_shifted_in_an_audit(tmp_path):
    random = np.random.default_rng(0)
    y = random.integers(0, 3, 500)
    x = random.normal(size=(500, 5)) + 3 * np.eye(3, 5)[y]
    found = unstuck.audit(x, np.roll(y, -1), dir=tmp_path).diagnose().findings
    (finding,) = [ranked.finding for ranked in found if ranked.finding.code == "DAT115"]
    assert finding.measured("lag").value == -1.0
