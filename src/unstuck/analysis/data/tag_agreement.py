"""Are sequences of tokens and their tags in step? What a token's tag mostly is, and where the sequences end.

Shapes: *n* sequences of one *length*, *m* pairs of a sequence of tokens and one of tags.
"""

from __future__ import annotations

import numpy as np

from unstuck.analysis.data.agreement_by_shift import Pairs, agreement_by_shift
from unstuck.analysis.data.padding import padding_mask
from unstuck.analysis.data.sample import Array, Sample
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.labels import ComparedWith, LabelAgreement

LEAST, MOST = 60, 1000
"""sequences, the first ones"""
MOST_KINDS = 1000
"""different tokens, and different tags; the rarer ones count as one"""
SPARSEST = 2
"""rows of the data for each that is there"""


def has_tags(sample: Sample) -> bool:
    """Whether each token has a tag, which is a whole number."""
    given = None if sample.target is None else sample.target.as_given
    return (
        sample.tokens is not None and given is not None
        and given.shape == sample.tokens.shape and given.dtype.kind in "iu"
    )  # fmt: skip


def tag_agreement(sample: Sample) -> LabelAgreement:
    """At which shift of whole sequences the tags are those of the tokens.

    A position counts as right where the tag is the one that the token mostly has in the other half of the sequences,
    and as wrong where only the token or only the tag is there.

    Raises:
        TooLittle: there are no tags, or too few sequences that follow each other.
    """
    if not has_tags(sample):
        raise TooLittle("sequences of tokens, each with a tag")
    assert sample.tokens is not None
    assert sample.target is not None
    assert sample.target.as_given is not None
    rows = sample.rows[:MOST]
    if len(rows) < LEAST or int(rows[-1] - rows[0]) + 1 > SPARSEST * len(rows):
        raise TooLittle(f"{LEAST} sequences that follow each other in the data")
    tokens, given = sample.tokens[: len(rows)], sample.target.as_given[: len(rows)]
    real, tagged = ~padding_mask(tokens), given >= 0
    if tagged.all():
        tagged = real  # padding has a tag as well: it says nothing about where a sequence ends
    words, tags = _numbered(tokens, real), _numbered(given, given >= 0)
    ends_differ = bool((~(given >= 0)).any())

    def right(pairs: Pairs, learned_from: Pairs) -> Array:
        found = np.full(len(pairs.inputs), np.nan)
        for half in (0, 1):
            other = learned_from.inputs % 2 != half
            usual = _usual(words[learned_from.inputs[other]], tags[learned_from.targets[other]])
            here = pairs.inputs % 2 == half
            word, tag = words[pairs.inputs[here]], tags[pairs.targets[here]]
            token_there = real[pairs.inputs[here]]
            counted = token_there | tagged[pairs.targets[here]] if ends_differ else token_there
            good = token_there & (tag >= 0) & (usual[word] == tag)
            count = counted.sum(axis=1)
            found[here] = np.where(count > 0, good.sum(axis=1) / np.maximum(count, 1), np.nan)
        return found

    return agreement_by_shift(sample.split, rows, right, ComparedWith.TOKENS)


def _numbered(values: Array, real: Array) -> Array:
    """The commonest values by number, all others together, -1 where there is none. (n, length)"""
    kinds, at, counts = np.unique(values[real], return_inverse=True, return_counts=True)
    number = np.full(len(kinds), MOST_KINDS)
    often = np.argsort(-counts, kind="stable")[:MOST_KINDS]
    number[often] = np.arange(len(often))
    found = np.full(values.shape, -1)
    found[real] = number[at.reshape(-1)]
    return found


def _usual(words: Array, tags: Array) -> Array:
    """The tag that each token mostly has, the commonest of all for one that was not seen. (MOST_KINDS + 2,)"""
    both = (words >= 0) & (tags >= 0)
    size = MOST_KINDS + 1
    table = np.bincount(words[both] * size + tags[both], minlength=size * size).reshape(size, size)
    usual = np.where(table.any(axis=1), table.argmax(axis=1), table.sum(axis=0).argmax())
    return np.append(usual, -2)  # a token of number -1 is none
