"""What is recorded of ``ctc_loss``: hand-counted labels, blanks and sequences without enough frames."""

from __future__ import annotations

import math

import pytest
import torch

from unstuck.watch.torch.losses import loss_facts

SCORES = torch.zeros(4, 3, 5)
"""4 frames, 3 sequences, 5 classes: log sum exp of a frame is log 5"""
LABELS = torch.tensor([[1, 2, 0, 0], [3, 3, 4, 0], [4, 0, 4, 0]])


def facts(labels, lengths, blank=0, frames=(4, 4, 4), scores=SCORES):
    return loss_facts("ctc_loss", (scores, labels, frames, lengths, blank, "mean", True)).sequences


@pytest.mark.parametrize("as_tensor", [False, True])
def test_labels_beyond_the_lengths_do_not_count(as_tensor):
    lengths = torch.tensor([2, 3, 1]) if as_tensor else (2, 3, 1)
    found = facts(LABELS, lengths)
    assert (found.sequences, found.labels, found.blanks, found.blank) == (3, 6, 0, 0)
    assert found.log_normaliser == pytest.approx(math.log(5))


def test_blanks_at_the_end_are_told_from_those_within():
    found = facts(LABELS, (4, 4, 3))
    assert (found.labels, found.blanks, found.blanks_at_end) == (11, 4, 3)
    assert facts(LABELS, (4, 4, 3), blank=3).blanks == 2


def test_repeated_labels_need_a_frame_between():
    assert facts(LABELS, (2, 3, 3), frames=(2, 3, 3)).short == 1  # 3 3 4 needs four frames
    assert facts(LABELS, (2, 3, 3), frames=(1, 4, 3)).short == 1


def test_labels_in_a_row_are_split_by_their_lengths():
    found = facts(torch.tensor([1, 0, 2, 3, 3, 4]), (2, 1, 3))
    assert (found.labels, found.blanks, found.blanks_at_end, found.short) == (6, 1, 1, 0)


def test_log_probabilities_are_normalised():
    assert facts(LABELS, (2, 3, 1), scores=SCORES.log_softmax(-1)).log_normaliser == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("lengths", [(), (2, 3), "abc", None])
def test_what_cannot_be_read_is_left_out(lengths):
    assert facts(LABELS, lengths) is None


def test_a_call_with_lengths_that_make_no_sense_has_no_facts():
    assert facts(torch.tensor([1, 2, 3]), (2, -1, 2)) is None
