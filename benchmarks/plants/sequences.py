"""Defects of texts and of sequences of tokens, and structure that a network should use."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from plants.data import Array, halves
from plants.plant import Data, Plant, Planter, Random, options, whole, with_inputs

VOCABULARY = 4000
PAD, UNKNOWN = 0, 1


def words_of(text: str) -> list[str]:
    return re.findall(r"[a-z']+|[.,!?]", text.lower())


def coded(texts: Sequence[str], most: int, *, vocabulary: int = VOCABULARY) -> list[list[int]]:
    """Numbers of the words from 2 on; words beyond the vocabulary are left out."""
    cut = [words_of(text) for text in texts]
    common = [word for word, _ in Counter(word for words in cut for word in words).most_common(vocabulary)]
    number = {word: at + 2 for at, word in enumerate(common)}
    return [[number[word] for word in words if word in number][:most] for words in cut]


def padded(rows: Sequence[Sequence[int]], length: int) -> Array:
    tokens = np.full((len(rows), length), PAD, dtype=np.int64)
    for at, row in enumerate(rows):
        tokens[at, : min(length, len(row))] = row[:length]
    return tokens


def tokens_given(x: Array, y: Array) -> dict[str, object]:
    return {"data": x, "y": np.unique(y, return_inverse=True)[1], "form": "tokens"}


def padding(random: Random, mild: bool) -> Plant:
    """Reviews of up to so many words, padded to a length that hardly any of them has."""
    data = whole("review_polarity", 300, random)
    length = int(random.integers(90, 120))
    rows = [row[: int(random.integers(60, length))] for row in coded(data.x, length)]
    wide = int(length * (2.2 if mild else random.uniform(5, 9)))
    sick = padded(rows, wide)
    clean = padded([row[:length] for row in coded(data.x, length)], length)
    return Plant(
        data="review_polarity", what=f"sequences of about {np.mean([len(row) for row in rows]):.0f} padded to {wide}",
        sick=tokens_given(sick, data.y), clean=tokens_given(clean, data.y), key="padding_share",
        quantity=float((sick == PAD).mean()),
    )  # fmt: skip


def unknown_words(random: Random, mild: bool) -> Plant:
    """Rare words of texts are replaced by a mark."""
    data = whole("review_polarity", 300, random)
    share = 0.12 if mild else random.uniform(0.3, 0.5)
    mark = str(random.choice(["<unk>", "[UNK]", "<UNK>"]))
    texts, seen, hidden = [], 0, 0
    for text in data.x:
        cut = text.split()
        hide = random.random(len(cut)) < share
        seen, hidden = seen + len(cut), hidden + int(hide.sum())
        texts.append(" ".join(mark if gone else word for word, gone in zip(cut, hide, strict=True)))
    return Plant(
        data="review_polarity", what=f"{hidden / seen:.0%} of the words are {mark}",
        sick=options(with_inputs(data, texts)), clean=options(data), key="unknown_share", quantity=hidden / seen,
    )  # fmt: skip


def unknown_tokens(random: Random, mild: bool) -> Plant:
    """A vocabulary that holds too few of the words of the test split, or of both: token 1 stands for the others."""
    train, test = halves(whole("review_polarity", 400, random))
    length = 100
    rows = coded([*train.x, *test.x], length)
    limit = 80 if not mild else 260
    x = padded(rows, length)
    sick = np.where(x > limit + 1, UNKNOWN, x)
    a, b = np.arange(len(train)), np.arange(len(train), len(x))
    y = np.unique(np.concatenate([train.y, test.y]), return_inverse=True)[1]
    return Plant(
        data="review_polarity", what=f"a vocabulary of {limit} words: {(sick == UNKNOWN).mean():.0%} unknown",
        sick={"data": sick[a], "y": y[a], "test": (sick[b], y[b]), "form": "tokens"},
        clean={"data": x[a], "y": y[a], "test": (x[b], y[b]), "form": "tokens"}, key="unknown_share",
        quantity=float((sick == UNKNOWN).sum() / (sick != PAD).sum()),
    )  # fmt: skip


def neighbourhood(name: str, rows: int) -> Planter:
    """Images as they are; clean: their pixels, but for the border, in one random order: no neighbourhood is left."""

    def plant(random: Random, mild: bool) -> Plant:
        data = whole(name, rows // 2 if mild else rows, random)
        shape = data.x.shape
        place = np.arange(shape[1] * shape[2]).reshape(shape[1:3])
        edge = max(1, shape[1] // 8)
        inner = place[edge:-edge, edge:-edge]
        inner[:] = random.permutation(inner.reshape(-1)).reshape(inner.shape)
        flat = data.x.reshape(shape[0], shape[1] * shape[2], -1)[:, place.reshape(-1)].reshape(shape)
        return Plant(
            data=name, what=f"{len(data)} images whose pixels are neighbours", sick=options(data),
            clean=options(with_inputs(data, flat)),
        )  # fmt: skip

    return plant


def phases(random: Random, mild: bool) -> Plant:
    """Rows that are a series with a pattern at a random place; clean: its columns in a random order."""
    rows, length = (600 if mild else 1200), 64
    y = random.integers(0, 3, rows)
    time = np.linspace(0, 2 * np.pi, length)
    x = np.sin((2 + 2 * y)[:, None] * time + random.uniform(0, 2 * np.pi, rows)[:, None])
    x += random.normal(0, 0.3, x.shape)
    names = [f"t{at}" for at in range(length)]
    sick = Data("waves", pd.DataFrame(x, columns=names), y)
    clean = Data("waves", pd.DataFrame(x[:, random.permutation(length)], columns=names), y)
    return Plant(data="waves", what=f"{rows} series", sick=options(sick), clean=options(clean))


PLANTERS: Mapping[str, tuple[Planter, ...]] = {
    "DAT120": (padding,),
    "DAT121": (unknown_words, unknown_tokens),
    "ARC114": (neighbourhood("digits", 1200), neighbourhood("mnist", 800), phases, neighbourhood("cifar10", 600)),
}  # fmt: skip
