from __future__ import annotations

import pytest

from unstuck.core.finding import Severity
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.record.schema import Kind
from unstuck.analysis.run.training import trainings
from unstuck.rules.engine import run_rule
from unstuck.rules.families.opt.parameters_not_in_optimizer import ParametersNotInOptimizer
from unstuck.analysis.run.view import TrainingView
from unstuck.testing import synthetic

GRAPH = [
    {"op": "MseLoss", "in": [1]}, {"op": "Addmm", "in": [2, 3]},
    {"op": "AccumulateGrad", "in": [], "leaf": 1, "shape": [4, 8]},
    {"op": "AccumulateGrad", "in": [], "leaf": 2, "shape": [8, 8]},
]  # fmt: skip
STILL = {"body.weight": {"weight": {"norm": [2.0, 2.0, 2.0]}}}
MOVING = {"body.weight": {"weight": {"norm": [2.0, 2.1, 2.2]}}}


def model(shape=(8, 8), *, loaded=False, training=True, around="Net"):
    return {
        "modules": [
            {"name": "net", "class": around, "training": True, "loaded": False},
            {"name": "head", "class": "Linear", "file": "train.py", "line": 5, "training": True},
            {"name": "body", "class": "Linear", "file": "train.py", "line": 4, "training": training, "loaded": loaded},
        ],
        "parameters": [
            {"id": 1, "name": "head.weight", "layer": "head", "shape": [4, 8], "requires_grad": True, "loaded": False},
            {"id": 2, "name": "body.weight", "layer": "body", "shape": list(shape), "requires_grad": True, "loaded": loaded},
        ],
    }


def outcome(tmp_path, *, held=(1,), steps=40, layers=STILL, groups=None, **plan):
    record = synthetic.record(
        tmp_path, loss=[1.0] * 40, accumulate=10**6, layers=layers, optimizer={"id": 5, "parameters": list(held), **(groups or {})},
        rows=[(Kind.STEP, 0.1, at + 1, 5) for at in range(steps)], **{"graph": GRAPH, "model": model(), **plan},
    )  # fmt: skip
    return run_rule(ParametersNotInOptimizer, (TrainingView(record, trainings(record)[0]),))


def test_fires_with_layer_share_and_both_lines(tmp_path):
    found = outcome(tmp_path)
    assert isinstance(found, Fired)
    finding = found.findings[0]
    assert finding.severity is Severity.ERROR
    assert (finding.place.layer, finding.place.line, finding.used_at.line) == ("body", 4, 10)
    assert "67 % of 96 weights" in finding.message


@pytest.mark.parametrize("plan", [{"loaded": True}, {"training": False}], ids=["loaded", "in evaluation mode"])
def test_values_that_may_be_meant_to_stay_are_reported_as_info(tmp_path, plan):
    found = outcome(tmp_path, model=model(**plan))
    assert isinstance(found, Fired)
    assert found.findings[0].severity is Severity.INFO


def test_a_scale_alone_is_a_warning(tmp_path):
    found = outcome(tmp_path, model=model(shape=(1,)))
    assert isinstance(found, Fired)
    assert found.findings[0].severity is Severity.WARNING


@pytest.mark.parametrize(
    "plan",
    [
        {"held": (1, 2)},
        {"layers": MOVING},
        {"held": (77,), "graph": [*GRAPH, {"op": "AccumulateGrad", "in": [], "leaf": 77, "shape": [8]}]},
        {"events": [("optimizer", 20, {"id": 6, "parameters": [2]})]},
    ],
    ids=[
        "all held", "updated by hand", "a code through a network", "held by a later optimiser",
    ],
)
def test_is_silent_on(tmp_path, plan):
    assert isinstance(outcome(tmp_path, **plan), Passed)


@pytest.mark.parametrize(
    "plan",
    [{"layers": {"body.weight": {"weight": {"norm": [2.0]}}}}, {"layers": {}}, {"steps": 5}],
    ids=["one sample only", "never sampled", "few steps"],
)
def test_is_skipped_with_too_little_data(tmp_path, plan):
    assert isinstance(outcome(tmp_path, **plan), Skipped)


def of_rates(*rates, initial=None):
    return {"groups": [{"lr": rate, "initial_lr": initial} for rate in rates], "by_group": [[1], [2]]}


def test_a_group_with_a_rate_of_zero_is_like_no_optimiser(tmp_path):
    found = outcome(tmp_path, held=(1, 2), groups=of_rates(0.1, 0.0))
    assert isinstance(found, Fired)
    assert found.findings[0].severity is Severity.ERROR
    assert "is in a group with a learning rate of 0" in found.findings[0].message
    assert found.findings[0].remedies[0].name == "raise-group-rate"


@pytest.mark.parametrize(
    "plan",
    [
        {"groups": of_rates(0.1, 0.01)},
        {"groups": of_rates(0.1, 0.0), "layers": MOVING},
        {"groups": of_rates(0.1, 0.0, initial=0.1)},
        {"groups": of_rates(0.1, 0.0), "events": [("optimizer", 20, {"id": 5, "parameters": [1, 2], **of_rates(0.1, 0.1)})]},
    ],
    ids=["a low rate", "updated by hand", "a schedule that begins at 0", "unfrozen later"],
)
def test_is_silent_on_a_group_that(tmp_path, plan):
    assert isinstance(outcome(tmp_path, held=(1, 2), **plan), Passed)


def test_skips_without_a_graph(tmp_path):
    assert isinstance(outcome(tmp_path, graph=None), Skipped)
