from __future__ import annotations

import pytest

from unstuck.analysis.run.training import trainings
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Severity
from unstuck.core.outcome import Fired, Passed
from unstuck.record.schema import Kind
from unstuck.rules.engine import run_rule
from unstuck.rules.families.lop.recreated_optimizer import RecreatedOptimizer
from unstuck.testing import synthetic

ADAM = {"class": "Adam", "groups": [{"lr": 0.1, "betas": [0.9, 0.999]}], "file": "train.py", "line": 14}
MOMENTUM = {**ADAM, "class": "SGD", "groups": [{"lr": 0.1, "momentum": 0.9}]}


def outcome(tmp_path, *, number=6, life=20, made=ADAM, loads=0, passes=1, loader=True, parameters=None):
    """``number`` optimisers of one line, one after the other; each sees so many passes and takes ``life`` steps."""
    made_at = [at * life for at in range(number)]
    epochs = [at + part * life // passes for at in made_at for part in range(passes)] if loader else []
    record = synthetic.record(
        tmp_path, loss=[1.0] * (number * life), accumulate=10**6,
        optimizer=[
            {"id": at, "made_at": begin, "parameters": parameters[at] if parameters else [7, 8], "loads": loads * at, **made}
            for at, begin in enumerate(made_at)
        ],
        rows=[(Kind.EPOCH, 0.0, at, 9) for at in epochs],
        events=[("end", 0, {"steps": {str(at): life for at in range(number)}})],
    )  # fmt: skip
    return run_rule(RecreatedOptimizer, tuple(TrainingView(record, one) for one in trainings(record)))


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ({}, "Adam is made anew 6 times for the same parameters, each time for 20 steps: its averages are lost"),
        ({"made": MOMENTUM}, "SGD is made anew 6 times for the same parameters, each time for 20 steps: its momentum is"),
        ({"loader": False, "number": 12}, "Adam is made anew 12 times"),
        ({"life": 1, "loader": False, "number": 50}, "each time for 1 step"),
    ],
    ids=["each epoch", "momentum", "without a loader", "each step"],
)
def test_fires(tmp_path, plan, words):
    found = outcome(tmp_path, **plan)
    assert isinstance(found, Fired)
    finding = found.findings[0]
    assert words in finding.message
    assert finding.severity is Severity.WARNING
    assert (finding.place.line, finding.first_step) == (14, plan.get("life", 20))


def test_long_lives_are_a_note(tmp_path):
    """Ten time constants of momentum 0.9: 100 steps."""
    found = outcome(tmp_path, life=101)
    assert isinstance(found, Fired)
    assert found.findings[0].severity is Severity.INFO
    assert found.findings[0].evidence[1].threshold == pytest.approx(100)


@pytest.mark.parametrize(
    "plan",
    [
        {"number": 3}, {"made": {**ADAM, "class": "SGD", "groups": [{"lr": 0.1}]}}, {"loads": 1}, {"passes": 4},
        {"loader": False}, {"parameters": [[at] for at in range(6)]},
    ],
    ids=[
        "stages of a training", "plain descent has no state", "weights are loaded before each", "tasks of several epochs",
        "six stages of tensors", "other networks",
    ],
)  # fmt: skip
def test_is_silent_on(tmp_path, plan):
    assert isinstance(outcome(tmp_path, **plan), Passed)


def replaced(tmp_path, *, held=(1, 2), reached=(7, 8), none=2):
    model = {
        "id": 3, "name": "net", "class": "Net", "modules": [],
        "parameters": [{"id": number, "name": f"p{number}", "layer": ""} for number in (7, 8)],
    }  # fmt: skip
    graph = [{"op": "MseLoss", "in": [1, 2]}, *({"op": "AccumulateGrad", "in": [], "leaf": one} for one in reached)]
    facts = {"stepped": True, "parameters": 2, "none": none, "entries": 1}
    record = synthetic.record(
        tmp_path, loss=[1.0] * 20, model=model, graph=graph, optimizer={"id": 5, **ADAM, "parameters": list(held)},
        window=[{"step": step, "optimizers": {"5": facts}} for step in (0, 1, 2)],
        events=[("end", 20, {"steps": {"5": 20}})],
    )  # fmt: skip
    return run_rule(RecreatedOptimizer, tuple(TrainingView(record, one) for one in trainings(record)))


def test_fires_on_an_optimiser_of_a_network_that_was_replaced(tmp_path):
    found = replaced(tmp_path)
    assert isinstance(found, Fired)
    assert "Adam holds 2 parameters that no loss reaches, and the losses reach 2 others" in found.findings[0].message


@pytest.mark.parametrize(
    "plan",
    [{"held": (7, 8)}, {"held": (1, 2, 3)}, {"held": (1, 7)}, {"none": 1}],
    ids=["of the network in use", "another number", "of a part of it", "they have gradients"],
)
def test_is_silent_where_the_network_was_not_replaced(tmp_path, plan):
    assert isinstance(replaced(tmp_path, **plan), Passed)
