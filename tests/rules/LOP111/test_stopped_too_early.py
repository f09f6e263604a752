from __future__ import annotations

import numpy as np
import pytest

from unstuck.core.finding import Severity
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.analysis.run.training import trainings
from unstuck.rules.engine import run_rule
from unstuck.rules.families.lop.stopped_too_early import StoppedTooEarly, next_rate
from unstuck.analysis.run.view import TrainingView
from unstuck.testing import synthetic


def noisy(values, sigma=0.03):
    return (np.asarray(values) + sigma * np.random.default_rng(0).standard_normal(len(values))).tolist()


def falls(pace, steps=300, start=2.3, end=0.1):
    return end + (start - end) * np.exp(-np.arange(steps) / pace)


def outcome(tmp_path, loss, **plan):
    record = synthetic.record(tmp_path, loss=loss, **plan)
    return run_rule(StoppedTooEarly, (TrainingView(record, trainings(record)[0]),))


@pytest.mark.parametrize("pace", [150, 300, 1000])
def test_fires_while_the_loss_falls(tmp_path, pace):
    found = outcome(tmp_path, noisy(falls(pace)))
    assert isinstance(found, Fired)
    assert "training loss was still falling at step 300" in found.findings[0].message


@pytest.mark.parametrize(
    ("last", "severity"), [(0.7, Severity.WARNING), (0.3, Severity.INFO)], ids=["much is left", "most is learned"]
)  # fmt: skip
def test_a_small_fall_is_an_information(tmp_path, last, severity):
    found = outcome(tmp_path, noisy(np.linspace(2.3, 2.3 - 3 * last, 300)))
    assert found.findings[0].severity is severity


def test_the_held_out_loss_decides(tmp_path):
    assert isinstance(outcome(tmp_path, noisy(falls(200)), evals=[2.2, 1.9, 1.7, 1.5, 1.3, 1.15]), Fired)
    level = [1.5, 1.2, 1.05, 1.0, 1.01, 1.0, 1.0, 1.01]
    assert isinstance(outcome(tmp_path, noisy(falls(200)), evals=level), Passed)
    assert isinstance(outcome(tmp_path, noisy(falls(200)), evals=[2.0, 1.5, 1.2, 1.2, 1.3, 1.5]), Passed)


@pytest.mark.parametrize(
    ("loss", "plan"),
    [
        (noisy(falls(30)), {}),
        (noisy(falls(60, end=0.5), 0.1), {}),
        (noisy(falls(200)), {"lr": np.linspace(0.1, 0.0, 300).tolist(), "optimizer": {"class": "SGD", "groups": []}}),
        (noisy(np.full(300, 2.3)), {}),
        (noisy(np.linspace(1, 9, 300)), {}),
        ((falls(300) * np.exp(noisy(np.zeros(300), 1.0))).tolist(), {}),
        ((0.003 + 0.02 * np.exp(-np.arange(300) / 100) + 2.3 * (np.arange(300) < 20)).tolist(), {}),
    ],
    ids=["level", "nearly level", "ended by its schedule", "flat", "rising", "lost in noise", "falling below notice"],
)  # fmt: skip
def test_silent_on(tmp_path, loss, plan):
    assert isinstance(outcome(tmp_path, loss, **plan), Passed)


def cosine(epochs, of, steps=50):
    return np.repeat((1 + np.cos(np.pi * np.arange(epochs) / of)) / 2, steps)


@pytest.mark.parametrize(
    ("rates", "ends"),
    [
        (cosine(6, 6), True),
        (cosine(3, 3), True),
        (np.repeat(np.linspace(1, 0, 7)[:-1], 50), True),
        (cosine(4, 6), False),
        (cosine(6, 6)[:-20], False),
        (np.repeat(0.5 ** np.arange(4), 50), False),
        (np.repeat([1.0, 0.1], 150), False),
        (np.ones(300), False),
    ],
    ids=["cosine", "three epochs", "linear", "two epochs before its end", "within an epoch", "halved", "once", "none"],
)
def test_a_schedule_by_epochs_ends_with_the_step_that_would_come(rates, ends):
    assert (next_rate(rates) < 0.05) is ends


def test_silent_at_the_end_of_a_schedule_by_epochs(tmp_path):
    plan = {"optimizer": {"class": "SGD", "groups": []}}
    assert isinstance(outcome(tmp_path / "end", noisy(falls(200)), lr=cosine(6, 6).tolist(), **plan), Passed)
    assert isinstance(outcome(tmp_path / "amid", noisy(falls(200)), lr=cosine(6, 12).tolist(), **plan), Fired)


def test_is_skipped_with_too_few_steps(tmp_path):
    found = outcome(tmp_path, [2.3, 2.0, 1.7, 1.4])
    assert isinstance(found, Skipped)
    assert "10 backward calls" in found.missing[0]


def test_is_skipped_with_too_few_finite_values(tmp_path):
    assert isinstance(outcome(tmp_path, [2.3, 2.0, 1.7, *[float("nan")] * 8, 1.4]), Skipped)
