from __future__ import annotations

import pytest

from unstuck.analysis.run.training import trainings
from unstuck.analysis.run.view import TrainingView
from unstuck.core.outcome import Fired, Passed
from unstuck.rules.engine import run_rule
from unstuck.rules.families.num.precision_loss import PrecisionLoss
from unstuck.testing import synthetic

MODEL = {"parameters": [{"id": 1, "name": "0.weight", "layer": "0", "shape": [8, 8]}]}


def outcome(tmp_path, *, dtype="bfloat16", unchanged=0.8, empty=0.2, events=(), rows=()):
    layers = {"0.weight": {
        "weight": {"norm": [2.0] * 5, "count": [64.0] * 5}, "gradient": {"norm": [0.1] * 5, "zeros": [empty] * 5},
        "update": {"norm": [1e-4] * 5, "zeros": [unchanged] * 5, "count": [64.0] * 5},
    }}  # fmt: skip
    record = synthetic.record(
        tmp_path, loss=[2.0] * 100, model=MODEL, layers=layers, events=events, rows=rows,
        loss_call={"input": {"dtype": dtype, "shape": [32, 10]}},
    )  # fmt: skip
    return run_rule(PrecisionLoss, (TrainingView(record, trainings(record)[0]),))


def test_updates_that_are_rounded_away(tmp_path):
    """A fifth has no gradient; of the other 80 %, 20 % change: three quarters are lost."""
    found = outcome(tmp_path)
    assert isinstance(found, Fired)
    finding = found.findings[0]
    assert finding.measured("lost_share").value == pytest.approx(0.75)
    assert finding.measured("relative_update").value == pytest.approx(5e-5)
    assert "a change of less than 0.00391 of a weight is rounded away" in finding.message


FLOAT16 = (("autocast", 0, {"device": "cpu", "dtype": "float16"}),)


def test_gradients_without_a_scaler(tmp_path):
    found = outcome(tmp_path, dtype="float32", empty=0.7, events=FLOAT16)
    assert isinstance(found, Fired)
    assert found.findings[0].measured("empty_gradient").value == pytest.approx(0.7)


@pytest.mark.parametrize(
    "plan",
    [{"dtype": "float32"}, {"unchanged": 0.5}, {"empty": 0.8}, {"dtype": "float32", "empty": 0.2, "events": FLOAT16},
     {"dtype": "float32", "empty": 0.7, "events": FLOAT16, "rows": [(synthetic.Kind.SCALER, 1024.0, 1, 0)]},
     {"dtype": "bfloat16", "events": (("autocast", 0, {"device": "cpu", "dtype": "bfloat16"}),)}],
    ids=["32 bits", "most change", "no gradient there", "few empty", "scaled", "32 bits under autocast"],
)  # fmt: skip
def test_is_silent_on(tmp_path, plan):
    assert isinstance(outcome(tmp_path, **plan), Passed)
