from __future__ import annotations

import pytest

from unstuck.analysis.run.training import trainings
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Severity
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.rules.engine import run_rule
from unstuck.rules.families.lop.evaluation_mode_in_training import EvaluationModeInTraining
from unstuck.testing import synthetic

OFF = {"evaluation": ["norm", "drop"], "networks": ["Net"]}
ON = {"training_mode": ["norm", "drop"]}


def outcome(tmp_path, modes, *, loaded=False, held=(7,), sampled=(0, 1, 2, 10, 20, 40, 60, 80)):
    """``modes``: step → the event that is written there."""
    model = {
        "id": 3, "name": "net", "class": "Net",
        "modules": [
            {"name": "Net", "class": "Net"}, {"name": "norm", "class": "BatchNorm1d", "leaf": True},
            {"name": "drop", "class": "Dropout", "leaf": True},
        ],
        "parameters": [{"id": 7, "name": "norm.weight", "layer": "norm", "shape": [4], "loaded": loaded}],
    }  # fmt: skip
    record = synthetic.record(
        tmp_path, loss=[1.0] * 100, model=model, optimizer={"id": 5, "class": "Adam", "parameters": list(held)},
        window=[{"step": step} for step in sampled],
        events=[*(("layer_modes", step, event) for step, event in modes.items()), ("end", 100, {"steps": {"5": 100}})],
    )  # fmt: skip
    return run_rule(EvaluationModeInTraining, tuple(TrainingView(record, one) for one in trainings(record)))


def test_fires_from_the_step_on_from_which_nothing_is_in_training_mode(tmp_path):
    found = outcome(tmp_path, {0: ON, 20: OFF})
    assert isinstance(found, Fired)
    finding = found.findings[0]
    assert "in evaluation mode from step 20 on (4 of 8 steps looked at)" in finding.message
    assert "1 batch normalisation layer keeps old statistics and 1 dropout is off (`norm`, `drop`)" in finding.message
    assert finding.first_step == 20
    assert finding.evidence[0].value == 0.8  # steps 20 to 100 of 100


def test_loaded_weights_make_it_a_note(tmp_path):
    found = outcome(tmp_path, {0: OFF}, loaded=True)
    assert isinstance(found, Fired)
    assert found.findings[0].severity is Severity.INFO
    assert found.findings[0].evidence[2].value == 1.0


@pytest.mark.parametrize(
    ("modes", "more"),
    [
        ({0: ON}, {}),
        ({0: {"evaluation": ["norm"], "training_mode": ["drop"]}}, {}),
        ({0: {"evaluation": ["norm", "drop"]}}, {}),
        ({0: {**OFF, "training_mode": ["drop"]}}, {}),
        ({0: OFF}, {"held": (8,)}),
        ({0: ON, 80: OFF}, {}),
        ({0: OFF, 10: ON}, {}),
    ],
    ids=[
        "training mode", "frozen statistics", "single layers of a network in training mode", "dropout alone on purpose",
        "a network that is not stepped", "the last steps", "the first steps",
    ],
)
def test_is_silent_on(tmp_path, modes, more):
    assert isinstance(outcome(tmp_path, modes, **more), Passed)


def test_two_modes_within_a_step_are_two_losses(tmp_path):
    """The judge of a GAN: in training mode for its own loss, in evaluation mode for the maker's."""
    modes = {step + offset: mode for step in range(0, 100, 10) for offset, mode in ((0, ON), (1, OFF))}
    assert isinstance(outcome(tmp_path, modes, sampled=range(0, 100, 10)), Passed)


def test_is_skipped_where_no_mode_was_recorded(tmp_path):
    found = outcome(tmp_path, {})
    assert isinstance(found, Skipped)
    assert "the modes of layers" in found.missing[0]
