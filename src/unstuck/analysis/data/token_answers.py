"""Tokens that hold the answer: of each class one that stands in its sequences, and in no other's.

Shapes: *n* examples, *v* different tokens, *K* classes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from unstuck.analysis.data.column_answers import LEAST_ROWS, MOST_ROWS, least_accuracy
from unstuck.analysis.data.padding import padding_mask
from unstuck.analysis.data.sample import Array, Sample
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.answers import ColumnAnswer

FOLDS = 5
MOST_CLASSES = 100
MOST_TOKENS = 2000
"""the commonest ones"""
BEYOND_CHANCE = 5.0
"""standard errors by which the other tokens must tell the class as well: else the token is the task, as in a test of
memory, where the first one is asked for among noise"""
SHOWN = 6


def token_answers(sample: Sample, seed: int = 0) -> Iterator[ColumnAnswer]:
    """How well one token for each class tells the class, and the next best ones.

    Raises:
        TooLittle: there are too few sequences with a class, or their words say nothing.
    """
    if sample.tokens is None or sample.codes is None:
        raise TooLittle("sequences of tokens, each with a class")
    rows = np.flatnonzero(sample.codes >= 0)
    if len(rows) < LEAST_ROWS:
        raise TooLittle(f"{LEAST_ROWS} rows with a label")
    if len(rows) > MOST_ROWS:
        rows = np.sort(np.random.default_rng(seed).choice(rows, MOST_ROWS, replace=False))
    tokens, y = sample.tokens[rows], np.unique(sample.codes[rows], return_inverse=True)[1]
    if not 2 <= int(y.max()) + 1 <= MOST_CLASSES:
        raise TooLittle(f"2 to {MOST_CLASSES} classes")
    names, there = _present(tokens)
    first = _best_of_each(there, y)
    score = _accuracy(there[:, first], y)
    rest = np.delete(there, first, axis=1)
    majority = float(np.bincount(y).max() / len(y))
    if rest.shape[1] < 2 or not _tells(rest, y, majority, seed):
        raise TooLittle("tokens that say something about the class, besides one of each class")
    target = "" if sample.target is None else sample.target.names[0]
    yield ColumnAnswer(
        split=sample.split, column=_named([names[at] for at in first]), target=target,
        score=score, is_accuracy=True, majority=majority,
        tokens=True, next_column="the next best tokens", next_score=_accuracy(rest[:, _best_of_each(rest, y)], y),
        looked_at=len(y), least_accuracy=least_accuracy(score, len(y)),
    )  # fmt: skip


def _present(tokens: Array) -> tuple[Sequence[object], Array]:
    """The different tokens but padding, and which sequence holds which: 0 or 1. (n, v)."""
    names, at = np.unique(tokens, return_inverse=True)
    there = np.zeros((len(tokens), len(names)), bool)
    real = ~padding_mask(tokens)
    rows = np.broadcast_to(np.arange(len(tokens))[:, None], tokens.shape)
    there[rows[real], at.reshape(tokens.shape)[real]] = True
    counts = there.sum(axis=0)
    often = np.sort(np.argsort(-counts, kind="stable")[:MOST_TOKENS])
    often = often[counts[often] >= 2]
    return names[often].tolist(), there[:, often].astype(np.float32)


def _best_of_each(there: Array, y: Array) -> list[int]:
    """The token whose presence is most like membership, of each class but those that have none. (F₁)"""
    kinds = np.eye(int(y.max()) + 1, dtype=np.float32)[y]
    both = there.T @ kinds
    f1 = 2 * both / (there.sum(axis=0)[:, None] + kinds.sum(axis=0)[None, :])
    return list(dict.fromkeys(int(at) for at in f1.argmax(axis=0)))


def _accuracy(there: Array, y: Array) -> float:
    """Of the commonest class of the sequences with the same of these tokens."""
    pattern = np.unique(there, axis=0, return_inverse=True)[1].reshape(-1)
    table = np.zeros((int(pattern.max()) + 1, int(y.max()) + 1))
    np.add.at(table, (pattern, y), 1)
    return float(table.max(axis=1).sum() / len(y))


def _tells(there: Array, y: Array, majority: float, seed: int) -> bool:
    """Whether these tokens tell the class out of fold (naive Bayes) clearly better than a constant does."""
    fold = np.random.default_rng(seed).permutation(len(y)) % FOLDS
    kinds = np.eye(int(y.max()) + 1, dtype=np.float32)[y]
    right = 0
    for one in range(FOLDS):
        train, test = fold != one, fold == one
        count = kinds[train].sum(axis=0)
        p = (there[train].T @ kinds[train] + 1) / (count + 2)
        prior = np.log(np.maximum(count, 1))
        given = there[test] @ np.log(p / (1 - p)) + np.log(1 - p).sum(axis=0) + prior
        right += int((given.argmax(axis=1) == y[test]).sum())
    expected, spread = majority * len(y), (len(y) * majority * (1 - majority)) ** 0.5
    return bool(right >= expected + BEYOND_CHANCE * spread)


def _named(tokens: Sequence[object]) -> str:
    shown = ", ".join(map(str, tokens[:SHOWN]))
    return f"{shown}{' …' if len(tokens) > SHOWN else ''}"

