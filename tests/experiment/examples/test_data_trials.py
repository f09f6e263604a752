"""Each change of the data, on a program with the fault and on one without: verified there, and not here."""

from __future__ import annotations

import pytest

from unstuck.core.experiment import FigureKind, Reason, TrialVerdict
from unstuck.experiment.interventions.drop_column import DropColumn
from unstuck.experiment.interventions.drop_leaked import DropLeaked
from unstuck.experiment.interventions.drop_suspects import DropSuspects
from unstuck.experiment.interventions.replace_sentinels import ReplaceSentinels
from unstuck.experiment.interventions.shift_labels import ShiftLabels
from unstuck.experiment.interventions.undo_preparation import UndoPreparation

VERIFIED = TrialVerdict.VERIFIED
slow = pytest.mark.slow
SICK = [
    (DropSuspects("0-79"), "labels"),
    (DropLeaked("0-149", "test_loader"), "leak"),
    pytest.param(DropSuspects("0-79"), "labels hand", marks=slow),
    pytest.param(ShiftLabels(2), "late", marks=slow),
    pytest.param(ShiftLabels(2), "late hand", marks=slow),
    pytest.param(ShiftLabels(3, 100, 250), "stretch hand", marks=slow),
    pytest.param(ReplaceSentinels("column 0: -99.0"), "sentinel", marks=slow),
    pytest.param(DropColumn("column 5"), "answer", marks=slow),
    pytest.param(DropColumn("column 5", lost=True), "lost", marks=slow),
    pytest.param(UndoPreparation("test_loader"), "scaled", marks=slow),
    pytest.param(UndoPreparation("test_x", "column 0", "inverted"), "inverted hand", marks=slow),
]
SOUND = [
    DropSuspects("200-279"), DropLeaked("0-149"), pytest.param(ShiftLabels(2), marks=slow),
    pytest.param(ShiftLabels(3, 100, 250), marks=slow), pytest.param(ReplaceSentinels("column 0: -99.0"), marks=slow),
    pytest.param(DropColumn("column 5"), marks=slow), pytest.param(DropColumn("column 0", lost=True), marks=slow),
    pytest.param(UndoPreparation(), marks=slow),
    pytest.param(UndoPreparation("", "column 0", "inverted"), marks=slow),
]  # fmt: skip


@pytest.mark.parametrize(("intervention", "words"), SICK)
def test_on_the_fault_it_is_verified(trials, intervention, words):
    trial = trials.judge(intervention, *words.split())
    assert (trial.verdict, trial.effect.pairs) == (VERIFIED, 3)
    accuracy = trial.figures[0]
    assert accuracy.quantity == "accuracy"
    better = trial.about_figure not in (FigureKind.FLATTERS, FigureKind.RESTS)
    assert (accuracy.changed > accuracy.without) is better
    assert accuracy.low < accuracy.changed - accuracy.without < accuracy.high


@pytest.mark.parametrize("intervention", SOUND)
def test_on_sound_data_it_is_not(trials, intervention):
    trial = trials.judge(intervention, "sound")
    assert trial.verdict is not VERIFIED
    if trial.verdict is TrialVerdict.NOT_TESTED:
        assert trial.reason is Reason.NOTHING_TO_CHANGE
