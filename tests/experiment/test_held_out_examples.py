"""Figures of single held-out examples, against values by hand; and the verdicts that rest on them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from unstuck.core.errors import UsageError
from unstuck.core.experiment import Effect, FigureKind, Reason, TrialVerdict
from unstuck.core.row_numbers import from_words, in_words
from unstuck.core.trial_verdict import of_figure
from unstuck.experiment.held_out_examples import Examples, between_branches, in_step, judged, same_data, within_branch

SCORES = np.log(np.array([[0.8, 0.2], [0.5, 0.5], [0.1, 0.9], [0.4, 0.6]] * 5))
LABELS = np.array([0, 0, 1, 0] * 5)
ROWS = np.arange(100, 120)


def evaluated(scores=SCORES, labels=LABELS, rows=ROWS, name="test"):
    return judged(name, rows, labels, scores, "cross_entropy")


def test_each_example_has_the_loss_of_its_label():
    one = evaluated()
    assert one.loss[:4] == pytest.approx([-math.log(0.8), -math.log(0.5), -math.log(0.9), -math.log(0.4)])
    assert one.right[:4].tolist() == [True, True, True, False]


def test_without_some_rows_the_figure_is_that_of_the_others():
    figure = within_branch(evaluated(), [103, 107, 111, 115, 119])["accuracy"]
    assert (figure.printed, figure.honest, figure.examples) == (0.75, 1.0, 15)
    assert figure.error == 0.0, "within each group all are alike"
    loss = within_branch(evaluated(), [100, 101])["loss"]
    gone, rest = evaluated().loss[:2], evaluated().loss[2:]
    assert loss.honest == pytest.approx(rest.mean())
    by_hand = 0.1 * math.sqrt(gone.var(ddof=1) / 2 + rest.var(ddof=1) / 18)
    assert loss.error == pytest.approx(by_hand), "the shares of the groups times the error of their difference"


def test_where_no_listed_row_was_evaluated_there_is_no_figure():
    assert within_branch(evaluated(), [5]) == {}


def test_two_branches_are_compared_on_the_examples_of_both():
    better = evaluated(SCORES[4:] * [[2, 1]], LABELS[4:], ROWS[4:])
    figures = between_branches(evaluated(), better, [119])
    first, second = evaluated().loss[4:19], better.loss[:15]
    assert figures["loss"].printed == pytest.approx(first.mean())
    assert figures["loss"].honest == pytest.approx(second.mean())
    assert figures["loss"].error == pytest.approx((second - first).std(ddof=1) / math.sqrt(15))
    assert figures["loss"].examples == 15


def test_labels_can_be_moved_to_their_rows():
    late = evaluated(labels=np.roll(LABELS, 1))
    moved = late.moved(1)
    assert len(moved) == 19, "the last row has no label"
    assert moved.loss == pytest.approx(evaluated().loss[:19])


def test_branches_are_judged_by_the_labels_that_fit_the_better_one():
    nothing = np.zeros_like(SCORES)
    control, treated = in_step(evaluated(nothing, np.roll(LABELS, 1)), evaluated(labels=np.roll(LABELS, 1)), 1)
    assert (len(control), len(treated)) == (19, 19), "the treated network fits the labels that were moved back"
    control, treated = in_step(evaluated(), evaluated(nothing), 1)
    assert (len(control), len(treated)) == (20, 20), "the control fits them as they are"


def test_other_labels_in_the_same_rows_are_other_data():
    one = Examples(ROWS, LABELS, (evaluated(),))
    assert same_data(one, Examples(ROWS[::2], LABELS[::2], (evaluated(),)))
    assert not same_data(one, Examples(ROWS, LABELS[::-1], (evaluated(),)))
    assert not same_data(one, Examples(ROWS, LABELS, (evaluated(labels=LABELS[::-1]),)))


def test_the_largest_held_out_data_is_looked_at_where_none_is_named():
    small = evaluated(SCORES[:12], LABELS[:12], ROWS[:12], "validation")
    both = Examples(ROWS, LABELS, (small, evaluated()))
    assert both.named("").name == "test"
    assert both.named("validation") is small
    assert both.named("other") is None
    assert Examples(ROWS, LABELS, (small,)).named("other") is small


@pytest.mark.parametrize(
    ("how", "gain", "half", "pairs", "verdict"),
    [
        (FigureKind.FLATTERS, -0.05, 0.02, 3, TrialVerdict.VERIFIED),
        (FigureKind.FLATTERS, -0.05, 0.06, 3, TrialVerdict.NO_DIFFERENCE),
        (FigureKind.FLATTERS, 0.0, 0.005, 3, TrialVerdict.REFUTED),
        (FigureKind.FLATTERS, 0.05, 0.02, 3, TrialVerdict.REFUTED),
        (FigureKind.FLATTERS, -0.005, 0.001, 3, TrialVerdict.REFUTED),
        (FigureKind.FLATTERS, -0.05, 0.02, 1, TrialVerdict.NOT_TESTED),
        (FigureKind.WRONGS, 0.3, 0.1, 3, TrialVerdict.VERIFIED),
        (FigureKind.WRONGS, -0.3, 0.1, 3, TrialVerdict.REFUTED),
        (FigureKind.RESTS, -0.05, 0.01, 3, TrialVerdict.REFUTED),
        (FigureKind.RESTS, -0.4, 0.1, 3, TrialVerdict.VERIFIED),
    ],
)
def test_a_figure_differs_as_it_is_said_to_or_not(how, gain, half, pairs, verdict):
    effect = Effect(control=0.8, treated=0.8 + gain, gain=gain, low=gain - half, high=gain + half, pairs=pairs)
    judgement = of_figure(effect, how)
    assert judgement.verdict is verdict
    assert (judgement.reason is Reason.FEW_PAIRS) == (verdict is TrialVerdict.NOT_TESTED)


@pytest.mark.parametrize(("rows", "text"), [((7, 8, 3, 9, 8), "3,7-9"), ((), ""), ((0,), "0"), ((1, 2), "1-2")])
def test_rows_travel_as_a_short_text(rows, text):
    assert in_words(rows) == text
    assert from_words(text) == tuple(sorted(set(rows)))


@pytest.mark.parametrize("text", ["a", "3-", "3-x", "-1"])
def test_a_text_that_names_no_rows_is_refused(text):
    with pytest.raises(UsageError, match="3,7-9"):
        from_words(text)
