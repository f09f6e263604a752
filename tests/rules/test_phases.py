"""Phases of a training: what is judged belongs to the loss that is judged."""

from __future__ import annotations

import math

import pytest

from unstuck.analysis.run.constant_baseline import baseline_of
from unstuck.analysis.run.phases import main_phase
from unstuck.analysis.run.training import trainings
from unstuck.analysis.run.updates import relative_updates_of
from unstuck.testing import synthetic
from unstuck.testing.synthetic import Kind

OTHER = 77
"""id of the loss of the first phase"""
STEPS, BEFORE = 100, 40


def training(tmp_path, *, between=False):
    """100 steps on two classes; 40 on a hundred classes before them, or in between."""
    index = [2 * at if between else at for at in range(BEFORE)]
    mine = [2 * at + 1 for at in range(STEPS)] if between else [BEFORE + at for at in range(STEPS)]
    series = {"id": 78, "role": "train", "line": 20, "file": "train.py", "function": "cross_entropy"}
    call = {"phase": "train", "function": "cross_entropy", "target": {"dtype": "int64", "shape": [32]}}
    record = synthetic.record(
        tmp_path, loss=[],
        events=[
            ("series", 0, {**series, "id": OTHER, "line": 10}), ("series", BEFORE, series),
            ("loss_call", index[0], {**call, "labels": {str(at): 1 for at in range(100)}, "classes": 100}),
            ("loss_call", mine[0], {**call, "labels": {"0": 16, "1": 16}, "classes": 2}),
        ],
        rows=[(Kind.BACKWARD, math.log(100), at, OTHER) for at in index]
        + [(Kind.BACKWARD, math.log(2), at, 78) for at in mine]
        + [(Kind.STEP, 0.1, at + 1, 3) for at in sorted([*index, *mine])],
        layers={"0.weight": {"weight": {"norm": [1.0] * 4, "count": [64.0] * 4},
                             "update": {"norm": [1e-3, 1e-3, 0.5, 0.5]}}},
        sampled=[0, 1, BEFORE + 1, BEFORE + 2],
    )  # fmt: skip
    return trainings(record)[0]


def test_a_loss_before_the_main_one_is_another_phase(tmp_path):
    assert main_phase(training(tmp_path)) == (BEFORE, BEFORE + STEPS - 1)


def test_losses_in_turns_are_none(tmp_path):
    assert main_phase(training(tmp_path, between=True)) is None


def test_the_baseline_is_that_of_the_main_loss(tmp_path):
    assert baseline_of(training(tmp_path)).loss == pytest.approx(math.log(2), abs=0.02)  # and the bias of 32 labels


def test_updates_are_those_of_the_main_loss(tmp_path):
    found = relative_updates_of(training(tmp_path))
    assert found.step.tolist() == [BEFORE + 1, BEFORE + 2]
    assert found.typical == pytest.approx(0.75)  # 0.5 of a weight that was at least 0.5, then 0.5 of 1
