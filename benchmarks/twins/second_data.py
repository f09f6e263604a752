"""Sound data of the second half of the twins, how it is written, and what makes a pair of a fault."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from PIL import Image

from twins.data import Array, Parts, Tables, digits, mnist, pairs, pictures, table
from twins.twin import NOTHING, Make, Random, Truth

__all__ = ["digits_8", "photos"]


def pair(draw: Callable[[Random], Any], write: Callable[[Path, Any], object],
         spoil: Callable[[Any, Random], tuple[Any, Truth]]) -> Make:  # fmt: skip
    """Both folders: drawn alike, the sick one spoilt before it is written."""

    def make(folder: Path, random: Random, sick: bool) -> Truth:
        parts = draw(random)
        if not sick:
            write(folder, parts)
            return NOTHING
        parts, truth = spoil(parts, random)
        write(folder, parts)
        return truth

    return make


def of_table(name: str, random: Random, rows: int, share: float) -> Parts:
    """Columns and target of a real table."""
    frames = table(name, random, rows, share)
    cut = [frame.drop(columns="target").to_numpy(float) for frame in frames]
    return Parts(cut[0], frames[0]["target"].to_numpy(), cut[1], frames[1]["target"].to_numpy())


def phoneme(random: Random) -> Parts:
    """2,400 training rows; the others are for validation (the first 600) and test."""
    return of_table("phoneme", random, 4200, 2400 / 4200)


def three(folder: Path, parts: Parts, valid: int = 600) -> None:
    """For `early_stop`."""
    cuts = {"train": (parts.x, parts.y), "valid": (parts.xt[:valid], parts.yt[:valid]),
            "test": (parts.xt[600:], parts.yt[600:])}  # fmt: skip
    for name, (x, y) in cuts.items():
        frame = pd.DataFrame(x, columns=[f"v{at}" for at in range(x.shape[1])]).assign(y=y)
        frame.to_csv(folder / f"{name}.csv", index=False)


def digits_8(random: Random) -> Parts:
    """8×8 pictures of 0…16."""
    parts = digits(random, 1320)
    return parts._replace(x=parts.x.reshape(-1, 8, 8), xt=parts.xt.reshape(-1, 8, 8))


def two_npz(folder: Path, parts: Parts) -> None:
    """For `lit_like`."""
    np.savez(folder / "train.npz", images=parts.x, labels=parts.y)
    np.savez(folder / "val.npz", images=parts.xt, labels=parts.yt)


def abalone(random: Random) -> Tables:
    """Age of shellfish, in rings."""
    return table("abalone", random, 3200, 0.7)


def two_csv(folder: Path, tables: Tables) -> None:
    """For `prices` and `plant_tcn`."""
    tables.train.to_csv(folder / "train.csv", index=False)
    tables.test.to_csv(folder / "test.csv", index=False)


WAVE = 96


def recorded(random: Random, kind: int, length: int, jitter: float = 0.9) -> Array:
    """One run of a machine in one of five states: (3, length)."""
    rate = 4.0 + 2.2 * kind + random.uniform(-jitter, jitter)
    time = np.arange(length) / WAVE
    gain, phase = random.uniform(0.6, 1.4, (3, 1)), random.uniform(0, 6.28, (3, 1))
    wave = gain * np.sin(2 * np.pi * rate * time + phase)
    over = random.uniform(0, 0.5, (3, 1)) * np.sin(2 * np.pi * random.uniform(2, 3) * rate * time + phase)
    return (wave + over + random.normal(0, 0.6, (3, length))).astype(np.float32)


def windows(random: Random, runs: int, step: int) -> tuple[Array, Array, Array]:
    """Windows of long runs, their states, and which run each is of."""
    found, kinds, groups = [], [], []
    for run in range(runs):
        kind = run % 5
        signal = recorded(random, kind, WAVE + 7 * step, jitter=1.6)
        for at in range(8):
            found.append(signal[:, at * step : at * step + WAVE])
            kinds.append(kind)
            groups.append(run)
    return np.stack(found), np.array(kinds), np.array(groups)


def waves(random: Random) -> Parts:
    """One window of each run of a machine."""
    y = random.integers(0, 5, 2000)
    x = np.stack([recorded(random, kind, WAVE) for kind in y])
    return Parts(x[:1500], y[:1500], x[1500:], y[1500:])


def one_npz(folder: Path, parts: Parts) -> None:
    """For `waves_conv`."""
    np.savez(folder / "waves.npz", train_signals=parts.x, train_labels=parts.y, test_signals=parts.xt,
             test_labels=parts.yt)  # fmt: skip


def snippets(random: Random) -> Tables:
    """About eighteen characters of captions in German (0) and English (1)."""
    count = 1900
    german, english = pairs(random, count)
    lang = random.integers(0, 2, count)
    texts = []
    for at, kind in enumerate(lang):
        line = (english if kind else german)[at].lower()
        start = int(random.integers(0, max(1, len(line) - 20)))
        texts.append(line[start : start + int(random.integers(15, 21))])
    frame = pd.DataFrame({"text": texts, "lang": lang})
    return Tables(frame[:1400].copy(), frame[1400:].reset_index(drop=True))


def jsonl(folder: Path, tables: Tables, alphabet: Sequence[str] = ()) -> None:
    """For `chars_gru`."""
    chars = sorted(alphabet or set("".join(tables.train["text"])))
    (folder / "alphabet.txt").write_text("\n".join(chars), encoding="utf-8")
    for name, frame in (("train", tables.train), ("test", tables.test)):
        lines = [json.dumps({"text": text, "lang": int(lang)}) for text, lang in zip(frame["text"], frame["lang"],
                                                                                     strict=True)]  # fmt: skip
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def small(x: Array) -> Array:
    """Halved pictures of 0…1."""
    return x.reshape(len(x), 14, 2, 14, 2).mean((2, 4)).astype(np.float32) / np.float32(255)


def mnist_14(random: Random, train: int = 3000, test: int = 800) -> Parts:
    parts = mnist(random, train, test)
    return parts._replace(x=small(parts.x), xt=small(parts.xt))


def couples(x: Array, y: Array, count: int, random: Random) -> Parts:
    """Left pictures as ``x``, whether the digit is the same as ``y``, right pictures as ``xt``."""
    left = random.integers(0, len(x), count)
    same = random.integers(0, 2, count)
    of_kind = [np.flatnonzero(y == kind) for kind in range(10)]
    kinds = np.where(same, y[left], (y[left] + random.integers(1, 10, count)) % 10)
    right = np.array([random.choice(of_kind[kind]) for kind in kinds])
    return Parts(x[left], same, x[right], same)


def siamese(random: Random) -> tuple[Parts, Parts]:
    """Couples of training pictures, and of other pictures."""
    parts = mnist_14(random, 9000, 1500)
    return couples(parts.x, parts.y, 8000, random), couples(parts.xt, parts.yt, 1000, random)


def couples_npz(folder: Path, both: tuple[Parts, Parts]) -> None:
    """For `siamese`."""
    for name, one in zip(("train", "test"), both, strict=True):
        np.savez(folder / f"pairs_{name}.npz", left=one.x, right=one.xt, same=one.y)


TAGS = ("mann", "frau", "hund", "wasser", "junge", "straße", "kind")


def tagged(random: Random) -> Parts:
    """Counts of 250 English words; which German words stand in the translation."""
    german, english = pairs(random, 4200)
    words = [[word.strip('.,"').lower() for word in line.split()] for line in english]
    frequent = pd.Series([word for line in words for word in line]).value_counts().index[:250]
    place = {word: at for at, word in enumerate(frequent)}
    x = np.zeros((len(words), 250), np.float32)
    for row, line in enumerate(words):
        for word in line:
            if word in place:
                x[row, place[word]] += 1
    y = np.array([[tag in line.lower() for tag in TAGS] for line in german], np.float32)
    return Parts(x[:3200], y[:3200], x[3200:], y[3200:])


def four_npy(folder: Path, parts: Parts) -> None:
    """For `tags_multi`."""
    for name, x, y in (("train", parts.x, parts.y), ("dev", parts.xt, parts.yt)):
        np.save(folder / f"{name}_counts.npy", x)
        np.save(folder / f"{name}_tags.npy", y)


def cells(random: Random) -> Parts:
    """Bright ellipses on an uneven ground, 32×32, and their masks."""
    rows, columns = np.mgrid[:32, :32]
    images, masks = [], []
    for _ in range(320):
        slope = random.normal(0, 0.8, 2)
        image = 70 + slope[0] * rows + slope[1] * columns
        mask = np.zeros((32, 32), bool)
        for _ in range(int(random.integers(2, 6))):
            top, left = random.uniform(3, 29, 2)
            a, b = random.uniform(2, 5, 2)
            inside = ((rows - top) / a) ** 2 + ((columns - left) / b) ** 2 < 1
            image = np.where(inside, image + random.uniform(25, 70), image)
            mask |= inside
        images.append((image + random.normal(0, 12, image.shape)).clip(0, 255).astype(np.uint8))
        masks.append(mask.astype(np.uint8) * 255)
    x, y = np.stack(images), np.stack(masks)
    return Parts(x[:240], y[:240], x[240:], y[240:])


def two_folders(folder: Path, parts: Parts) -> None:
    """For `cells`."""
    for name, x, y in (("train", parts.x, parts.y), ("test", parts.xt, parts.yt)):
        for kind, pictures_of in (("images", x), ("masks", y)):
            (folder / name / kind).mkdir(parents=True)
            for at, picture in enumerate(pictures_of):
                Image.fromarray(picture).save(folder / name / kind / f"{at:04d}.png")


def npy_14(folder: Path, parts: Parts) -> None:
    """For `ae_head`."""
    for name, x, y in (("train", parts.x, parts.y), ("test", parts.xt, parts.yt)):
        np.save(folder / f"x_{name}.npy", x.astype(np.float32))
        np.save(folder / f"y_{name}.npy", y)


def mammography(random: Random) -> Parts:
    return of_table("mammography", random, 8000, 0.65)


def balanced(y: Array) -> Array:
    """Weights of rows with which both classes are drawn equally often."""
    return 1 / np.bincount(y.astype(int))[y.astype(int)]


def sampled(folder: Path, parts: Parts, weights: Array | None = None) -> None:
    """For `rare_sampler`."""
    np.savetxt(folder / "train.csv", np.column_stack([parts.x, parts.y]), delimiter=",", fmt="%.6g")
    np.savetxt(folder / "test.csv", np.column_stack([parts.xt, parts.yt]), delimiter=",", fmt="%.6g")
    np.savetxt(folder / "weights.csv", balanced(parts.y) if weights is None else weights, fmt="%.8g")


def readings(random: Random, name: str, each: int) -> pd.DataFrame:
    """Every object of a real table measured so many times; whole objects are put into folds."""
    frames = table(name, random, 400, 0.999)
    frame = pd.concat(frames, ignore_index=True).rename(columns={"target": "kind"})
    inputs = frame.columns.drop("kind")
    spread = frame[inputs].std()
    copies = []
    fold = random.permutation(np.arange(len(frame)) % 5)
    for _ in range(each):
        one = frame.copy()
        one[inputs] += random.normal(0, 0.08, (len(frame), len(inputs))) * spread.to_numpy()
        copies.append(one.assign(fold=fold, object=np.arange(len(frame))))
    every = pd.concat(copies, ignore_index=True)
    return every.iloc[random.permutation(len(every))].reset_index(drop=True)


def folded(folder: Path, frame: pd.DataFrame) -> None:
    """For `folds`."""
    frame.drop(columns="object").to_csv(folder / "readings.csv", index=False, float_format="%.5f")


ADULT = ["age", "education_num", "capital_gain", "capital_loss", "hours", "married", "male", "white"]


def adult(random: Random) -> Parts:
    """Numbers of a census and three flags; shuffled."""
    from plants.data import load

    data = load("adult")
    at = random.permutation(len(data))[:6000]
    frame = data.x.iloc[at]
    columns = [np.log1p(frame[name].to_numpy(float)) if "capital" in name else frame[name].to_numpy(float)
               for name in ADULT[:5]]  # fmt: skip
    flags = (("marital", "Married-civ-spouse"), ("sex", "Male"), ("race", "White"))
    columns += [(frame[name] == value).to_numpy(float) for name, value in flags]
    x, y = np.column_stack(columns), np.array([">" in label for label in data.y[at]]).astype(int)
    return Parts(x[:4400], y[:4400], x[4400:], y[4400:])


def semicolons(folder: Path, parts: Parts) -> None:
    """For `accum_bn`: the label in front."""
    for name, x, y in (("train", parts.x, parts.y), ("test", parts.xt, parts.yt)):
        np.savetxt(folder / f"{name}.csv", np.column_stack([y, x]), delimiter=";", fmt="%.6g",
                   header=";".join(["label", *ADULT]), comments="")  # fmt: skip


def photos(random: Random) -> Parts:
    """Photos of four kinds, channels first."""
    parts = pictures(random, 1350, 450)
    return parts._replace(x=parts.x.transpose(0, 3, 1, 2).copy(), xt=parts.xt.transpose(0, 3, 1, 2).copy())


def saved(folder: Path, parts: Parts) -> None:
    """For `tensor_list`."""
    names = ("train_images", "train_labels", "test_images", "test_labels")
    torch.save({name: torch.from_numpy(np.ascontiguousarray(part)) for name, part in zip(names, parts, strict=True)},
               folder / "photos.pt")  # fmt: skip


def indexed(folder: Path, parts: Parts) -> None:
    """For `png_index`."""
    (folder / "png").mkdir()
    lines = ["file,label,split"]
    for split, x, y in (("train", parts.x, parts.y), ("test", parts.xt, parts.yt)):
        for at, (image, label) in enumerate(zip(x, y, strict=True)):
            Image.fromarray(image).save(folder / "png" / f"{split}{at:05d}.png")
            lines.append(f"{split}{at:05d}.png,{label},{split}")
    (folder / "index.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def mnist_28(random: Random) -> Parts:
    """Cut to 24×24: the border is empty."""
    parts = mnist(random, 2000, 600)
    cut = slice(2, 26)
    return parts._replace(x=parts.x[:, cut, cut].copy(), xt=parts.xt[:, cut, cut].copy())


def plant(random: Random) -> Tables:
    """Hourly sensors of a power plant: the power follows the weather and its own last hours."""
    length = 2600
    hour = np.arange(length)
    slow = np.zeros((length, 3))
    for at in range(1, length):
        slow[at] = 0.93 * slow[at - 1] + random.normal(0, 0.35, 3)
    heat = 15 + 4 * np.sin(2 * np.pi * hour / 24) + 2 * slow[:, 0]
    wind, pressure = 6 + slow[:, 1], 1013 + 3 * slow[:, 2]
    power = np.zeros(length)
    for at in range(1, length):
        push = 0.5 * (heat[at - 1] - 15) + 1.2 * (wind[at - 1] - 6)
        power[at] = 0.7 * power[at - 1] + 0.3 * push + random.normal(0, 0.5)
    frame = pd.DataFrame({"heat": heat, "wind": wind, "pressure": pressure, "valve": random.normal(50, 2, length),
                          "power": 200 + 10 * power})  # fmt: skip
    return Tables(frame[:1900].copy(), frame[1900:].reset_index(drop=True))


def shells(random: Random) -> Tables:
    """Sizes of shellfish; age and weight in standard deviations."""
    frames = abalone(random)
    train, test = frames.train, frames.test
    for name in ("target", "whole"):
        mean, std = train[name].mean(), train[name].std()
        for frame in frames:
            frame[name] = (frame[name] - mean) / std
    return Tables(train, test)


def shells_npz(folder: Path, tables: Tables) -> None:
    """For `two_heads`."""
    kept: dict[str, Array] = {}
    for name, frame in (("train", tables.train), ("test", tables.test)):
        kept[f"{name}_x"] = frame[["length", "diameter", "height", "shell", "viscera"]].to_numpy()
        kept[f"{name}_age"], kept[f"{name}_weight"] = frame["target"].to_numpy(), frame["whole"].to_numpy()
    np.savez(folder / "shells.npz", **kept)
