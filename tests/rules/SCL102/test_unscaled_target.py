from __future__ import annotations

import pytest

from unstuck.core.finding import Severity
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.analysis.run.training import trainings
from unstuck.rules.engine import run_rule
from unstuck.rules.families.scl.unscaled_target import UnscaledTarget
from unstuck.analysis.run.view import TrainingView
from unstuck.testing import synthetic

BY_HAND = [
    {"op": "Mean", "in": [1]}, {"op": "Pow", "in": [2], "settings": {"exponent": 2}}, {"op": "Sub", "in": [3, None]},
    {"op": "Addmm", "in": [None, None, None]},
]


def outcome(tmp_path, mean, std, *, loss=None, answers=0.0, function="mse_loss", graph=None, **more):
    calls = [
        {"function": function, "file": "train.py", "line": 9, "step": at,
         "input": {"shape": [32, 1], "mean": answers, "std": 0.2},
         "target": {"shape": [32, 1], "mean": mean, "std": std, "zeros": 0.0}, **more}
        for at in range(6)
    ]
    record = synthetic.record(tmp_path, loss=loss or [mean**2 + std**2] * 100, loss_call=calls, function=function,
                              graph=graph)
    return run_rule(UnscaledTarget, (TrainingView(record, trainings(record)[0]),))


@pytest.mark.parametrize(
    ("mean", "std"), [(152.0, 77.0), (2e5, 1e5), (127.0, 60.0), (0.0, 1e-6), (0.0, 0.008)],
    ids=["diabetes", "house prices", "pixels", "a millionth", "daily returns"],
)
def test_fires_on(tmp_path, mean, std):
    found = outcome(tmp_path, mean, std)
    assert isinstance(found, Fired)
    assert found.findings[0].severity is Severity.WARNING
    assert found.findings[0].place.line == 9


def test_tells_the_mean_where_the_spread_is_of_a_usual_size(tmp_path):
    alone = outcome(tmp_path, 2000.0, 1.5).findings[0]
    assert "it is their mean that lies far from the network's first answers" in alone.message
    assert alone.remedies[0].text.startswith("Subtract the targets' mean")
    assert "spread is of a usual size" in alone.message


def test_tells_the_size_where_the_spread_is_large_too(tmp_path):
    both = outcome(tmp_path, 152.0, 77.0).findings[0]
    assert "times the size that a network begins with" in both.message
    assert "in units of its own spread" in both.remedies[0].text


def test_tells_as_information_what_the_network_reaches(tmp_path):
    found = outcome(tmp_path, 152.0, 77.0, loss=[29000.0] * 20 + [50.0] * 80)
    assert isinstance(found, Fired)
    assert found.findings[0].severity is Severity.INFO


def scaled(op, **settings):
    return [{"op": "MseLoss", "in": [1]}, {"op": op, "in": [2], "settings": settings},
            {"op": "Addmm", "in": [None, None, None]}]


@pytest.mark.parametrize(
    ("mean", "std", "more"),
    [
        (0.0, 1.0, {}), (9.9, 3.2, {}), (5.0, 2.0, {}), (100.0, 5.0, {"answers": 100.0}), (0.0, 0.0, {}),
        (150.0, 77.0, {"function": "poisson_nll_loss"}), (150.0, 77.0, {"graph": scaled("Mul", factor=80.0)}),
        (150.0, 77.0, {"graph": scaled("Exp")}), (0.001, 0.03, {"one_hot": True}),
    ],
    ids=["standardised", "rings of abalone", "grades", "bias set to the mean", "zeros", "counts with a log link",
         "head that multiplies", "head that exponentiates", "one-hot"],
)  # fmt: skip
def test_is_silent_on(tmp_path, mean, std, more):
    assert isinstance(outcome(tmp_path, mean, std, **more), Passed)


def test_reads_the_size_from_a_loss_written_by_hand(tmp_path):
    record = synthetic.record(
        tmp_path, loss=[29000.0] * 100, function=None, graph=BY_HAND,
        layers={"fc": {"output": {"norm": [2.0] * 5, "count": 32}}},
    )
    found = run_rule(UnscaledTarget, (TrainingView(record, trainings(record)[0]),))
    assert isinstance(found, Fired)
    assert "targets of size 170" in found.findings[0].message


def test_is_silent_on_a_small_loss_written_by_hand(tmp_path):
    record = synthetic.record(
        tmp_path, loss=[1.1] * 100, function=None, graph=BY_HAND,
        layers={"fc": {"output": {"norm": [2.0] * 5, "count": 32}}},
    )
    assert isinstance(run_rule(UnscaledTarget, (TrainingView(record, trainings(record)[0]),)), Passed)


def test_is_skipped_without_a_loss(tmp_path):
    record = synthetic.record(tmp_path, loss=[])
    assert isinstance(run_rule(UnscaledTarget, (TrainingView(record, trainings(record)[0]),)), Skipped)


def test_a_loss_written_by_hand_is_found_where_it_is_computed(tmp_path):
    graph = [{**BY_HAND[0], "file": "net.py", "line": 16}, *BY_HAND[1:]]
    record = synthetic.record(
        tmp_path, loss=[29000.0] * 100, function=None, graph=graph,
        layers={"fc": {"output": {"norm": [2.0] * 5, "count": 32}}},
    )
    found = run_rule(UnscaledTarget, (TrainingView(record, trainings(record)[0]),))
    assert isinstance(found, Fired)
    assert (found.findings[0].place.file, found.findings[0].place.line) == ("net.py", 16)
