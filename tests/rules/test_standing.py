from __future__ import annotations

import math

import numpy as np
import pytest

from unstuck.core.diagnosis import Verdict
from unstuck.record.schema import Kind
from unstuck.analysis.run.training import trainings
from unstuck.analysis.run.status import status_of, summary_of
from unstuck.testing import synthetic

T = {"dtype": "int64", "shape": [64]}
CLASSES = {"labels": {str(k): 6 for k in range(10)}, "classes": 10, "target": T}
LABELS = [{"step": at, **CLASSES} for at in range(6)]
"""sampled calls over ten equal classes: the constant answer scores log(10) = 2.303"""


def noisy(values, sigma=0.05, seed=0):
    values = np.asarray(values, dtype=float)
    return (values + sigma * np.random.default_rng(seed).standard_normal(len(values))).tolist()


def falling(start, end, steps=400, pace=60):
    return end + (start - end) * np.exp(-np.arange(steps) / pace)


def stands(tmp_path, loss, **plan):
    return status_of(synthetic.training(tmp_path, loss=loss, **plan))


@pytest.mark.parametrize(
    ("loss", "verdict"),
    [
        (noisy(falling(2.3, 0.2)), Verdict.LEARNED),
        (noisy(falling(2.3, 0.2, pace=400)), Verdict.LEARNING),
        (noisy(np.full(400, 2.303)), Verdict.STUCK),
        (noisy(falling(9.0, 2.303)), Verdict.STUCK),
        (noisy(np.linspace(2.3, 40.0, 400)), Verdict.DIVERGED),
        ([2.3, 2.2, 2.1] * 3, Verdict.TOO_SHORT),
        ([*noisy(falling(2.3, 0.5)), math.nan], Verdict.DIVERGED),
        ([*noisy(falling(2.3, 0.5)), math.inf, *noisy(np.full(100, 0.5))], Verdict.LEARNED),
        ([math.nan] * 50, Verdict.DIVERGED),
        ([2.3, 60.0, 30.0, *noisy(np.full(300, 2.31))], Verdict.STUCK),
        (falling(2.3, 0.1, steps=30, pace=5).tolist(), Verdict.LEARNED),
    ],
    ids=["learned", "learning", "flat", "from a bad start to the constant", "rises", "nine steps", "NaN at the end",
         "one infinite loss", "NaN from the start", "one large step", "thirty full batches"],
)  # fmt: skip
def test_verdict_against_the_constant_answer(tmp_path, loss, verdict):
    assert stands(tmp_path, loss, loss_call=LABELS).verdict is verdict


@pytest.mark.parametrize(
    ("loss", "verdict"),
    [
        (noisy(falling(5.0, 1.0), 0.3), Verdict.LEARNED),
        (noisy(np.full(400, 5.0), 0.3), Verdict.STUCK),
        (noisy(np.linspace(1.0, 3.0, 400)), Verdict.STUCK),
        (noisy(np.exp(np.linspace(0, 9, 400))), Verdict.DIVERGED),
    ],
    ids=["falls", "flat", "rises a little", "explodes"],
)
def test_a_loss_written_by_hand_is_held_against_its_beginning(tmp_path, loss, verdict):
    assert stands(tmp_path, loss, function=None).verdict is verdict


def test_single_examples_are_noisy_and_no_reason_for_alarm(tmp_path):
    loss = np.random.default_rng(1).exponential(1.0, 3000) * falling(2.3, 0.6, steps=3000, pace=300)
    assert stands(tmp_path, loss.tolist(), loss_call=LABELS).verdict in (Verdict.LEARNED, Verdict.LEARNING)


def test_noise_that_could_hide_a_fall_is_not_judged(tmp_path):
    loss = np.random.default_rng(2).exponential(2.3, 40).tolist()
    assert stands(tmp_path, loss, function=None).verdict is not Verdict.STUCK


def test_data_in_order_repeats_itself_and_is_judged_by_epochs(tmp_path):
    loss = [0.0] * 5 + [2.0] * 5
    assert stands(tmp_path, loss * 40, function=None).verdict is Verdict.STUCK


def test_chance_better_than_the_constant_answer_is_not_learning(tmp_path):
    assert stands(tmp_path, noisy(np.full(400, 2.0)), loss_call=LABELS).verdict is Verdict.STUCK


def test_weights_from_a_file_may_begin_where_they_end(tmp_path):
    model = {"modules": [], "parameters": [{"id": 1, "name": "w", "shape": [3, 3], "loaded": True}]}
    assert stands(tmp_path, noisy(np.full(400, 0.5)), function=None, model=model).verdict is not Verdict.STUCK


@pytest.mark.parametrize(
    "plan",
    [
        {"loss": noisy(np.linspace(-1, 5, 400)), "function": None},
        {"loss": noisy(np.full(400, 0.69)), "loss_call": [
            {"step": at, "function": "binary_cross_entropy", "target": {"min": 1.0, "max": 1.0, "mean": 1.0, "std": 0.0}}
            for at in range(4)]},
        {"loss": noisy(np.linspace(1, 9, 400)), "function": "mse_loss", "loss_call": [
            {"step": at, "function": "mse_loss",
             "target": {"dtype": "float32", "shape": [32], "mean": 0.5 * at, "std": 0.3}} for at in range(12)]},
        {"loss": noisy(np.full(400, 3.0)), "function": None, "graph": [
            {"op": "Mean", "in": [1]}, {"op": "Mul", "in": [2, None], "shape": [32]}, {"op": "Neg", "in": [3], "shape": [32]},
            {"op": "Squeeze", "in": [4], "shape": [32]}, {"op": "Gather", "in": [5], "shape": [32, 1]},
            {"op": "LogSoftmax", "in": [6], "shape": [32, 4]}, {"op": "Addmm", "in": [], "shape": [32, 4]}]},
    ],
    ids=["negative", "told to look real", "targets that move", "a policy's"],
)  # fmt: skip
def test_losses_that_measure_no_progress_are_never_stuck_or_diverged(tmp_path, plan):
    s = stands(tmp_path, **plan)
    assert not s.objective
    assert s.verdict in (Verdict.LEARNING, Verdict.LEARNED)


def test_a_hand_written_cross_entropy_is_no_policy(tmp_path):
    graph = [{"op": "Neg", "in": [1]}, {"op": "Mean", "in": [2]}, {"op": "Gather", "in": [3], "shape": [32, 1]},
             {"op": "LogSoftmax", "in": [], "shape": [32, 4]}]  # fmt: skip
    assert stands(tmp_path, noisy(np.full(400, 1.4)), function=None, graph=graph).verdict is Verdict.STUCK


def test_trainings_in_turn_without_a_constant_answer_are_rivals(tmp_path):
    events = [("series", 0, {"id": 60, "role": "train", "function": None, "training": 1})]
    rows = [(Kind.BACKWARD, 0.7, at, 60) for at in range(200)]
    record = synthetic.record(tmp_path, loss=noisy(np.full(200, 0.7)), function=None, events=events, rows=rows)
    assert [status_of(training).objective for training in trainings(record)] == [False, False]


def test_generator_and_discriminator(tmp_path):
    events = [
        ("optimizer", 0, {"id": 50, "class": "Adam", "groups": [{"lr": 1e-3}], "parameters": [1, 2]}),
        ("optimizer", 0, {"id": 51, "class": "Adam", "groups": [{"lr": 1e-3}], "parameters": [3, 4]}),
        ("series", 0, {"id": 60, "role": "train", "function": None}),
        ("graph", 0, {"series": 1, "truncated": False, "nodes": [{"op": "Mean", "leaf": 1}]}),
        ("graph", 0, {"series": 60, "truncated": False, "nodes": [{"op": "Mean", "leaf": 1}, {"op": "X", "leaf": 3}]}),
    ]
    rows = [(Kind.BACKWARD, 0.7, at, 60) for at in range(100)]
    s = stands(tmp_path, noisy(np.full(200, 0.7)), optimizer=[], events=events, rows=rows)
    assert not s.objective


def test_nothing_called_backward(tmp_path):
    assert stands(tmp_path, [], loss_call=[]).verdict is Verdict.NO_TRAINING


def test_any_series_of_numbers_is_judged_without_breaking(tmp_path):
    random = np.random.default_rng(3)
    for at in range(60):
        n = int(random.integers(1, 120))
        loss = random.standard_normal(n) * 10.0 ** random.integers(-30, 30)
        loss[random.random(n) < 0.1] = random.choice([math.nan, math.inf, 0.0, -math.inf])
        stands(tmp_path / str(at), loss.tolist(), epochs=int(random.integers(0, 6)))


def test_the_best_loss_that_is_told_is_never_worse_than_the_first_or_the_last(tmp_path):
    training = synthetic.training(tmp_path, loss=[1.0] * 5 + [1e6] * 95)
    told = summary_of(training, status_of(training))
    assert told.best_loss <= told.first_loss
    assert told.best_loss <= told.last_loss
