"""Words that stand for an unknown word, and words of held-out texts that the training texts do not have."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from unstuck.analysis.data.padding import padding_mask
from unstuck.analysis.data.sample import Array, DataSet, Sample
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.base import MOST_ROWS
from unstuck.record.events.data.sequences import UnknownTokens

SIGNS = re.compile(r"<unk(?:nown)?>|\[unk\]|<oov>|\[oov\]|(?<![\w])unk(?![\w])|\ufffd+", re.IGNORECASE)
"""what tokenisers and broken decoders write for what they do not know"""
SPECIAL_IDS = (0, 1, 2, 3, 4, 100)
"""of unknown tokens, by custom: 0–3 in most vocabularies, 100 in that of BERT; or the largest id"""
LEAST_VOCABULARY = 50
LEAST_SHARE, LEAST_OF_FEW = 0.03, 0.3
"""of all tokens: below it nothing is looked for; of a small vocabulary more"""
FOLLOWS_ITSELF = 0.3
"""× its share: a token that follows itself less often than that is a word or a sign of punctuation"""
LEAST_WORDS = 500
MOST_EXAMPLES = 5000


def unknown_tokens(dataset: DataSet, seed: int = 0) -> Iterator[UnknownTokens]:
    """The unknown words of every split; of held-out splits also the words that training does not have.

    Raises:
        TooLittle: there are neither texts nor tokens, or hardly any words.
    """
    random = np.random.default_rng(seed)
    splits = [_words(sample, random) for sample in dataset.samples]
    if splits[0] is None:
        raise TooLittle("texts or tokens")
    known = _vocabulary(splits[0][1])
    order = random.permutation(len(splits[0][1]))
    one, other = ([splits[0][1][at] for at in part] for part in np.array_split(order, 2))
    expected = _unseen(one, _vocabulary(other))
    for sample, split in zip(dataset.samples, splits, strict=True):
        if split is None or sum(map(len, split[1])) < LEAST_WORDS:
            continue
        at, words = split
        token, shares = _signs(sample, words)
        sizes = np.array([len(some) for some in words])
        order = np.argsort(-shares, kind="stable")[:MOST_ROWS]
        held_out = sample is not dataset.train
        yield UnknownTokens(
            split=sample.split, token=token, share=float((shares * sizes).sum() / sizes.sum()) if token else 0.0,
            unseen_share=_unseen(words, known) if held_out else None, unseen_expected=expected if held_out else None,
            looked_at=int(sizes.sum()), **_used(words) if sample.tokens is not None else {},
            rows=tuple(int(sample.rows[at[one]]) for one in order if shares[one] > 0) if token else (),
        )  # fmt: skip


def _words(sample: Sample, random: np.random.Generator) -> tuple[Array, list[list[object]]] | None:
    """Positions in the sample, and the words of each; None where there are none."""
    at = np.arange(len(sample))
    if len(at) > MOST_EXAMPLES:
        at = np.sort(random.choice(at, MOST_EXAMPLES, replace=False))
    if sample.texts is not None:
        return at, [list(words_of(sample.texts[one])) for one in at]
    if sample.tokens is None:
        return None
    tokens = sample.tokens[at]
    real = ~padding_mask(tokens)
    return at, [row[kept].tolist() for row, kept in zip(tokens, real, strict=True)]


def words_of(text: str) -> list[str]:
    """The words of a text in small letters; a sign for an unknown word is one word."""
    return re.findall(r"<unk(?:nown)?>|\[unk\]|<oov>|\[oov\]|\ufffd+|\w+", text.lower())


def _vocabulary(words: Sequence[Sequence[object]]) -> set[object]:
    return {word for some in words for word in some}


def _used(words: Sequence[Sequence[object]]) -> dict[str, int]:
    numbers = {word for word in _vocabulary(words) if isinstance(word, int)}
    return {"used": len(numbers), "largest": max(numbers, default=0)}


def _unseen(words: Sequence[Sequence[object]], known: set[object]) -> float:
    total = sum(map(len, words))
    return sum(word not in known for some in words for word in some) / total if total else 0.0


def _signs(sample: Sample, words: Sequence[Sequence[object]]) -> tuple[str, Array]:
    """The sign for unknown words ("" where there is none), and its share in each example."""
    counts = Counter(word for some in words for word in some)
    total = sum(counts.values())
    if sample.texts is not None:
        signs = {word for word in counts if isinstance(word, str) and SIGNS.fullmatch(word)}
        found = max(signs, key=lambda word: counts[word], default="")
        shares = np.array([sum(word in signs for word in some) / max(1, len(some)) for some in words])
        return str(found), shares
    nothing = "", np.zeros(len(words))
    largest = max(counts, key=lambda token: token if isinstance(token, int) else -1)
    # Of a foreign vocabulary hardly any words are used, but most of their numbers are large.
    few = max(len(counts), largest if isinstance(largest, int) else 0) < LEAST_VOCABULARY
    special = {*SPECIAL_IDS, largest}
    token, count = max(((token, counts[token]) for token in special), key=lambda pair: pair[1])
    share = count / total
    pairs = sum(left == right == token for some in words for left, right in pairwise(some))
    if share < (LEAST_OF_FEW if few else LEAST_SHARE) or pairs < FOLLOWS_ITSELF * share * count:
        return nothing
    return str(token), np.array([sum(word == token for word in some) / max(1, len(some)) for some in words])
