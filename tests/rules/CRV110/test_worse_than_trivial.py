from __future__ import annotations

import numpy as np
import pytest

from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.analysis.run.training import trainings
from unstuck.rules.engine import run_rule
from unstuck.rules.families.crv.worse_than_trivial import WorseThanTrivial
from unstuck.analysis.run.view import TrainingView
from unstuck.testing import synthetic


def labels(number=6, each=6):
    return [
        {"step": at, "labels": {str(k): each for k in range(10)}, "classes": 10,
         "target": {"dtype": "int64", "shape": [10 * each]}} for at in range(number)
    ]  # fmt: skip


def outcome(tmp_path, loss, **plan):
    record = synthetic.record(tmp_path, **{"loss": loss, "loss_call": labels()} | plan)
    return run_rule(WorseThanTrivial, (TrainingView(record, trainings(record)[0]),))


def noisy(values, sigma=0.05):
    return (np.asarray(values) + sigma * np.random.default_rng(0).standard_normal(len(values))).tolist()


@pytest.mark.parametrize("end", [2.303, 2.6, 30.0])
def test_fires_where_the_baseline_is_as_good(tmp_path, end):
    found = outcome(tmp_path, noisy(end + 5 * np.exp(-np.arange(300) / 20)))
    assert isinstance(found, Fired)
    assert "no better than the baseline loss of 2.303 (always predicting the class frequencies)" in found.findings[0].message


@pytest.mark.parametrize("end", [2.15, 1.0])
def test_is_silent_where_the_network_is_better(tmp_path, end):
    assert isinstance(outcome(tmp_path, noisy(end + 5 * np.exp(-np.arange(300) / 20))), Passed)


def test_is_silent_where_the_signal_is_weak_and_targets_are_few(tmp_path):
    rows = [
        {"step": at, "function": "mse_loss", "target": {"dtype": "float32", "shape": [16], "mean": m, "std": 0.95}}
        for at, m in enumerate([0.2, -0.3, 0.1])
    ]
    loss = noisy(np.linspace(1.3, 0.93, 300), 0.3)
    assert isinstance(outcome(tmp_path, loss, function="mse_loss", loss_call=rows), Passed)


def test_a_sum_over_the_batch_is_no_worse_for_it(tmp_path):
    rows = [row | {"reduction": "sum", "mean": 1.0} for row in labels()]
    assert isinstance(outcome(tmp_path, noisy(np.r_[[60.0] * 6, np.linspace(60, 30, 300)], 1.0), loss_call=rows), Passed)


def test_is_skipped_without_a_call_that_shows_the_targets(tmp_path):
    assert isinstance(outcome(tmp_path, [2.3] * 100, loss_call=None), Skipped)


def test_the_message_states_an_improvement_beyond_chance(tmp_path):
    found = outcome(tmp_path, noisy(2.265 + 5 * np.exp(-np.arange(300) / 20), 0.01), loss_call=labels(40, 60))
    assert isinstance(found, Fired)
    assert "hardly better than the baseline loss" in found.findings[0].message


def test_is_skipped_where_the_baseline_is_unknown(tmp_path):
    found = outcome(tmp_path, [2.3] * 100, loss_call=[{"step": 0, "function": "kl_div"}], function="kl_div")
    assert isinstance(found, Skipped)
    assert found.missing == ("a known baseline loss",)
