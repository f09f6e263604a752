from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.analysis.run.training import trainings
from unstuck.rules.engine import run_rule
from unstuck.rules.families.arc.saturated_units import SaturatedUnits
from unstuck.analysis.run.view import TrainingView
from unstuck.testing import synthetic


def graph(*, gate=False, output=False):
    above = [{"op": "MseLoss", "in": [1]}]
    above += [] if output else [{"op": "Addmm", "in": [None, 2, None]}]
    if gate:
        at = len(above) + 1
        return [*above, {"op": "Mul", "in": [at, at + 1]}, {"op": "Tanh", "in": [at + 1]},
                {"op": "Addmm", "in": [None, None, None], "layer": "fc"}]
    return [*above, {"op": "Tanh", "in": [len(above) + 1]}, {"op": "Addmm", "in": [None, None, None], "layer": "fc"}]


def outcome(tmp_path, saturated, *, loss=None, nodes=None):
    call = [
        {"function": "mse_loss", "target": {"shape": [64, 1], "mean": 0.0, "std": 1.0}, "step": at, "file": "t.py",
         "line": 3} for at in range(5)
    ]
    record = synthetic.record(
        tmp_path, loss=loss or [1.0] * 100, function="mse_loss", graph=nodes or graph(), loss_call=call,
        layers={"fc": {"activation": {"saturated": saturated}}},
    )
    training = trainings(record)[0]
    training.tracks = tuple(replace(track, place=replace(track.place, op="tanh")) for track in training.tracks)
    return run_rule(SaturatedUnits, (TrainingView(record, training),))


def test_fires_on_a_layer_that_begins_saturated(tmp_path):
    found = outcome(tmp_path, [0.9] * 10)
    assert isinstance(found, Fired)
    assert "90 % of the tanh outputs of layer `fc` are saturated since step 0" in found.findings[0].message
    assert found.findings[0].first_step == 0


def test_fires_on_a_layer_that_saturates_without_learning(tmp_path):
    found = outcome(tmp_path, [0.1] * 5 + [0.8] * 5)
    assert isinstance(found, Fired)
    assert found.findings[0].first_step == 50


@pytest.mark.parametrize(
    ("saturated", "more"),
    [
        ([0.2] * 10, {}),
        ([0.9] * 10, {"nodes": graph(output=True)}),
        ([0.9] * 10, {"nodes": graph(gate=True)}),
        ([0.9] * 5 + [0.2] * 5, {}),
        ([0.1] * 5 + [0.8] * 5, {"loss": list(np.linspace(1.0, 0.01, 50)) + [0.01] * 50}),
    ],
    ids=["steep", "last layer", "gate", "came back", "saturated by learning"],
)
def test_is_silent_on(tmp_path, saturated, more):
    assert isinstance(outcome(tmp_path, saturated, **more), Passed)


def test_is_skipped_with_two_sampled_steps(tmp_path):
    assert isinstance(outcome(tmp_path, [0.9] * 2), Skipped)


def test_is_skipped_without_activations(tmp_path):
    record = synthetic.record(tmp_path, loss=[1.0] * 100)
    assert isinstance(run_rule(SaturatedUnits, (TrainingView(record, trainings(record)[0]),)), Skipped)
