from __future__ import annotations

import pytest
import torch
from torch import nn

from unstuck.watch.torch.names import empty_rows


@pytest.mark.parametrize(
    ("frozen", "zero", "expected"), [(True, 6, 0.5), (True, 1, 0.0), (True, 0, 0.0), (False, 6, None)]
)
def test_words_without_a_vector_are_counted_in_a_frozen_embedding(
    frozen: bool, zero: int, expected: float | None
) -> None:
    embedding = nn.Embedding(11, 3)
    with torch.no_grad():
        embedding.weight.fill_(1.0)[:zero] = 0  # one of them is the padding: 5 of the other 10 words
    embedding.requires_grad_(not frozen)
    assert empty_rows(embedding, embedding.weight) == expected
    assert empty_rows(nn.Linear(3, 11).requires_grad_(False), embedding.weight) is None
