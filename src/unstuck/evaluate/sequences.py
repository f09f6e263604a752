"""Sequence to sequence: numbers per token and per sequence, and quality against the length of the sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.core.errors import UsageError
from unstuck.core.figure import Axis, Curve, Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = np.ndarray[Any, Any]
BINS = 5
"""of sentences by their length, with as many in each"""
LEAST = 10
"""sentences of a bin"""


@dataclass(frozen=True, kw_only=True)
class LengthBin:
    """Sentences of like length."""

    low: int
    high: int
    sentences: int
    token_accuracy: float
    log_loss: float
    bleu: float | None = None
    chrf: float | None = None


@dataclass(frozen=True, kw_only=True)
class SequenceScores:
    """How well sequences are predicted."""

    sentences: int
    tokens: int
    token_accuracy: float
    """share of the tokens with the largest score, given the true tokens before them"""
    sequence_accuracy: float
    """share of the sequences with all tokens right, likewise"""
    log_loss: float
    """−log probability of a token, mean over all tokens"""
    bleu: float | None = None
    """of the translations (sacrebleu); None without references"""
    chrf: float | None = None
    by_length: tuple[LengthBin, ...] = ()

    @property
    def perplexity(self) -> float:
        """The exponential of the log loss."""
        return float(np.exp(self.log_loss))

    def __str__(self) -> str:
        text = (
            f"{self.sentences} sentences, {self.tokens} tokens: token accuracy {self.token_accuracy:.4f}, whole "
            f"sequences {self.sequence_accuracy:.4f}, log loss {self.log_loss:.4f}, perplexity {self.perplexity:.2f}"
        )
        if self.bleu is not None and self.chrf is not None:
            text += f", BLEU {self.bleu:.2f}, chrF {self.chrf:.2f}"
        for one in self.by_length:
            bleu = "" if one.bleu is None else f", BLEU {one.bleu:.2f}"
            text += (
                f"\n  length {one.low} to {one.high} ({one.sentences}): token accuracy {one.token_accuracy:.4f}, "
                f"log loss {one.log_loss:.4f}{bleu}"
            )
        return text

    def figure(self) -> Figure:
        """Quality against the length of the sentence."""
        middles = tuple((one.low + one.high) / 2 for one in self.by_length)
        scored = all(one.bleu is not None for one in self.by_length)
        values = tuple((one.bleu or 0.0) if scored else one.token_accuracy for one in self.by_length)
        label = "BLEU" if scored else "token accuracy"
        return Figure(
            title=f"{label} against the length of the sentence",
            description=f"{self.sentences} sentences in {len(self.by_length)} bins.",
            x=Axis(label="words of the source", low=0.0, high=max(middles, default=1.0) + 2),
            y=Axis(label=label, low=0.0, high=max(values, default=1.0) * 1.15 or 1.0),
            curves=(Curve(name=label, group=0, x=middles, y=values, dots=True),),
        )  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """The same with matplotlib."""
        from unstuck.show.matplotlib import draw

        return draw(self.figure(), ax)


def sequence_scores(
    log_probabilities: Sequence[Array], labels: Sequence[Array], *, translations: Sequence[str] | None = None,
    references: Sequence[str] | None = None, lengths: Sequence[int] | None = None, bins: int = BINS,
) -> SequenceScores:  # fmt: skip
    """Numbers per token and per sequence.

    Args:
        log_probabilities: of each sequence (positions, words), given the true words before each position.
        labels: of each sequence (positions,), without padding.
        translations: what the network makes of each source by itself.
        references: what it should make.
        lengths: of the sources; by default the numbers of labels.
        bins: of sentences by their length.

    Raises:
        UsageError: numbers of sequences or positions differ, or sacrebleu is missing.
    """
    if len(log_probabilities) != len(labels) or not len(labels):
        raise UsageError(f"Got scores of {len(log_probabilities)} sequences, and labels of {len(labels)}.")
    for at, (scores, truth) in enumerate(zip(log_probabilities, labels, strict=True)):
        if len(scores) != len(truth) or not len(truth):
            raise UsageError(f"Sequence {at} has scores of {len(scores)} positions, and {len(truth)} labels.")
    right = [np.asarray(one).argmax(axis=1) == truth for one, truth in zip(log_probabilities, labels, strict=True)]
    both = list(zip(log_probabilities, labels, strict=True))
    losses = [-np.asarray(one)[np.arange(len(truth)), truth] for one, truth in both]
    size = np.asarray([len(one) for one in labels] if lengths is None else lengths)
    texts = None if translations is None or references is None else (list(translations), list(references))
    order = np.argsort(size, kind="stable")
    groups = [rows for rows in np.array_split(order, max(1, min(bins, len(order) // LEAST))) if len(rows)]
    whole = _scored(np.arange(len(labels)), right, losses, texts)
    return SequenceScores(
        sentences=len(labels), tokens=sum(map(len, right)),
        sequence_accuracy=float(np.mean([one.all() for one in right])), **whole, by_length=tuple(
            LengthBin(low=int(size[rows].min()), high=int(size[rows].max()), sentences=len(rows),
                      **_scored(rows, right, losses, texts)) for rows in groups
        ),
    )  # fmt: skip


def _scored(
    rows: Array, right: list[Array], losses: list[Array], texts: tuple[list[str], list[str]] | None
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "token_accuracy": float(np.concatenate([right[at] for at in rows]).mean()),
        "log_loss": float(np.concatenate([losses[at] for at in rows]).mean()),
    }
    if texts is None:
        return found
    try:
        import sacrebleu
    except ModuleNotFoundError as error:
        raise UsageError("BLEU and chrF need sacrebleu. Install it: pip install sacrebleu") from error
    made, wanted = ([part[at] for at in rows] for part in texts)
    found["bleu"] = float(sacrebleu.corpus_bleu(made, [wanted], tokenize="none", force=True).score)
    found["chrf"] = float(sacrebleu.corpus_chrf(made, [wanted]).score)
    return found
