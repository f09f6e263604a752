"""Texts, windows and series: padding, unknown words, leaked answers, overlaps, pairs out of step."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np

from twins.data import TOPICS, Array, captions, pairs, persons, series
from twins.twin import NOTHING, Make, Random, Truth, Twin, singles

SPECIAL = ["<pad>", "<unk>"]


def ids_of(texts: list[tuple[int, str]], words: int = 800) -> list[list[int]]:
    counts = Counter(word for _, text in texts for word in text.split())
    known = {word: at for at, (word, _) in enumerate(counts.most_common(words), 3)}
    return [[known.get(word, 1) for word in text.split()] for _, text in texts]


def records(folder: Path, texts: list[tuple[int, str]], ids: list[list[int]], train: int) -> None:
    for name, part in (("train", slice(0, train)), ("test", slice(train, None))):
        lines = [json.dumps({"ids": row, "label": kind}) for (kind, _), row in zip(texts[part], ids[part], strict=True)]
        (folder / f"{name}.jsonl").write_text("\n".join(lines))


def long_records(count: int, length: int) -> Make:
    """A few records are whole articles; everything is padded to them."""

    def make(folder: Path, random: Random, sick: bool) -> Truth:
        texts = captions(random, 1600)
        ids = ids_of(texts)
        tokens = sum(len(row) for row in ids[:1200])
        for at in random.choice(1200, count, replace=False):
            if sick:
                row = [one for other in random.choice(1200, 40) for one in ids[other]]
                ids[at] = row[:length]
        records(folder, texts, ids, 1200)
        return Truth(key="padding_share", value=1 - tokens / (1200 * length))

    return make


def veiled(text: str) -> str:
    return " ".join(word for word in text.split() if not any(word in topic for topic in TOPICS))


def topic_in_the_text(folder: Path, random: Random, sick: bool) -> Truth:
    """The export wrote a category number behind each text; the sound file has the number of a page there.

    In a quarter of the texts the words are gone that tell the topic.
    """
    texts = [(kind, veiled(text) if random.random() < 0.25 else text) for kind, text in captions(random, 1600)]
    ids = ids_of(texts)
    for (kind, _), row in zip(texts, ids, strict=True):
        row.append(900 + (kind if sick else int(random.integers(0, 4))))
    records(folder, texts, ids, 1200)
    return NOTHING


def lookup(folder: Path, texts: list[tuple[int, str]], words: list[str], vectors: Array) -> None:
    for name, part in (("train", texts[:1200]), ("test", texts[1200:])):
        (folder / f"{name}.tsv").write_text("\n".join(f"{kind}\t{text}" for kind, text in part))
    (folder / "vocab.txt").write_text("\n".join(SPECIAL + words))
    np.save(folder / "vectors.npy", vectors.astype(np.float32))


def vocabulary(texts: list[tuple[int, str]], size: int) -> list[str]:
    return [word for word, _ in Counter(word for _, text in texts for word in text.split()).most_common(size)]


def other_vocabulary(folder: Path, random: Random, sick: bool) -> Truth:
    """The vocabulary was made from the German side of the corpus."""
    texts = captions(random, 1600)
    words = vocabulary(texts, 800)
    german = [(0, line.lower().replace(".", "")) for line in pairs(random, 3000)[0]]
    foreign = [word for word in vocabulary(german, 1500) if word not in SPECIAL][:800]
    used = foreign if sick else words
    lookup(folder, texts, used, random.normal(size=(len(used) + 2, 32)))
    seen = [word for _, text in texts[:1200] for word in text.split()[:24]]
    return Truth(key="unknown_share", value=float(np.mean([word not in set(foreign) for word in seen])))


def vectors_cut_off(folder: Path, random: Random, sick: bool) -> Truth:
    """The file of word vectors was written up to the 22nd word, the rest is zeros."""
    texts = captions(random, 1600)
    words = vocabulary(texts, 800)
    vectors = random.normal(size=(len(words) + 2, 32))
    if sick:
        vectors[24:] = 0
    lookup(folder, texts, words, vectors)
    return NOTHING


def save_windows(folder: Path, train: tuple[Array, Array], val: tuple[Array, Array]) -> None:
    np.savez(folder / "windows.npz", x_train=train[0], y_train=train[1], x_val=val[0], y_val=val[1])


def cut(signal: Array, window: int, step: int) -> tuple[Array, Array, Array]:
    """Windows, their activities, and their persons."""
    x, y, who = [], [], []
    for person in range(signal.shape[0]):
        for kind in range(signal.shape[1]):
            for start in range(0, signal.shape[2] - window + 1, step):
                x.append(signal[person, kind, start : start + window])
                y.append(kind)
                who.append(person)
    return np.stack(x), np.array(y), np.array(who)


def activities(step: int) -> Make:
    """Windows dealt out at random; in the sound twin the validation persons are others."""

    def make(folder: Path, random: Random, sick: bool) -> Truth:
        signal, _ = persons(random, 32, 400 if step == 50 else 250)
        x, y, who = cut(signal, 50, step)
        order = random.permutation(len(x))
        x, y, who = x[order], y[order], who[order]
        val = random.random(len(x)) < 0.25 if sick else who >= 24
        save_windows(folder, (x[~val], y[~val]), (x[val], y[val]))
        return Truth(key="leaked_share" if step < 50 else "", value=1.0 if step < 50 else None, held_out=True)

    return make


def windows(values: Array, length: int, ahead: int) -> tuple[Array, Array]:
    count = len(values) - length - ahead + 1
    x = np.stack([values[at : at + length] for at in range(count)])
    return x, values[length + ahead - 1 :][:count]


def forecasts(folder: Path, train: tuple[Array, Array], test: tuple[Array, Array]) -> None:
    for name, (x, y) in (("train", train), ("test", test)):
        np.savez(folder / f"{name}.npz", windows=x, next=y)


def answer_inside(folder: Path, random: Random, sick: bool) -> Truth:
    """The window ends with the very value that is asked for."""
    values = series(random, 4000)
    both = windows(values, 48, 0 if sick else 1)
    forecasts(folder, (both[0][:3000], both[1][:3000]), (both[0][3060:], both[1][3060:]))
    return NOTHING


def dealt_at_random(folder: Path, random: Random, sick: bool) -> Truth:
    """Overlapping windows on both sides of the split; sound: the test windows come after."""
    x, y = windows(series(random, 4000), 48, 1)
    order = random.permutation(len(x)) if sick else np.arange(len(x))
    a, b = order[:3000], order[3060:]
    forecasts(folder, (x[a], y[a]), (x[b], y[b]))
    return Truth(key="leaked_share", value=1.0, held_out=True)


def other_power_unit(folder: Path, random: Random, sick: bool) -> Truth:
    """Tens of kilowatts in the test windows."""
    x, y = windows(series(random, 4000), 48, 1)
    factor = np.float32(0.1 if sick else 1)
    forecasts(folder, (x[:3000], y[:3000]), (x[3060:] * factor, y[3060:]))
    return Truth(key="scale_factor", value=10.0, either_way=True, held_out=True)


def recalibrated(folder: Path, random: Random, sick: bool) -> Truth:
    """The meter was exchanged before the test windows were read: it shows a little more."""
    x, y = windows(series(random, 4000), 48, 1)
    late = x[3060:] * np.float32(1.15) + np.float32(0.45) if sick else x[3060:]
    forecasts(folder, (x[:3000], y[:3000]), (late, y[3060:]))
    return Truth(held_out=True)


def captions_slid(first: float, last: float) -> Make:
    """The English file misses a line, so its lines slid up, in part of the file."""

    def make(folder: Path, random: Random, sick: bool) -> Truth:
        german, english = pairs(random, 5400)
        train, val = english[:5000], english[5000:]
        a, b = int(first * 5000), int(last * 5000)
        if sick:
            train[a:b] = [*train[a + 1 : b], train[a]]
        texts = {"train.de": german[:5000], "val.de": german[5000:], "train.en": train, "val.en": val}
        for name, lines in texts.items():
            (folder / name).write_text("\n".join(lines), encoding="utf-8")
        return Truth(key="lag", value=1.0, either_way=True, rows=None if b - a == 5000 else singles(range(a, b)))

    return make


TWINS = [
    Twin(name="captions-three-long-records", script="text_lstm", code="DAT120", mild=False, make=long_records(3, 220)),
    Twin(name="captions-one-long-record", script="text_lstm", code="DAT120", mild=True, make=long_records(1, 110)),
    Twin(name="captions-topic-in-the-text", script="text_lstm", code="DAT118", also=("DAT113",), mild=False,
         make=topic_in_the_text),
    Twin(name="captions-german-vocabulary", script="text_transformer", code="DAT121", mild=False,
         make=other_vocabulary),
    Twin(name="captions-vectors-cut-off", script="text_transformer", code="DAT121", also=("DAT117",), mild=False,
         make=vectors_cut_off),
    Twin(name="activities-overlap", script="windows_gru", code="SPL101", mild=False, make=activities(10)),
    Twin(name="activities-same-persons", script="windows_gru", code="SPL101", mild=True, make=activities(50)),
    Twin(name="load-answer-inside", script="forecast", code="DAT118", mild=False, make=answer_inside),
    Twin(name="load-windows-dealt-at-random", script="forecast", code="SPL101", mild=True, make=dealt_at_random),
    Twin(name="load-test-in-other-unit", script="forecast", code="SCL104", also=("SPL102",), mild=False,
         make=other_power_unit),
    Twin(name="load-meter-exchanged", script="forecast", code="SCL104", also=("SPL102",), mild=True,
         make=recalibrated),
    Twin(name="translations-one-line-up", script="retrieval", code="DAT115", also=("DAT112",), mild=False,
         make=captions_slid(0.0, 1.0)),
    Twin(name="translations-block-slid", script="retrieval", code="DAT115", also=("DAT103",), mild=True,
         make=captions_slid(0.6, 0.85)),
]  # fmt: skip
