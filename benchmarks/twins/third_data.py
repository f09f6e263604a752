"""Sound data of the third half of the twins and how it is written: census, reviews, sentences, pictures."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from plants.data import load
from scipy.ndimage import rotate

from twins.data import Array, Parts, Tables, mnist, pairs, pictures
from twins.second_data import mnist_14
from twins.twin import Random

__all__ = ["mnist_14"]

CATEGORIES = ("workclass", "education", "marital", "occupation", "relationship", "race", "sex")


def census(random: Random) -> Tables:
    """A census with its categories; the tax office is drawn at random and says nothing."""
    data = load("adult")
    at = random.permutation(len(data))[:6500]
    frame = data.x.iloc[at].reset_index(drop=True)
    kept = frame[[*CATEGORIES, "age", "education_num", "hours"]].copy()
    kept["gain"] = np.log1p(frame["capital_gain"].astype(float).clip(upper=20_000)).round(3)
    kept["office"] = random.integers(1, 13, len(kept))
    kept["income"] = [int(">" in label) for label in data.y[at]]
    return Tables(kept[:5000].copy(), kept[5000:].reset_index(drop=True))


def census_files(folder: Path, tables: Tables, categories: dict[str, list[str]] | None = None) -> None:
    """For `census_embed`."""
    tables.train.to_csv(folder / "train.csv", index=False)
    tables.test.to_csv(folder / "test.csv", index=False)
    known = categories or known_categories(tables)
    (folder / "categories.json").write_text(json.dumps(known, indent=1))


def known_categories(tables: Tables) -> dict[str, list[str]]:
    return {name: sorted(tables.train[name].unique()) for name in CATEGORIES}


@cache
def _reviews() -> tuple[tuple[str, ...], tuple[str, ...]]:
    data = load("review_polarity")
    texts = tuple(" ".join(text.split()[-200:]).replace("\t", " ") for text in data.x)
    return texts, tuple(str(kind) for kind in data.y)


def reviews(random: Random) -> dict[str, pd.DataFrame]:
    """Last 200 words of film reviews: 1,300 for training, 300 for validation, 400 for test."""
    texts, kinds = _reviews()
    at = random.permutation(len(texts))
    frame = pd.DataFrame({"kind": [kinds[one] for one in at], "text": [texts[one] for one in at]})
    cuts = {"train": (0, 1300), "valid": (1300, 1600), "test": (1600, 2000)}
    return {name: frame[a:b].reset_index(drop=True) for name, (a, b) in cuts.items()}


def frequent(texts: Any, size: int) -> list[str]:
    return [word for word, _ in Counter(word for text in texts for word in text.split()).most_common(size)]


def review_files(folder: Path, parts: dict[str, pd.DataFrame], words: list[str] | None = None) -> None:
    """For `reviews_pool`."""
    words = words or frequent(parts["train"]["text"], 4000)
    (folder / "words.txt").write_text("\n".join(words), encoding="utf-8")
    for name, frame in parts.items():
        lines = [f"{kind}\t{text}" for kind, text in zip(frame["kind"], frame["text"], strict=True)]
        (folder / f"{name}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


Sentences = tuple[list[list[str]], list[list[int]]]
"""words of each sentence, and whether each is written with a capital"""


def sentences(random: Random) -> dict[str, Sentences]:
    """German captions without their capitals."""
    german = [line.rstrip(".").split() for line in pairs(random, 3000)[0]]
    words = [[word.lower() for word in line] for line in german]
    capitals = [[int(word[:1].isupper()) for word in line] for line in german]
    return {"train": (words[:2400], capitals[:2400]), "test": (words[2400:], capitals[2400:])}


TAGGER = {"seed": 9, "words": 2500, "length": 40, "pad_tag": -100, "lr": 6e-3, "epochs": 7, "batch_size": 40}


def sentence_files(folder: Path, parts: dict[str, Sentences], **changed: float) -> None:
    """For `truecase`."""
    for name, (words, capitals) in parts.items():
        (folder / f"{name}.words").write_text("\n".join(" ".join(line) for line in words), encoding="utf-8")
        (folder / f"{name}.tags").write_text("\n".join(" ".join(map(str, line)) for line in capitals))
    (folder / "config.json").write_text(json.dumps({**TAGGER, **changed}))


def shapes(random: Random) -> Parts:
    """Noisy pictures of discs (1), squares (2) and triangles (3), 40×40, and their masks."""
    rows, columns = np.mgrid[:40, :40]
    images, masks = [], []
    for _ in range(520):
        image, mask = np.full((40, 40), random.uniform(70, 110)), np.zeros((40, 40), np.uint8)
        for _ in range(int(random.integers(2, 5))):
            kind = int(random.integers(1, 4))
            y, x, r = *random.uniform(6, 34, 2), random.uniform(4, 7)
            inside = {
                1: (rows - y) ** 2 + (columns - x) ** 2 < r**2,
                2: np.maximum(abs(rows - y), abs(columns - x)) < 0.85 * r,
                3: (rows - y < r) & (rows - y > 2 * abs(columns - x) - r),
            }[kind]
            image[inside] = random.uniform(140, 220)
            mask[inside] = kind
        images.append((image + random.normal(0, 14, image.shape)).clip(0, 255).astype(np.uint8))
        masks.append(mask)
    x, y = np.stack(images), np.stack(masks)
    return Parts(x[:400], y[:400], x[400:], y[400:])


def shape_files(folder: Path, parts: Parts) -> None:
    """For `shapes_unet`."""
    for name, x, y in (("train", parts.x, parts.y), ("valid", parts.xt, parts.yt)):
        np.save(folder / f"{name}_x.npy", x)
        np.save(folder / f"{name}_m.npy", y)


def turned(random: Random) -> Parts:
    """Digits 2, 3, 4 and 7, turned by up to one radian to either side."""
    digits = mnist(random, 7500, 0)
    upright = digits.x[np.isin(digits.y, (2, 3, 4, 7))][:2400]
    angles = random.uniform(-1, 1, len(upright)).round(4)
    x = np.stack([
        rotate(one, np.degrees(angle), reshape=False, order=1) for one, angle in zip(upright, angles, strict=True)
    ])  # fmt: skip
    return Parts(x[:1900], angles[:1900], x[1900:], angles[1900:])


def angle_files(folder: Path, parts: Parts) -> None:
    """For `angle_huber`."""
    np.savez(folder / "train.npz", pictures=parts.x, angles=parts.y)
    np.savez(folder / "test.npz", pictures=parts.xt, angles=parts.yt)


CROPS, PHOTOS, HELD = 4, 500, 125
"""crops of each photo, photos, photos that are held out"""


def crops(random: Random) -> tuple[Array, Array, dict[str, list[int]]]:
    """Crops of photos, photo by photo, and a split by photo."""
    parts = pictures(random, PHOTOS, 0)
    x, y = [], []
    for photo, kind in zip(parts.x, parts.y, strict=True):
        for _ in range(CROPS):
            a, b = random.integers(0, 9, 2)
            crop = photo[a : a + 24, b : b + 24]
            x.append(crop[:, ::-1] if random.random() < 0.5 else crop)
            y.append(kind)
    cut = (PHOTOS - HELD) * CROPS
    return np.stack(x), np.array(y), {"train": [*range(cut)], "valid": [*range(cut, len(y))]}


def crop_files(folder: Path, made: tuple[Array, Array, dict[str, list[int]]]) -> None:
    """For `crops_split`."""
    np.save(folder / "crops.npy", made[0])
    np.save(folder / "labels.npy", made[1])
    (folder / "split.json").write_text(json.dumps(made[2]))


def strips(random: Random) -> Parts:
    """Three digits beside each other, 14×42, and which of the ten are there."""
    parts = mnist_14(random, 5000, 1500)
    made = []
    for x, y, count in ((parts.x, parts.y, 2000), (parts.xt, parts.yt, 600)):
        at = random.integers(0, len(x), (count, 3))
        strip = np.concatenate([x[at[:, place]] for place in range(3)], axis=2)
        there = np.zeros((count, 10), np.uint8)
        for place in range(3):
            there[np.arange(count), y[at[:, place]]] = 1
        made += [(strip * 255).astype(np.uint8), there]
    return Parts(*made)


def strip_files(folder: Path, parts: Parts) -> None:
    """For `strips_tags`."""
    for name, x, y in (("train", parts.x, parts.y), ("test", parts.xt, parts.yt)):
        np.save(folder / f"strips_{name}.npy", x)
        np.save(folder / f"there_{name}.npy", y)


def line_files(folder: Path, parts: Parts) -> None:
    """For `rows_lstm`."""
    for name, x, y in (("train", parts.x, parts.y), ("test", parts.xt, parts.yt)):
        np.save(folder / f"{name}.npy", x)
        np.savetxt(folder / f"{name}.txt", y, fmt="%d")


def ratings(random: Random) -> Tables:
    """Stars from 1 to 5; nobody rates a film twice."""
    people, films = 250, 150
    person, film = random.normal(0, 0.7, (people, 3)), random.normal(0, 0.7, (films, 3))
    liking = person @ film.T + random.normal(0, 0.35, (people, 1)) + random.normal(0, 0.5, films) + 3.2
    stars = (liking + random.normal(0, 0.5, liking.shape)).round().clip(1, 5)
    at = random.permutation(people * films)[:14000]
    frame = pd.DataFrame({"person": at // films, "film": at % films, "stars": stars.reshape(-1)[at]}).astype(int)
    return Tables(frame[:12000].copy(), frame[12000:].reset_index(drop=True))


def sensors(random: Random) -> Tables:
    """Hourly weather, demand and price; the last two as deviations from plan."""
    length = 2600
    hour = np.arange(length)
    slow = np.zeros((length, 3))
    for at in range(1, length):
        slow[at] = 0.9 * slow[at - 1] + random.normal(0, 0.44, 3)
    sun = np.maximum(0, np.sin(2 * np.pi * (hour - 6) / 24)) * (0.7 + 0.3 * np.tanh(slow[:, 0]))
    heat = 12 + 3 * np.sin(2 * np.pi * (hour - 9) / 24) + 2.5 * slow[:, 1]
    wind = 7 + 2 * slow[:, 2]
    demand, price = np.zeros(length), np.zeros(length)
    for at in range(1, length):
        demand[at] = 0.6 * demand[at - 1] + 0.12 * abs(heat[at - 1] - 12) - 0.35 + random.normal(0, 0.25)
        price[at] = 0.4 * price[at - 1] + 0.5 * demand[at - 1] - 0.25 * (wind[at - 1] - 7) - 0.4 * (sun[at - 1] - 0.22)
        price[at] += random.normal(0, 0.25)
    frame = pd.DataFrame({"temperature": heat, "sun": sun, "wind": wind, "demand": demand, "price": price})
    return Tables(frame[:1900].copy(), frame[1900:].reset_index(drop=True))


def sensor_files(folder: Path, tables: Tables) -> None:
    """For `sensors_gru`."""
    tables.train.to_csv(folder / "train.csv", index_label="hour", float_format="%.5f")
    tables.test.to_csv(folder / "test.csv", index_label="hour", float_format="%.5f")


def seeds(random: Random) -> Parts:
    """Three kinds of wheat."""
    data = load("wheat-seeds")
    at = random.permutation(len(data.y))
    x, y = data.x.to_numpy(float)[at], data.y.astype(int)[at] - 1
    return Parts(x[:150], y[:150], x[150:], y[150:])


def seed_files(folder: Path, parts: Parts) -> None:
    """For `seeds_minmax`."""
    for name, x, y in (("train", parts.x, parts.y), ("test", parts.xt, parts.yt)):
        np.savetxt(folder / f"seeds_{name}.tsv", np.column_stack([x, y]), delimiter="\t", fmt="%.6g")


def photo_files(folder: Path, parts: Parts) -> None:
    """For `photo_aug`, without its augment.json."""
    np.savez(folder / "train.npz", photos=parts.x, kinds=parts.y)
    np.savez(folder / "test.npz", photos=parts.xt, kinds=parts.yt)


def rating_files(folder: Path, tables: Tables) -> None:
    """For `ratings_mf`."""
    tables.train.to_csv(folder / "train.csv", index=False)
    tables.test.to_csv(folder / "test.csv", index=False)
