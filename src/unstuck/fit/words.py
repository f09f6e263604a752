"""Texts as numbers of words. Shapes: *n* texts, *l* words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
MOST_WORDS = 20_000
LEAST_TEXTS = 2
"""texts that a word of the vocabulary stands in"""
LONGEST = 1000
_WORD = re.compile(r"\w+(?:'\w+)?")
PADDING, UNKNOWN = 0, 1


def words_of(text: str) -> list[str]:
    """In lower case."""
    return _WORD.findall(text.lower())


def vocabulary_of(texts: Sequence[str]) -> tuple[str, ...]:
    """The words of several texts, the most frequent first."""
    counts = Counter(word for text in texts for word in set(words_of(text)))
    known = [(word, number) for word, number in counts.items() if number >= LEAST_TEXTS]
    return tuple(word for word, _ in sorted(known, key=lambda one: (-one[1], one[0]))[:MOST_WORDS])


def length_of(texts: Sequence[str]) -> int:
    """Words that are looked at: as many as nineteen of twenty texts have."""
    return int(min(LONGEST, max(1, np.quantile([len(words_of(text)) for text in texts], 0.95))))


def codes_of(texts: Sequence[str], vocabulary: Sequence[str], length: int) -> Array:
    """(n, l) int64; padded behind."""
    code = {word: at for at, word in enumerate(vocabulary, UNKNOWN + 1)}
    made = np.full((len(texts), length), PADDING, dtype=np.int64)
    for at, text in enumerate(texts):
        row = [code.get(word, UNKNOWN) for word in words_of(text)[:length]]
        made[at, : len(row)] = row
    return made
