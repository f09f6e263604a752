from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from unstuck.core.diagnosis import Ended, Verdict
from unstuck.core.finding import Finding, Severity
from unstuck.core.outcome import Broke, Fired, Passed, Skipped
from unstuck.rules.engine import diagnose
from unstuck.rules.rule import Rule
from unstuck.analysis.run.view import TrainingView
from unstuck.testing import synthetic

T = {"dtype": "int64", "shape": [60]}
LABELS = [{"step": at, "labels": {str(k): 6 for k in range(10)}, "classes": 10, "target": T} for at in range(6)]
GOOD = (2.3 * np.exp(-np.arange(200) / 30) + 0.05).tolist()
BAD = (2.5 + 0.01 * np.sin(np.arange(200))).tolist()
SGD = {"class": "SGD", "groups": [{"lr": 0.1}]}


@dataclass(frozen=True)
class Fires(Rule):
    """Fires."""

    code: ClassVar[str] = "XXX101"
    name: ClassVar[str] = "x"
    severity: ClassVar[Severity] = Severity.ERROR

    def check(self, view: TrainingView) -> Iterator[Finding]:
        yield self.finding("message", view=view)


class Breaks(Fires):
    code: ClassVar[str] = "XXX102"

    def check(self, view: TrainingView) -> Iterator[Finding]:
        raise ValueError("no")


class Silent(Fires):
    code: ClassVar[str] = "XXX103"

    def check(self, view: TrainingView) -> Iterator[Finding]:
        yield from ()


class Needy(Fires):
    code: ClassVar[str] = "XXX104"
    needs: ClassVar[tuple[str, ...]] = ("graph",)


def test_four_outcomes(tmp_path):
    record = synthetic.record(tmp_path, loss=GOOD)
    told = diagnose(record, {kind.code: kind for kind in (Fires, Breaks, Silent, Needy)})
    assert [type(outcome) for outcome in told.outcomes] == [Fired, Broke, Passed, Skipped]
    assert "ValueError: no" in told.outcomes[1].error
    assert told.outcomes[3].missing == ("the autograd graph above a loss",)


def test_a_failed_try_among_good_ones_is_a_note(tmp_path):
    tries = [{"loss": loss, "loss_call": LABELS, "optimizer": SGD} for loss in (GOOD, BAD, GOOD)]
    told = diagnose(synthetic.record(tmp_path, trainings=tries))
    assert told.verdict is Verdict.LEARNED
    assert {one.finding.severity for one in told.findings} <= {Severity.INFO}
    assert "CRV110" in {one.finding.code for one in told.findings}


def test_where_every_training_fails_it_is_no_search(tmp_path):
    tries = [{"loss": BAD, "loss_call": LABELS, "optimizer": SGD} for _ in range(2)]
    told = diagnose(synthetic.record(tmp_path, trainings=tries))
    assert told.verdict is Verdict.STUCK
    assert "CRV110" in {one.finding.code for one in told.findings if one.finding.severity is Severity.ERROR}


ANSWERS = [
    ({"loss": GOOD, "loss_call": LABELS}, {}, "loss 2.202 → 0.05423 in 200 steps (baseline 2.303); no fault was found."),
    ({"loss": BAD, "loss_call": LABELS}, {}, "The network does not learn: the training loss"),
    ({"loss": [2.3] * 5}, {}, "The run was too short to be judged: loss 2.3 → 2.3 in 5 steps"),
    ({"loss": [1.0, math.nan] * 20}, {}, "The training diverged"),
    ({}, {}, "No training was recorded: the program did not call backward"),
    ({"loss": GOOD}, {"ended": "interrupted"}, "Interrupted after 200 steps; the network learned"),
    ({"loss": GOOD}, {"ended": "killed"}, "The program was killed after 200 steps; the network learned"),
    ({"loss": GOOD}, {"ended": "exception", "returncode": 3}, "The program ended with exit code 3 after 200 steps"),
    (
        {"loss": [2.3], "events": [("end", 1, {"exception": "RuntimeError", "message": "shapes\nmore", "file": "a/t.py",
                                               "line": 7})]},
        {"ended": "exception"}, "The program stopped after 1 step with RuntimeError: shapes (t.py:7); the run was too",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("plan", "manifest", "begins"), ANSWERS, ids=[begins[:32] for _, _, begins in ANSWERS])
def test_the_answer_is_one_sentence(tmp_path, plan, manifest, begins):
    told = diagnose(synthetic.record(tmp_path, manifest=manifest, **plan))
    assert told.answer.startswith(begins), told.answer
    assert told.answer.endswith(".")


def test_several_trainings_are_counted(tmp_path):
    told = diagnose(synthetic.record(tmp_path, trainings=[{"loss": GOOD, "loss_call": LABELS}] * 2))
    assert "(all 2 trainings)" in told.answer
    told = diagnose(synthetic.record(tmp_path, trainings=[{"loss": GOOD, "loss_call": LABELS}, {"loss": [1.0] * 4}]))
    assert "(2 trainings: 1 learned, 1 not judged)" in told.answer


def test_how_it_ended(tmp_path):
    assert diagnose(synthetic.record(tmp_path, manifest={"ended": "?"})).ended is Ended.KILLED
