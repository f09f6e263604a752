"""What only `ctc_loss` has: labels of several lengths, a blank, and frames that must be enough for the labels."""

from __future__ import annotations

from typing import Any

import torch

from unstuck.record.events import SequenceFacts

Tensor = torch.Tensor

MAX_SEQUENCES = 256
"""sequences looked at in one call"""


def sequence_facts(arguments: tuple[Any, ...]) -> SequenceFacts | None:
    """Labels, blanks among them, sequences without enough frames, and whether the scores are log-probabilities.

    Args:
        arguments: those of ``torch.nn.functional.ctc_loss`` in order: scores (T, N, C) or (T, C), labels (N, S) or
            (sum of the lengths,), lengths of the inputs (N,), lengths of the labels (N,), the blank.
    """
    scores, labels, frames, lengths = arguments[:4]
    blank = arguments[4] if len(arguments) > 4 else 0
    all_frames, all_lengths = _numbers(frames), _numbers(lengths)
    if not isinstance(blank, int) or not all_lengths or len(all_frames) != len(all_lengths) or scores.dim() < 2:
        return None
    sequences = _sequences(labels.detach().cpu(), all_lengths)
    of = min(MAX_SEQUENCES, len(sequences))
    needed = [len(one) + int((one[1:] == one[:-1]).sum()) for one in sequences[:of]]
    return SequenceFacts(
        blank=blank,
        sequences=of,
        labels=sum(map(len, sequences[:of])),
        blanks=sum(int((one == blank).sum()) for one in sequences[:of]),
        blanks_at_end=sum(_at_end(one == blank) for one in sequences[:of]),
        short=sum(need > have for need, have in zip(needed, all_frames, strict=False)),
        log_normaliser=float(torch.logsumexp(scores.detach()[:, :of].float(), -1).abs().mean()),
    )


def _numbers(given: Any) -> list[int]:
    if isinstance(given, Tensor):
        return [int(one) for one in given.detach().reshape(-1).tolist()]
    return [int(one) for one in given] if isinstance(given, (tuple, list)) else []


def _sequences(labels: Tensor, lengths: list[int]) -> list[Tensor]:
    """The labels of each sequence without its padding."""
    if labels.dim() == 2:
        return [row[:length] for row, length in zip(labels, lengths, strict=False)]
    return list(torch.split(labels[: sum(lengths)], lengths)) if labels.numel() >= sum(lengths) else []


def _at_end(blank: Tensor) -> int:
    """How many blanks stand at the end of a sequence."""
    return int(blank.flip(0).cumprod(0).sum())
