"""Held-out figures that the program does not compute, as curves and findings of overfitting."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.run.curves import evaluations
from unstuck.analysis.run.training import trainings
from unstuck.record.events.data.passed import HeldOutPass
from unstuck.record.events.data.splits import Split
from unstuck.record.reader import Record
from unstuck.record.writer import PartWriter
from unstuck.rules.engine import diagnose
from unstuck.testing import synthetic

TURNS = [1.0, 0.6, 0.5, 0.55, 0.7, 0.9, 1.1, 1.3]
FALLING = [0.7, 0.8, 0.85, 0.84, 0.8, 0.75, 0.72, 0.7]
RISING = [0.7, 0.8, 0.85, 0.86, 0.86, 0.87, 0.87, 0.87]


def run(path, loss, accuracy, looked_at=None, **given):
    record = synthetic.record(path, loss=np.geomspace(2.3, 0.001, 400), function="cross_entropy", **given)
    writer = PartWriter(record.path / "parts" / "examined", {"pid": 1, "rank": 0})
    writer.write(Split(id=1, name="X_test", rows=500, training=0))
    for at, (one, right) in enumerate(zip(loss, accuracy, strict=True), start=1):
        seen = 500 if looked_at is None else looked_at[at - 1]
        writer.write(
            HeldOutPass(split=1, step=50 * at, loss=one, accuracy=right, looked_at=seen, function="cross_entropy")
        )
    writer.close()
    return Record(record.path)


def codes(record):
    return [one.finding.code for one in diagnose(record).findings]


def test_passes_are_a_curve(tmp_path):
    (curve,) = evaluations(trainings(run(tmp_path, TURNS, FALLING))[0])
    assert curve.x.tolist() == [50.0 * at for at in range(1, 9)]
    assert curve.y.tolist() == TURNS
    assert curve.accuracy.tolist() == FALLING


def test_parts_of_passes_are_left_out(tmp_path):
    (curve,) = evaluations(trainings(run(tmp_path, TURNS, FALLING, [500] * 7 + [32]))[0])
    assert len(curve.x) == 7


def test_losses_of_the_program_are_preferred(tmp_path):
    (curve,) = evaluations(trainings(run(tmp_path, TURNS, FALLING, evals=[1.0, 0.5, 0.4, 0.3, 0.2]))[0])
    assert curve.accuracy is None
    assert len(curve.x) == 5


@pytest.mark.parametrize(("accuracy", "found"), [(FALLING, True), (RISING, False)], ids=["falls", "rises still"])
def test_overfitting_is_seen_where_the_accuracy_falls_too(tmp_path, accuracy, found):
    assert ("CRV103" in codes(run(tmp_path, TURNS, accuracy))) is found
