"""What a network answers is taken for the scores of a loss only where losses are given it."""

from __future__ import annotations

import torch

from unstuck.watch.torch.ledger.forward import answers_directly


def test_an_answer_goes_into_the_loss_as_it_is_or_with_its_maximum_at_the_same_class():
    scores = torch.randn(8, 5, generator=torch.Generator().manual_seed(0))
    assert answers_directly(scores, scores)
    assert answers_directly(scores, scores.detach())
    assert answers_directly(scores[:, :1], scores[:, :1].squeeze(1))
    assert answers_directly(scores, scores.log_softmax(1))


def test_a_code_a_picture_or_a_number_in_other_units_is_something_else():
    scores = torch.randn(8, 5, generator=torch.Generator().manual_seed(0))
    assert not answers_directly(torch.randn(8, 16), scores)
    assert not answers_directly(-scores, scores)
    assert not answers_directly(scores[:, :1], scores[:, :1] * 3 + 1)
    assert not answers_directly(None, scores)
