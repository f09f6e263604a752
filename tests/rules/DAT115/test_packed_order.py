"""DAT115 in a run: the order that packing leaves."""

from __future__ import annotations

import pytest

from unstuck.analysis.run.training import trainings
from unstuck.analysis.run.view import TrainingView
from unstuck.core.outcome import Fired, Passed
from unstuck.rules.engine import run_rule
from unstuck.rules.families.dat.inputs_and_labels_out_of_step import InputsAndLabelsOutOfStep
from unstuck.testing import synthetic

CALLS = [{"step": at, "labels": {"0": 20, "1": 20}, "classes": 2, "target": {"dtype": "int64", "shape": [40]}}
         for at in range(3)]  # fmt: skip


def outcome(tmp_path, *, above="select", level=0.693, reordered=True):
    graph = [
        {"op": "nll_loss", "in": [1], "shape": []}, {"op": "addmm", "in": [2], "shape": [40, 2]},
        {"op": above, "in": [3], "shape": [40, 24]}, {"op": "rnn", "in": [4], "shape": [1, 40, 24]},
        {"op": "pack_padded_sequence", "in": [5], "shape": [300, 16], "line": 9}, {"op": "leaf", "in": [], "leaf": 1},
    ]  # fmt: skip
    record = synthetic.record(
        tmp_path, loss=[level] * 200, graph=graph, loss_call=CALLS,
        events=[("packed", 0, {"sequences": 40, "reordered": reordered, "file": "train.py", "line": 9})],
    )  # fmt: skip
    return run_rule(InputsAndLabelsOutOfStep, (TrainingView(record, trainings(record)[0]),))


def test_fires_where_nothing_puts_them_back(tmp_path):
    found = outcome(tmp_path)
    assert isinstance(found, Fired)
    finding = found.findings[0]
    assert finding.message.startswith("40 sequences are sorted by length to be packed")
    assert finding.measured("loss_left").value == pytest.approx(1.0, abs=0.03)
    assert finding.place.line == 9


@pytest.mark.parametrize(
    "plan", [{"above": "index"}, {"above": "index_select"}, {"level": 0.3}, {"reordered": False}],
    ids=["put back", "selected", "learned", "as they come"],
)  # fmt: skip
def test_is_silent_on(tmp_path, plan):
    assert isinstance(outcome(tmp_path, **plan), Passed)
