from __future__ import annotations

import pytest

from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.record.schema import Kind
from unstuck.analysis.run.training import trainings
from unstuck.rules.engine import run_rule
from unstuck.rules.families.lop.missing_weight_update import MissingWeightUpdate
from unstuck.analysis.run.view import TrainingView
from unstuck.testing import synthetic

GRAPH = [{"op": "MseLoss", "in": [1]}, {"op": "AccumulateGrad", "in": [], "leaf": 7, "shape": [3, 3]}]
HELD = {"id": 5, "class": "Adam", "parameters": [7], "groups": [{"lr": 0.0}]}


def windows(**more):
    found = {
        "entries": 1, "clean": 1, "stale_norm": 0.0, "norm": 1.0, "stepped": True, "zeroed": 0, "parameters": 2,
        "none": 0, "zero": 0, "moved": 0, **more,
    }  # fmt: skip
    return [{"step": step, "optimizers": {"5": found}} for step in (0, 1, 2, 8)]


def outcome(tmp_path, *, loss=(1.0,) * 40, steps=0, rate=0.1, events=(), **plan):
    """``accumulate`` keeps the synthetic record from stepping by itself."""
    rows = [(Kind.STEP, rate, at + 1, 5) for at in range(steps)]
    record = synthetic.record(
        tmp_path, loss=list(loss), accumulate=10**6,
        rows=[*rows, *plan.pop("rows", ())], events=[*events, ("end", len(loss), {"steps": {"5": steps}})],
        **{"graph": GRAPH, "optimizer": HELD, **plan},
    )  # fmt: skip
    return run_rule(MissingWeightUpdate, tuple(TrainingView(record, one) for one in trainings(record)))


def test_fires_where_the_optimiser_never_steps(tmp_path):
    found = outcome(tmp_path)
    assert isinstance(found, Fired)
    assert "Adam never steps: backward was called 40 times" in found.findings[0].message
    assert found.findings[0].place.line == 20


@pytest.mark.parametrize(
    "plan",
    [
        {"graph": [{"op": "MseLoss", "in": []}]},
        {"layers": {"w": {"update": {"norm": [0.1, 0.1]}}}},
        {"steps": 40, "window": windows(moved=1)},
        {"steps": 40, "window": windows(moved=1)[:2]},
        {"steps": 40, "window": windows(norm=0.0, zero=2)},
        {"steps": 40, "window": windows()},
    ],
    ids=[
        "parameters not reached yet", "updated by hand", "weights change", "weights change at two sampled steps",
        "gradients are zero by themselves", "a learning rate that is only too low",
    ],
)
def test_is_silent_on(tmp_path, plan):
    assert isinstance(outcome(tmp_path, **plan), Passed)


@pytest.mark.parametrize(
    ("plan", "missing"),
    [
        ({"loss": (1.0,) * 12}, "20 backward calls"),
        ({"steps": 40}, "3 sampled steps"),
        ({"steps": 40, "window": windows()[:2]}, "3 sampled steps"),
        ({"optimizer": (), "loss": (1.0,) * 12}, "20 backward calls"),
        ({"optimizer": ()}, "summaries of weight updates"),
    ],
    ids=["few calls", "no sampled step", "two sampled steps", "few calls by hand", "no update"],
)
def test_is_skipped_with_too_little_data(tmp_path, plan, missing):
    found = outcome(tmp_path, **plan)
    assert isinstance(found, Skipped)
    assert missing in found.missing[0]


def test_fires_at_a_rate_of_zero(tmp_path):
    found = outcome(tmp_path, steps=40, rate=0.0, window=windows())
    assert isinstance(found, Fired)
    assert "learning rate is 0" in found.findings[0].message


def test_fires_on_gradients_cleared_before_the_step(tmp_path):
    found = outcome(tmp_path, steps=40, window=windows(none=2, norm=0.0))
    assert isinstance(found, Fired)
    assert "cleared between backward and step" in found.findings[0].message


def test_the_order_of_calls_shows_gradients_cleared_before_the_step(tmp_path):
    order = [(Kind.ZERO_GRAD, 0.0, 1, 5), (Kind.STEP, 0.1, 1, 5), (Kind.ZERO_GRAD, 0.0, 2, 5), (Kind.STEP, 0.1, 2, 5)]
    found = outcome(tmp_path, rows=order, window=windows(zero=2, norm=0.0))
    assert isinstance(found, Fired)
    assert "cleared between backward and step" in found.findings[0].message


def test_fires_on_an_optimiser_of_other_parameters(tmp_path):
    found = outcome(tmp_path, steps=40, window=windows(none=2, norm=0.0), optimizer={**HELD, "parameters": [8, 9]})
    assert isinstance(found, Fired)
    assert "none of its 2 parameters ever gets a gradient" in found.findings[0].message


def test_fires_without_any_backward(tmp_path):
    blind = ("blind_step", 0, {"optimizer": 5, "steps": 32, "parameters": 2, "none": 2, "norm": 0.0, "file": "t.py"})
    cleared = [(Kind.ZERO_GRAD, 0.0, 0, 5)] * 40
    found = outcome(tmp_path, loss=(), steps=40, events=[blind], optimizer=(), rows=cleared)
    assert isinstance(found, Fired)
    assert "backward is never called" in found.findings[0].message


def test_steps_without_losses_and_without_zero_grad_only_plot_a_schedule(tmp_path):
    blind = ("blind_step", 0, {"optimizer": 5, "steps": 32, "parameters": 1, "none": 1, "norm": 0.0})
    assert isinstance(outcome(tmp_path, loss=(), steps=100, events=[blind]), Passed)


def test_gradients_set_by_hand_need_no_backward(tmp_path):
    blind = ("blind_step", 0, {"optimizer": 5, "steps": 32, "parameters": 2, "none": 0, "norm": 3.0})
    assert isinstance(outcome(tmp_path, loss=(), steps=40, events=[blind]), Passed)


STILL = {"w": {"weight": {"norm": [2.0, 2.0, 2.0]}, "update": {"norm": [0.0, 0.0, 0.0]}}}


def test_fires_on_tensors_that_stay_unchanged_while_the_same_loss_comes_again(tmp_path):
    assert isinstance(outcome(tmp_path, optimizer=(), layers=STILL), Fired)


@pytest.mark.parametrize(
    "plan",
    [
        {"loss": [1.0 + at for at in range(40)], "layers": STILL},
        {"layers": {"w": {"weight": {"norm": [2.0, 2.1, 2.2]}, "update": {"norm": [0.0, 0.0, 0.0]}}}},
        {"layers": STILL, "model": {"modules": [{"name": "m", "training": False}]}},
    ],
    ids=["an analysis over many examples", "names bound to new tensors", "a network in evaluation mode"],
)
def test_by_hand_is_silent_on(tmp_path, plan):
    assert isinstance(outcome(tmp_path, optimizer=(), **plan), Passed)
