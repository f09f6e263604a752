from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.record.schema import Kind
from unstuck.analysis.run.training import trainings
from unstuck.analysis.run.batches import Batch, same_class_across, same_class_within
from unstuck.rules.engine import run_rule
from unstuck.rules.families.spl.unshuffled_data import UnshuffledData
from unstuck.analysis.run.view import TrainingView
from unstuck.testing import synthetic

RANDOM = np.random.default_rng(0)


def call(labels, step, **more):
    labels = np.asarray(labels)
    return ("loss_call", step, {
        "phase": "train", "function": "cross_entropy", "input": {"shape": [len(labels), 10]},
        "target": {"shape": [len(labels)], "dtype": "int64"}, "file": "train.py", "line": 9,
        "labels": {str(k): int(n) for k, n in Counter(labels.tolist()).items()}, **more,
    })  # fmt: skip


def number(mean, std, step, n=32):
    return ("loss_call", step, {
        "phase": "train", "function": "mse_loss", "input": {"shape": [n, 1]}, "file": "train.py", "line": 9,
        "target": {"shape": [n, 1], "mean": mean, "std": std},
    })  # fmt: skip


def entered(step, mean=0.0, std=1.0, shape=(32, 8)):
    return ("input", step, {"op": "Addmm", "layer": "fc", "shape": list(shape), "mean": mean, "std": std})


def outcome(tmp_path, calls, *, loader=None, more=(), graph=None, together=1):
    events = []
    for at, one in enumerate(calls):
        events.append(one)
        if at % together == together - 1:
            events.append(("window", one[1], {"optimizers": {}}))
    rows = [(Kind.EPOCH, 0.0, 0, 7)] if loader is not None else ()
    loader = {"id": 7, "line": 12, **loader} if loader is not None else None
    record = synthetic.record(tmp_path, loss=[2.0] * 100, events=[*more, *events], loader=loader, rows=rows,
                              graph=graph)
    return run_rule(UnshuffledData, (TrainingView(record, trainings(record)[0]),))


def test_fires_on_data_that_is_sorted_by_class(tmp_path):
    found = outcome(tmp_path, [call([at // 2] * 32, at) for at in range(20)], loader={"sampler": "SequentialSampler"})
    assert isinstance(found, Fired)
    assert "20 of 20 sampled batches hold a single class" in found.findings[0].message
    assert found.findings[0].place.line == 12


def test_fires_where_batches_are_wider_than_classes(tmp_path):
    ordered = np.sort(RANDOM.integers(0, 10, 1800))
    calls = [call(ordered[at * 200 : at * 200 + 200], at) for at in range(9)]
    assert isinstance(outcome(tmp_path, calls), Fired)


def test_fires_after_three_steps_where_the_loader_knows_the_other_classes(tmp_path):
    calls = [call([0] * 32, at) for at in range(3)]
    loader = {"sampler": "SequentialSampler", "labels": {"0": 100, "1": 100, "2": 100}}
    assert isinstance(outcome(tmp_path, calls, loader=loader), Fired)
    without = outcome(tmp_path, calls)
    assert isinstance(without, Skipped)
    assert without.missing == ("4 sampled batches",)


def test_fires_on_sorted_numbers(tmp_path):
    calls = [number(-1.5 + 0.3 * (at % 10), 0.05, at) for at in range(20)]
    assert isinstance(outcome(tmp_path, calls, more=[entered(0)]), Fired)


@pytest.mark.parametrize(
    ("calls", "more"),
    [
        ([call(RANDOM.integers(0, 10, 32), at) for at in range(20)], {}),
        ([call(list(range(10)) * 3, at) for at in range(20)], {}),
        ([call([0] * 100 + [1] * 50, at) for at in range(20)], {}),
        ([call(RANDOM.choice(2, 32, p=[0.97, 0.03]), at) for at in range(20)], {}),
        ([call([at % 4] * 32, at) for at in range(20)], {"loader": {"sampler": "RandomSampler"}}),
        ([call([at % 4] * 32, at) for at in range(20)], {"together": 4}),
        ([number(RANDOM.normal(0, 0.18), 1.0, at) for at in range(20)], {"more": [entered(0)]}),
        ([number(0.1 * at, 0.05, at) for at in range(20)], {"more": [entered(0)]}),
    ],
    ids=["random", "balanced", "whole set", "rare class", "random sampler", "accumulated over classes",
         "random numbers", "numbers that drift"],
)  # fmt: skip
def test_is_silent_on(tmp_path, calls, more):
    assert isinstance(outcome(tmp_path, calls, **more), Passed)


@pytest.mark.parametrize(
    ("calls", "more", "missing"),
    [
        ([call([at % 4] * 2, at) for at in range(20)], (), "batches of 4 examples"),
        ([number(0.1 * (at % 5), 0.02, at) for at in range(20)], [entered(0, shape=(32, 24, 1))], "inputs that are tables"),
    ],
    ids=["pairs", "windows of a series"],
)
def test_is_skipped_on(tmp_path, calls, more, missing):
    found = outcome(tmp_path, calls, more=more)
    assert isinstance(found, Skipped)
    assert found.missing == (missing,)


SOFTMAX = [{"op": "Mean", "in": [1]}, {"op": "Softmax", "in": [2]}, {"op": "Addmm", "in": [None, None, None]}]
LINEAR = [{"op": "Mean", "in": [1]}, {"op": "Addmm", "in": [None, None, None]}]


def test_finds_the_order_in_the_inputs_of_a_hand_written_loss(tmp_path):
    again = [entered(at, mean=[-0.8, -0.5, 0.1, 0.7, 0.9][at % 5], std=0.8) for at in range(15)]
    found = outcome(tmp_path, [], more=again, graph=SOFTMAX)
    assert isinstance(found, Fired)
    assert "came back unchanged" in found.findings[0].message
    assert isinstance(outcome(tmp_path, [], more=again, graph=LINEAR), Skipped)


def test_is_silent_on_a_fixed_order_of_mixed_data(tmp_path):
    again = [entered(at, mean=[-0.05, 0.02, 0.1, 0.07, -0.1][at % 5]) for at in range(15)]
    assert isinstance(outcome(tmp_path, [], more=again, graph=SOFTMAX), Passed)


def test_is_skipped_without_a_loss(tmp_path):
    record = synthetic.record(tmp_path, loss=[])
    assert isinstance(run_rule(UnshuffledData, (TrainingView(record, trainings(record)[0]),)), Skipped)


def test_pairs_of_equal_labels_are_counted():
    assert same_class_within(Counter({0: 2, 1: 2})) == pytest.approx(2 / 6)
    assert same_class_across([Batch(0, Counter({0: 4})), Batch(1, Counter({0: 1, 1: 3}))]) == pytest.approx(0.25)
