"""Whether packed sequences are still in the order of the loader's batch."""

from __future__ import annotations

import pytest
import torch

from unstuck.watch.torch.packed import is_reordered

LENGTHS = [3, 7, 5, 2, 7]
TOKENS = torch.nn.utils.rnn.pad_sequence([torch.ones(n, dtype=torch.long) for n in LENGTHS], batch_first=True)


@pytest.mark.parametrize(
    ("lengths", "batch", "wanted"),
    [
        (sorted(LENGTHS, reverse=True), [TOKENS, torch.tensor(LENGTHS)], True),
        (torch.tensor(sorted(LENGTHS, reverse=True)), [TOKENS], True),
        (sorted(LENGTHS, reverse=True), [TOKENS.T], True),
        (LENGTHS, [TOKENS], False),
        (sorted(LENGTHS, reverse=True), [torch.tensor(sorted(LENGTHS, reverse=True)), TOKENS], False),
        ([9, 8, 7, 6, 5], [TOKENS], None),
        (LENGTHS, [TOKENS.float()], None),
        ([7, 5, 3], [torch.tensor([3, 7, 5])], None),
        ([2, 2, 1, 1], [torch.tensor([1, 2, 1, 2])], None),
    ],
    ids=["sorted", "by the tokens", "time first", "as they come", "sorted by the loader", "others", "no whole numbers",
         "few", "two lengths"],
)  # fmt: skip
def test_the_order_of_lengths(lengths, batch, wanted):
    assert is_reordered(lengths, batch) is wanted
