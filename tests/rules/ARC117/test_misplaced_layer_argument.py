from __future__ import annotations

import pytest

from unstuck.analysis.run.training import trainings
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Severity
from unstuck.core.outcome import Fired, Passed
from unstuck.rules.engine import run_rule
from unstuck.rules.families.arc.misplaced_layer_argument import MisplacedLayerArgument
from unstuck.testing import synthetic

CONVOLUTION = {"kernel_size": [3, 3], "stride": [1, 1], "padding": [1, 1], "dilation": [1, 1]}


def outcome(tmp_path, layer, settings, *, steps=100):
    module = {"name": "1", "class": layer, "training": True, "file": "train.py", "line": 9, "settings": settings}
    record = synthetic.record(
        tmp_path, loss=[1.0] * steps, model={"modules": [module, {**module, "name": "4"}]}, evals=[1.0, 1.0, 1.0]
    )
    return run_rule(MisplacedLayerArgument, (TrainingView(record, trainings(record)[0]),))


NORM = {"eps": 1e-5, "momentum": 0.1, "track_running_stats": True}


@pytest.mark.parametrize(
    ("layer", "settings", "says", "severity"),
    [
        ("BatchNorm1d", {**NORM, "eps": 0.8}, "shrinks outputs of variance 1 to 75 %", Severity.WARNING),
        ("BatchNorm1d", {**NORM, "eps": 0.02}, "eps of nn.BatchNorm1d is 0.02 (2 layers)", Severity.INFO),
        ("LayerNorm", {"eps": 0.5}, "eps of nn.LayerNorm is 0.5", Severity.WARNING),
        ("BatchNorm2d", {**NORM, "momentum": 0.001}, "leaves 90 % of the initial running mean", Severity.WARNING),
        ("BatchNorm2d", {**NORM, "momentum": 0.0}, "leaves 100 % of the initial running mean", Severity.WARNING),
        ("BatchNorm2d", {**NORM, "momentum": 0.99}, "the last batch alone", Severity.INFO),
        ("LeakyReLU", {"negative_slope": 2.0}, "makes it grow faster below zero", Severity.WARNING),
        ("LeakyReLU", {"negative_slope": -0.1}, "folds it", Severity.WARNING),
        ("Dropout", {"p": 0.95}, "keeps 5 % of the values", Severity.WARNING),
        ("Conv2d", {**CONVOLUTION, "padding": [32, 32]}, "outputs at the border see no input", Severity.WARNING),
        ("Conv2d", {**CONVOLUTION, "stride": [32, 32]}, "skips 91 % of the input", Severity.WARNING),
    ],
)  # fmt: skip
def test_says_what_the_argument_does(tmp_path, layer, settings, says, severity):
    found = outcome(tmp_path, layer, settings)
    assert isinstance(found, Fired)
    assert [says in finding.message for finding in found.findings] == [True]
    assert (found.findings[0].severity, found.findings[0].place.line) == (severity, 9)


@pytest.mark.parametrize(
    ("layer", "settings"),
    [
        ("BatchNorm2d", NORM), ("BatchNorm2d", {**NORM, "eps": 1e-3, "momentum": 0.02}), ("LeakyReLU", {"negative_slope": 0.3}),
        ("Dropout", {"p": 0.8}), ("Conv2d", CONVOLUTION), ("Conv2d", {**CONVOLUTION, "kernel_size": [1, 1], "stride": [2, 2], "padding": [0, 0]}),
        ("Conv2d", {**CONVOLUTION, "kernel_size": [4, 4], "stride": [4, 4], "padding": [0, 0]}),
        ("Conv1d", {"kernel_size": [3], "stride": [1], "padding": [8], "dilation": [4]}), ("Conv2d", {**CONVOLUTION, "padding": "same"}),
    ],
    ids=[
        "usual", "of another library, written right", "a slope of 0.3", "strong dropout", "convolution", "shortcut of a residual block",
        "patches", "causal", "padding by name",
    ],
)  # fmt: skip
def test_is_silent_on(tmp_path, layer, settings):
    assert isinstance(outcome(tmp_path, layer, settings), Passed)


def test_a_small_momentum_has_settled_in_a_long_run(tmp_path):
    settings = {**NORM, "momentum": 0.01}
    assert isinstance(outcome(tmp_path, "BatchNorm2d", settings, steps=100), Fired)
    assert isinstance(outcome(tmp_path, "BatchNorm2d", settings, steps=200), Passed)
