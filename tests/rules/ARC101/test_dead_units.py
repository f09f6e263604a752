from __future__ import annotations

from dataclasses import replace

import pytest

from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.analysis.run.training import trainings
from unstuck.rules.engine import run_rule
from unstuck.rules.families.arc.dead_units import DeadUnits
from unstuck.analysis.run.view import TrainingView
from unstuck.testing import synthetic

HIDDEN = [
    {"op": "NllLoss", "in": [1]}, {"op": "LogSoftmax", "in": [2]}, {"op": "Addmm", "in": [None, 3, None]},
    {"op": "Relu", "in": [4]}, {"op": "Addmm", "in": [None, None, None], "layer": "fc"},
]
OUTPUT = [
    {"op": "NllLoss", "in": [1]}, {"op": "LogSoftmax", "in": [2]}, {"op": "Relu", "in": [3]},
    {"op": "Addmm", "in": [None, None, None], "layer": "fc"},
]


def outcome(tmp_path, *, silent, dead, units=32, rows=64, graph=HIDDEN, nonfinite=0.0):
    record = synthetic.record(
        tmp_path, loss=[2.3] * 100, graph=graph, layers={"fc": {"activation": {
            "units": units, "count": units * rows, "silent": silent, "dead": dead, "nonfinite": nonfinite,
        }}},
    )  # fmt: skip
    training = trainings(record)[0]
    training.tracks = tuple(replace(track, place=replace(track.place, op="relu")) for track in training.tracks)
    return run_rule(DeadUnits, (TrainingView(record, training),))


def test_fires_on_a_layer_that_dies_with_its_number_and_step(tmp_path):
    found = outcome(tmp_path, silent=[2, 3, 30, 30, 31, 30, 30, 31, 30, 31], dead=[float("nan")] * 7 + [2, 3, 30])
    assert isinstance(found, Fired)
    finding = found.findings[0]
    assert "30 of 32 units of layer `fc` output zero for every example since step 20" in finding.message
    assert finding.first_step == 20
    assert finding.place.layer == "fc"


@pytest.mark.parametrize(
    "numbers",
    [
        {"silent": [5] * 10, "dead": [4] * 10},
        {"silent": [31] * 10, "dead": [10] * 10},
        {"silent": [31] * 10, "dead": [31] * 10, "graph": OUTPUT},
        {"silent": [3] * 10, "dead": [3] * 10, "units": 4},
        {"silent": [2] * 5 + [32] * 5, "dead": [0] * 5 + [32] * 5, "nonfinite": [0.0] * 5 + [9.0] * 5},
    ],
    ids=["few dead", "silent on single batches only", "last layer", "tiny layer", "not a number"],
)
def test_is_silent_on(tmp_path, numbers):
    assert isinstance(outcome(tmp_path, **numbers), Passed)


@pytest.mark.parametrize(
    "numbers",
    [{"silent": [30] * 10, "dead": [30] * 10, "rows": 8}, {"silent": [30, 30], "dead": [float("nan")] * 2}],
    ids=["few examples", "two samples"],
)
def test_is_skipped_with_too_little_data(tmp_path, numbers):
    found = outcome(tmp_path, **numbers)
    assert isinstance(found, Skipped)
    assert "128 examples" in found.missing[0]


def test_a_tiny_layer_counts_where_all_its_units_are_dead(tmp_path):
    found = outcome(tmp_path, silent=[4] * 10, dead=[4] * 10, units=4)
    assert isinstance(found, Fired)
    assert "all 4 units of layer `fc`" in found.findings[0].message


def test_is_skipped_without_activations(tmp_path):
    record = synthetic.record(tmp_path, loss=[1.0] * 100)
    assert isinstance(run_rule(DeadUnits, (TrainingView(record, trainings(record)[0]),)), Skipped)
