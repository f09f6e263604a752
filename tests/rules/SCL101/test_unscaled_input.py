from __future__ import annotations

import pytest

from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.analysis.run.training import trainings
from unstuck.rules.engine import run_rule
from unstuck.rules.families.scl.unscaled_input import UnscaledInput
from unstuck.analysis.run.view import TrainingView
from unstuck.testing import synthetic


def features(**more):
    return {"count": 8, "rms_max": 1.0, "rms_max_at": 3, "rms_median": 0.9, "mean_max": 0.1, "std_median": 0.9,
            "std_max": 1.0, "constant": 0, **more}


def event(mean, std, **more):
    return {"op": "addmm", "layer": "fc", "shape": [32, 8], "mean": mean, "std": std, "zeros": 0.0, **more}


def outcome(tmp_path, events, *, parameters=None, graph=None):
    model = {"id": 0, "modules": [{"name": "fc", "file": "train.py", "line": 7, "leaf": True}],
             "parameters": parameters or [{"id": 1, "layer": "fc", "shape": [4, 8], "requires_grad": True}]}
    record = synthetic.record(tmp_path, loss=[1.0] * 100, input=events, model=model, graph=graph)
    return run_rule(UnscaledInput, (TrainingView(record, trainings(record)[0]),))


@pytest.mark.parametrize(
    ("mean", "std"), [(4.9, 6.0), (78.0, 96.0), (100.0, 1.0), (0.0, 30.0), (0.0013, 0.0015)],
    ids=["grey levels to 16", "grey levels to 255", "far mean", "large deviation", "divided twice"],
)
def test_fires_on(tmp_path, mean, std):
    found = outcome(tmp_path, [event(mean, std)] * 5)
    assert isinstance(found, Fired)
    assert found.findings[0].place.line == 7
    assert f"mean {mean:.3g}, standard deviation {std:.3g}" in found.findings[0].message


def test_fires_on_one_feature_that_dominates_the_others(tmp_path):
    found = outcome(tmp_path, [event(1.0, 4.0, features=features(rms_max=40.0))] * 5)
    assert isinstance(found, Fired)
    assert "feature 3 of the input of layer `fc` dominates the others" in found.findings[0].message


ALIKE = {"rms_max": 0.95, "rms_median": 0.05, "std_max": 0.008, "std_median": 0.001, "constant": 3}


def test_fires_where_all_examples_look_alike(tmp_path):
    found = outcome(tmp_path, [event(0.2, 0.28, features=features(**ALIKE))] * 5)
    assert isinstance(found, Fired)
    (finding,) = found.findings
    assert "no feature has a spread above 0.84 % of the size of the largest one" in finding.message
    assert finding.remedies[0].name == "range-of-frozen-layers"


@pytest.mark.parametrize(
    ("facts", "shape"),
    [({**ALIKE, "std_max": 0.05}, [32, 8]), ({**ALIKE, "constant": 8, "std_max": 0.0}, [32, 8]), (ALIKE, [1, 8])],
    ids=["one feature differs", "conditioned on a constant", "one example"],
)
def test_is_silent_where_examples_differ_or_one_is_seen(tmp_path, facts, shape):
    found = outcome(tmp_path, [event(0.2, 0.28, shape=shape, features=features(**facts))] * 5)
    assert isinstance(found, Passed)


FROZEN = [{"id": 0, "layer": "body", "shape": [8, 8], "requires_grad": False},
          {"id": 1, "layer": "fc", "shape": [4, 8], "requires_grad": True}]
LOADED = [{"id": 1, "layer": "fc", "shape": [4, 8], "requires_grad": True, "loaded": True}]
NORMALISED = [
    {"op": "nll_loss", "in": [1]}, {"op": "log_softmax", "in": [2]}, {"op": "batch_norm", "in": [3]},
    {"op": "addmm", "in": [None, None, 4]}, {"op": "leaf", "leaf": 1, "shape": [4, 8]},
]


@pytest.mark.parametrize(
    ("events", "more"),
    [
        ([event(0.13, 0.31)] * 5, {}),
        ([event(0.3, 0.37)] * 5, {}),
        ([event(0.0, 1.0, features=features(rms_max=4.0))] * 5, {}),
        ([event(3.1, 1.8)] * 5, {}),
        ([event(0.001, 0.03, zeros=0.999)] * 5, {}),
        ([event(0.3, 2.0, zeros=0.9, features=features(rms_max=15.0, rms_median=0.1))] * 5, {}),
        ([event(0.0, 1.0)] * 4 + [event(2.0, 40.0)], {}),
        ([event(0.0, 0.0, zeros=1.0)] * 5, {}),
        ([event(20.0, 20.0)] * 5, {"parameters": FROZEN}),
        ([event(20.0, 20.0)] * 5, {"parameters": LOADED}),
        ([event(20.0, 20.0)] * 5, {"graph": NORMALISED}),
        ([event(20.0, 20.0, shape=[32, 32])] * 5, {}),
    ],
    ids=["mnist", "digits", "standardised", "angles", "one-hot", "word counts", "one outlier", "initial state",
         "frozen body", "loaded weights", "normalised afterwards", "adjacency matrix of a graph"],
)
def test_is_silent_on(tmp_path, events, more):
    assert isinstance(outcome(tmp_path, events, **more), Passed)


def test_is_skipped_without_inputs(tmp_path):
    record = synthetic.record(tmp_path, loss=[1.0] * 100)
    assert isinstance(run_rule(UnscaledInput, (TrainingView(record, trainings(record)[0]),)), Skipped)


def test_the_message_names_layers_that_no_loss_reaches(tmp_path):
    cut = [{"id": 0, "layer": "conv", "shape": [8, 8], "requires_grad": True},
           {"id": 1, "layer": "fc", "shape": [4, 8], "requires_grad": True}]
    graph = [{"op": "nll_loss", "in": [1]}, {"op": "addmm", "in": [None, None, 2]},
             {"op": "leaf", "leaf": 1, "shape": [4, 8]}]
    found = outcome(tmp_path, [event(11.0, 35.0)] * 5, parameters=cut, graph=graph)
    assert isinstance(found, Fired)
    assert found.findings[0].message.startswith(
        "the input of layer `fc` comes from layers that no loss reaches and is not scaled"
    )


def test_fires_on_features_that_vanish_beside_one(tmp_path):
    found = outcome(tmp_path, [event(0.01, 0.06, features=features(rms_max=0.2, rms_median=1e-4))] * 5)
    assert isinstance(found, Fired)
    assert "half of the features of the input of layer `fc` vanish beside feature 3" in found.findings[0].message
    assert found.findings[0].measured("feature_ratio").value == pytest.approx(2000)


@pytest.mark.parametrize(
    "facts", [{"rms_max": 0.2, "rms_median": 0.01}, {"rms_max": 5.0, "rms_median": 0.03},
              {"rms_max": 0.2, "rms_median": 1e-4, "constant": 5}],
    ids=["a small table", "one larger", "constant pixels"],
)  # fmt: skip
def test_silent_on_features_that_do_not_vanish(tmp_path, facts):
    assert isinstance(outcome(tmp_path, [event(0.01, 0.06, features=features(**facts))] * 5), Passed)
