from __future__ import annotations

import pytest

from unstuck.core.finding import Severity
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.analysis.run.training import trainings
from unstuck.rules.engine import run_rule
from unstuck.rules.families.scl.unscaled_target import UnscaledTarget
from unstuck.analysis.run.view import TrainingView
from unstuck.testing import synthetic

HAND_WRITTEN = [
    {"op": "mean", "in": [1]}, {"op": "pow", "in": [2], "settings": {"exponent": 2}}, {"op": "sub", "in": [3, None]},
    {"op": "addmm", "in": [None, None, None]},
]


def outcome(tmp_path, mean, std, *, loss=None, predictions=0.0, function="mse_loss", graph=None, **more):
    calls = [
        {"function": function, "file": "train.py", "line": 9, "step": at,
         "input": {"shape": [32, 1], "mean": predictions, "std": 0.2},
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


def test_reports_the_mean_where_the_deviation_has_a_usual_size(tmp_path):
    alone = outcome(tmp_path, 2000.0, 1.5).findings[0]
    assert "the mean is 2000 away from the first predictions" in alone.message
    assert alone.remedies[0].text.startswith("Subtract the mean of the targets")
    assert "the standard deviation has a usual size" in alone.message


def test_reports_the_size_where_the_deviation_is_large_too(tmp_path):
    both = outcome(tmp_path, 152.0, 77.0).findings[0]
    assert "root mean square about the first predictions is 170 (expected about 1)" in both.message
    assert "by their standard deviation" in both.remedies[0].text


def test_is_a_note_where_the_network_reaches_the_targets(tmp_path):
    found = outcome(tmp_path, 152.0, 77.0, loss=[29000.0] * 20 + [50.0] * 80)
    assert isinstance(found, Fired)
    assert found.findings[0].severity is Severity.INFO


def scaled(op, **settings):
    return [{"op": "mse_loss", "in": [1]}, {"op": op, "in": [2], "settings": settings},
            {"op": "addmm", "in": [None, None, None]}]


@pytest.mark.parametrize(
    ("mean", "std", "more"),
    [
        (0.0, 1.0, {}), (9.9, 3.2, {}), (5.0, 2.0, {}), (100.0, 5.0, {"predictions": 100.0}), (0.0, 0.0, {}),
        (150.0, 77.0, {"function": "poisson_nll_loss"}), (150.0, 77.0, {"graph": scaled("mul", factor=80.0)}),
        (150.0, 77.0, {"graph": scaled("exp")}), (0.001, 0.03, {"one_hot": True}),
    ],
    ids=["standardised", "rings of abalone", "grades", "bias set to the mean", "zeros", "counts with a log link",
         "network that multiplies", "network that exponentiates", "one-hot"],
)  # fmt: skip
def test_is_silent_on(tmp_path, mean, std, more):
    assert isinstance(outcome(tmp_path, mean, std, **more), Passed)


def test_finds_the_size_in_the_value_of_a_hand_written_loss(tmp_path):
    record = synthetic.record(
        tmp_path, loss=[29000.0] * 100, function=None, graph=HAND_WRITTEN,
        layers={"fc": {"output": {"norm": [2.0] * 5, "count": 32}}},
    )
    found = run_rule(UnscaledTarget, (TrainingView(record, trainings(record)[0]),))
    assert isinstance(found, Fired)
    assert "targets of size 170" in found.findings[0].message


def test_is_silent_on_a_small_hand_written_loss(tmp_path):
    record = synthetic.record(
        tmp_path, loss=[1.1] * 100, function=None, graph=HAND_WRITTEN,
        layers={"fc": {"output": {"norm": [2.0] * 5, "count": 32}}},
    )
    assert isinstance(run_rule(UnscaledTarget, (TrainingView(record, trainings(record)[0]),)), Passed)


def test_is_skipped_after_two_calls(tmp_path):
    calls = [{"function": "mse_loss", "step": at, "target": {"shape": [32, 1], "mean": 150.0, "std": 70.0}} for at in (0, 1)]
    record = synthetic.record(tmp_path, loss=[2e4] * 100, loss_call=calls, function="mse_loss")
    found = run_rule(UnscaledTarget, (TrainingView(record, trainings(record)[0]),))
    assert isinstance(found, Skipped)
    assert found.missing == ("3 sampled calls of a regression loss",)


@pytest.mark.parametrize(
    ("graph", "missing"),
    [
        (HAND_WRITTEN, "the first predictions of the network"),
        ([{"op": "sum", "in": [1]}, {"op": "addmm", "in": [None, None, None]}],
         "a regression loss, or a mean of squared or absolute errors"),
    ],
    ids=["no outputs", "another loss"],
)  # fmt: skip
def test_is_skipped_on_a_hand_written_loss_with(tmp_path, graph, missing):
    record = synthetic.record(tmp_path, loss=[29000.0] * 100, function=None, graph=graph)
    found = run_rule(UnscaledTarget, (TrainingView(record, trainings(record)[0]),))
    assert isinstance(found, Skipped)
    assert found.missing == (missing,)


def test_is_skipped_without_a_loss(tmp_path):
    record = synthetic.record(tmp_path, loss=[])
    assert isinstance(run_rule(UnscaledTarget, (TrainingView(record, trainings(record)[0]),)), Skipped)


def test_the_place_of_a_hand_written_loss_is_where_it_is_computed(tmp_path):
    graph = [{**HAND_WRITTEN[0], "file": "net.py", "line": 16}, *HAND_WRITTEN[1:]]
    record = synthetic.record(
        tmp_path, loss=[29000.0] * 100, function=None, graph=graph,
        layers={"fc": {"output": {"norm": [2.0] * 5, "count": 32}}},
    )
    found = run_rule(UnscaledTarget, (TrainingView(record, trainings(record)[0]),))
    assert isinstance(found, Fired)
    assert (found.findings[0].place.file, found.findings[0].place.line) == ("net.py", 16)
