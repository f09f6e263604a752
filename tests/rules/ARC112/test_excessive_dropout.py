from __future__ import annotations

import pytest

from unstuck.analysis.run.training import trainings
from unstuck.analysis.run.view import TrainingView
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.rules.engine import run_rule
from unstuck.rules.families.arc.excessive_dropout import ExcessiveDropout
from unstuck.testing import synthetic



def outcome(tmp_path, *, p=0.8, last=1.9, training=True, steps=80, layer="Dropout", settings=None, evals=(), graph=None):
    module = {"name": "1", "class": layer, "training": training, "file": "train.py", "line": 9,
              "settings": {"p": p} if settings is None else settings}  # fmt: skip
    record = synthetic.record(
        tmp_path, loss=[2.0 + (last - 2.0) * min(1.0, 3 * at / steps) for at in range(steps)],
        model={"modules": [module]}, evals=evals, graph=graph, loss_call={"reduction": "mean"},
    )  # fmt: skip
    return run_rule(ExcessiveDropout, (TrainingView(record, trainings(record)[0]),))


def test_fires_with_share_and_line(tmp_path):
    found = outcome(tmp_path)
    assert isinstance(found, Fired)
    assert found.findings[0].place.line == 9
    assert "nn.Dropout sets 80 % of the values to zero" in found.findings[0].message


def test_dropout_between_recurrent_layers_counts(tmp_path):
    settings = {"dropout": 0.9, "num_layers": 2}
    assert isinstance(outcome(tmp_path, layer="LSTM", settings=settings), Fired)


def test_a_function_counts_with_the_share_that_its_mask_shows(tmp_path):
    node = {"op": "Mul", "in": [], "via": "dropout", "settings": {"p": 0.9}, "file": "train.py", "line": 30}
    found = outcome(tmp_path, p=0.0, graph=[{"op": "MseLoss", "in": [1]}, node])
    assert isinstance(found, Fired)
    assert found.findings[0].place.line == 30


@pytest.mark.parametrize(
    "plan",
    [{"p": 0.5}, {"last": 0.4}, {"training": False}, {"layer": "LSTM", "settings": {"dropout": 0.9, "num_layers": 1}},
     {"evals": [1.0, 0.5, 0.3]}],
    ids=["usual", "fits", "not in training", "one layer has nothing between", "fits without it"],
)  # fmt: skip
def test_is_silent_on(tmp_path, plan):
    assert isinstance(outcome(tmp_path, **plan), Passed)


def test_few_steps_are_skipped(tmp_path):
    assert isinstance(outcome(tmp_path, steps=30), Skipped)
