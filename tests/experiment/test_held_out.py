"""The held-out loss of control and treatment: compared after the same step, told in the same shares."""

from dataclasses import replace

import pytest

from unstuck.analysis.run import curves
from unstuck.analysis.run.training import trainings
from unstuck.experiment.held_out import evaluations, held_out
from unstuck.experiment.score import score_of
from unstuck.testing import synthetic


def record(tmp_path, evals, steps=100):
    return synthetic.record(tmp_path, loss=[2.0] * steps, evals=evals, function=None)


def test_both_are_looked_at_after_the_last_common_step(tmp_path):
    control = record(tmp_path, {50: 2.0, 100: 2.0})
    treated = record(tmp_path, {50: 1.0, 75: 0.1})
    one, other = held_out(control, treated, None, score_of(control, reference=2.0))
    assert (one.learned, other.learned) == (pytest.approx(0.0), pytest.approx(0.5))


def test_without_a_common_evaluation_nothing_is_said(tmp_path):
    control, treated = record(tmp_path, {50: 2.0}), record(tmp_path, {60: 1.0})
    assert held_out(control, treated, None, score_of(control, reference=2.0)) is None
    assert held_out(control, record(tmp_path, []), None, score_of(control, reference=2.0)) is None


def test_an_evaluation_before_the_first_step_says_nothing_of_a_change(tmp_path):
    control, treated = record(tmp_path, {0: 2.0}), record(tmp_path, {0: 2.0})
    assert held_out(control, treated, None, score_of(control, reference=2.0)) is None


def test_what_is_trained_on_or_another_kind_of_loss_is_not_held_out(tmp_path, monkeypatch):
    seen = record(tmp_path, {50: 2.0, 100: 0.1})
    (known,) = curves.evaluations(trainings(seen)[0])
    held = replace(known, line=7, y=known.y + 1.0)
    told = {"only what is trained on": (replace(known, trained_on=True),), "both": (known, held), "held": (held,)}
    for name, found in told.items():
        monkeypatch.setattr(curves, "evaluations", lambda _, found=found: found)
        expected = {} if name.startswith("only") else {50: [3.0], 100: [pytest.approx(1.1)]}
        assert evaluations(seen, None) == expected, name
    loss = replace(trainings(seen)[0].losses[0], function="cross_entropy")
    monkeypatch.setattr(type(trainings(seen)[0]), "loss", loss)
    monkeypatch.setattr(curves, "evaluations", lambda _: (replace(known, function="l1_loss"),))
    assert evaluations(seen, None) == {}
