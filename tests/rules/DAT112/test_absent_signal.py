"""DAT112 on scores of models."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import sklearn.utils

from unstuck.analysis.data.view import datasets
from unstuck.core.data_types import Form
from unstuck.core.finding import Severity
from unstuck.record.events.data.labels import ClassBalance, Signal
from unstuck.record.events.data.splits import Split
from unstuck.rules.families.dat.absent_signal import AbsentSignal
from unstuck.rules.rule import TooLittle
from unstuck.testing import synthetic

TRAIN = Split(id=0, name="train", source="train.csv", rows=1000, target="label")


def signal(z, scores, **facts):
    models = ("neighbours", "linear", "forest")[: len(z)]
    return Signal(**{"split": 0, "looked_at": 400, "models": models, "scores": scores, "z": z, "chance": (0.5, 0.0, 0.0),
                     **facts})


def findings(path, event, form=Form.TABLE):
    splits = [replace(TRAIN, form=form), Split(id=1, name="test", rows=200, target="label")]
    return [one for view in datasets(synthetic.data_record(path, splits, [event])) for one in AbsentSignal().check(view)]


@pytest.mark.parametrize(
    ("z", "scores"),
    [((0.5, -1.0, 1.2), (0.5, -0.1, 0.05)), ((0.5, 1.0, 4.5), (0.5, 0.1, 0.21)), ((1.0, 2.5, 2.0), (0.5, 0.3, 0.3))],
    ids=["none", "real but tiny (earthquakes)", "what chance gives in few examples"],
)
def test_fires(tmp_path, z, scores):
    (finding,) = findings(tmp_path, signal(z, scores))
    assert "hardly anything about `label`" in finding.message
    assert finding.measured("agreement_z").value == z[0]
    assert finding.measured("explained").value == max(scores[1:]) ** 2


@pytest.mark.parametrize(
    ("z", "scores"), [((9.0,), (0.6,)), ((5.0, 1.0, 1.0), (0.6, 0.0, 0.0)), ((0.0, 5.0, 0.0), (0.5, 0.4, 0.0))],
    ids=["neighbours alone", "neighbours", "a linear model"],
)
def test_silent(tmp_path, z, scores):
    assert findings(tmp_path, signal(z, scores)) == []


def test_few_examples_are_too_little(tmp_path):
    with pytest.raises(TooLittle):
        findings(tmp_path, signal((0.5, 0.0), (0.5, 0.0), looked_at=80))


def test_held_out_splits_are_not_judged(tmp_path):
    assert findings(tmp_path, signal((0.5, 0.0), (0.5, 0.0), split=1)) == []


def test_the_remedy_runs(tmp_path, capsys):
    (finding,) = findings(tmp_path, signal((0.5, 0.0), (0.5, 0.0)))
    exec(finding.remedies[0].code, {"sklearn": sklearn, "x": np.arange(50), "y": np.arange(50)})
    pairs = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert len(pairs) == 20
    assert all(x == y for x, y in pairs)


@pytest.mark.parametrize(
    ("form", "z", "severities"),
    [
        (Form.TABLE, 2.5, [Severity.WARNING]), (Form.IMAGE, 1.0, [Severity.WARNING]), (Form.IMAGE, 2.5, []),
        (Form.TEXT, 2.5, []), (Form.TOKENS, 1.0, [Severity.INFO]), (Form.TOKENS, 2.5, []),
    ],
)  # fmt: skip
def test_what_models_see_of_images_and_texts_is_little(tmp_path, form, z, severities):
    found = findings(tmp_path, signal((0.5, z), (0.5, 0.1)), form)
    assert [finding.severity for finding in found] == severities


def test_a_signal_that_is_certain_is_one_however_little_it_explains(tmp_path):
    assert findings(tmp_path, signal((0.5, 5.5), (0.5, 0.1))) == []


def test_few_examples_of_the_rare_classes_are_not_judged(tmp_path):
    splits = [TRAIN, Split(id=1, name="test", rows=200, target="label")]
    found = signal((0.5, -1.0, 1.2), (0.5, -0.1, 0.05))
    for rare, judged in ((5, False), (300, True)):
        balance = ClassBalance(split=0, classes=("0", "1"), counts=(1000 - rare, rare), number=2, labelled=1000,
                               rarest="1", rarest_count=rare)  # fmt: skip
        view = datasets(synthetic.data_record(tmp_path / str(rare), splits, [found, balance]))[0]
        if judged:
            assert [one.code for one in AbsentSignal().check(view)] == ["DAT112"]
        else:
            with pytest.raises(TooLittle, match="there are 2"):
                list(AbsentSignal().check(view))
