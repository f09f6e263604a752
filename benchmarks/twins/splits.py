"""Leaks between the files, held-out data prepared in another way, order, and validation files that mislead."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from twins import files
from twins.data import Array, Parts, digits, mnist, pictures, table
from twins.labels import Draw, Write
from twins.twin import NOTHING, Make, Random, Truth, Twin, singles, some


def leaked(draw: Draw, write: Write, share: float, near: Callable[[Array, Random], Array] | None = None) -> Make:
    """So much of the held-out rows stands in the training file too, in the places of other rows."""

    def make(folder: Path, random: Random, sick: bool) -> Truth:
        parts = draw(random)
        at = some(random, len(parts.yt), share)
        place = random.choice(len(parts.y), len(at), replace=False)
        x, y = parts.x.copy(), parts.y.copy()
        x[place] = near(parts.xt[at], random) if near else parts.xt[at]
        y[place] = parts.yt[at]
        order = write(folder, parts._replace(x=x, y=y) if sick else parts)
        rows = at if order is None else files.places(parts.yt)[at]
        return Truth(key="leaked_share", value=len(at) / len(parts.yt), rows=singles(rows), held_out=True)

    return make


def rescanned(x: Array, random: Random) -> Array:
    """The same pictures, a little brighter or darker, with other noise."""
    gain = random.uniform(0.95, 1.05, (len(x),) + (1,) * (x.ndim - 1))
    return np.clip(np.round(x * gain + random.normal(0, 3, x.shape)), 0, 255).astype(x.dtype)


def prepared(draw: Draw, write: Write, change: Callable[[Array], Array], truth: Truth) -> Make:
    """The held-out inputs went through another preparation."""

    def make(folder: Path, random: Random, sick: bool) -> Truth:
        parts = draw(random)
        write(folder, parts._replace(xt=change(parts.xt)) if sick else parts)
        return truth

    return make


def normalised(random: Random) -> Parts:
    parts = mnist(random)
    return parts._replace(x=((parts.x / 255 - 0.13) / 0.31), xt=((parts.xt / 255 - 0.13) / 0.31))


def unit_range(random: Random) -> Parts:
    parts = mnist(random)
    return parts._replace(x=files.unit(parts.x), xt=files.unit(parts.xt))


def ordered(draw: Draw, write: Write, block: int | None = None) -> Make:
    """The training file is sorted by class, or in blocks of rows most of which are of two classes."""

    def make(folder: Path, random: Random, sick: bool) -> Truth:
        parts = draw(random)
        order = np.argsort(parts.y, kind="stable")
        if block is not None:
            loose = random.random(len(order)) < 0.4
            mixed = order.copy()
            mixed[loose] = random.permutation(order[loose])
            starts = random.permutation(np.arange(0, len(order), block))
            order = np.concatenate([mixed[one : one + block] for one in starts])
        write(folder, parts._replace(x=parts.x[order], y=parts.y[order]) if sick else parts)
        return NOTHING

    return make


def dataset(folder: Path, x: Array, y: Array) -> None:
    np.savez(folder / "dataset.npz", x=x, y=y)


def every_picture_four_times(folder: Path, random: Random, sick: bool) -> Truth:
    """Brighter and darker copies were added to the file before the script draws its held-out part."""
    parts = pictures(random, 1600, 0)
    x, y = parts.x[:, ::2, ::2] / 255.0, parts.y
    if sick:
        x, y = np.concatenate([x[:400] * gain for gain in (0.97, 0.99, 1.0, 1.02)]), np.tile(y[:400], 4)
    order = random.permutation(len(x))
    dataset(folder, x[order], y[order])
    return Truth(key="leaked_share", value=1 - 0.25**3, held_out=True)


def rare_class_repeated(folder: Path, random: Random, sick: bool) -> Truth:
    """The rows of the rare class were repeated until the classes balanced; the split comes after."""
    train, earlier = table("phoneme", random, 4000, 0.75)
    names = [name for name in train.columns if name != "target"]
    y = train["target"].to_numpy()
    x = ((train[names] - earlier[names].mean()) / earlier[names].std()).to_numpy()  # other rows: no leak of its own
    often, few = np.flatnonzero(y == 0), np.flatnonzero(y == 1)
    at = np.concatenate([often, np.tile(few[: len(few) // 2], 4)]) if sick else np.concatenate([often, few])
    at = random.permutation(at)
    dataset(folder, x[at], y[at])
    return Truth(key="leaked_share", value=float((y[at] == 1).mean()) * (1 - 0.25**3), held_out=True)


def small_validation(rows: int) -> Make:
    """So few validation rows choose the epoch."""

    def make(folder: Path, random: Random, sick: bool) -> Truth:
        train, rest = table("phoneme", random, 4000, 0.5)
        save(folder, train, rest[: rows if sick else 1000], rest[1000:])
        return Truth(held_out=True)

    return make


def easy_validation(folder: Path, random: Random, sick: bool) -> Truth:
    """Validation rows were kept only if two annotators agreed at once: the clear ones."""
    from sklearn.neighbors import KNeighborsClassifier

    train, rest = table("phoneme", random, 5000, 0.4)
    names = [name for name in train.columns if name != "target"]
    chance = KNeighborsClassifier(40).fit(train[names], train["target"]).predict_proba(rest[names])
    clear = np.take_along_axis(chance, rest["target"].to_numpy(int)[:, None], 1)[:, 0] > 0.85
    pool = np.arange(len(rest)) < 2000
    save(folder, train, rest[pool & clear][:800] if sick else rest[pool][:800], rest[~pool])
    return Truth(held_out=True)


def save(folder: Path, *frames: pd.DataFrame) -> None:
    """For `best_epoch`: standardised by the first."""
    first = frames[0].drop(columns="target")
    for name, frame in zip(("train", "val", "test"), frames, strict=True):
        x = (frame.drop(columns="target") - first.mean()) / first.std()
        np.savez(folder / f"{name}.npz", x=x.to_numpy(), y=frame["target"].to_numpy())


TWINS = [
    Twin(name="mnist-tenth-of-test-in-training", script="images_npz", code="SPL101", mild=True,
         make=leaked(mnist, files.npz_images, 0.1)),
    Twin(name="digits-nine-tenths-in-training", script="trainer_class", code="SPL101", mild=False,
         make=leaked(digits, files.label_first, 0.9)),
    Twin(name="mnist-rescanned-in-training", script="images_workers", code="SPL101", mild=False,
         make=leaked(mnist, files.npy_images, 0.6, rescanned)),
    Twin(name="photos-few-rescanned", script="picture_folder", code="SPL101", mild=True,
         make=leaked(pictures, files.png, 0.12, rescanned)),
    Twin(name="photos-four-times-before-split", script="split_inside", code="SPL101", also=("DAT105",), mild=False,
         make=every_picture_four_times),
    Twin(name="phoneme-rare-repeated-before-split", script="split_inside", code="SPL101", also=("DAT105",), mild=True,
         make=rare_class_repeated),
    Twin(name="mnist-test-not-divided", script="images_npz", code="SCL104", mild=False,
         make=prepared(unit_range, files.npz, lambda x: x * 255,
                       Truth(key="scale_factor", value=255, either_way=True, held_out=True))),
    Twin(name="mnist-test-unit-range", script="images_npz", code="SCL104", mild=True,
         make=prepared(normalised, files.npz, lambda x: x * 0.31 + 0.13,
                       Truth(key="scale_factor", value=0.31, either_way=True, held_out=True))),
    Twin(name="digits-test-inverted", script="slices", code="SCL104", also=("SPL102",), mild=False,
         make=prepared(digits, files.label_last, lambda x: 16 - x, Truth(held_out=True))),
    Twin(name="mnist-test-darker", script="images_workers", code="SCL104", also=("SPL102",), mild=True,
         make=prepared(mnist, files.npy_images, lambda x: (x * 0.35).astype(np.uint8),
                       Truth(key="scale_factor", value=0.35, either_way=True, held_out=True))),
    Twin(name="digits-sorted-behind-buffer", script="stream_buffer", code="SPL103", also=("SPL104",), mild=False,
         make=ordered(digits, files.label_last)),
    Twin(name="digits-sorted-not-shuffled", script="slices", code="SPL103", also=("SPL104",), mild=False,
         make=ordered(digits, files.label_last)),
    Twin(name="digits-blocks-behind-buffer", script="stream_buffer", code="SPL103", mild=True,
         make=ordered(digits, files.label_last, 150)),
    Twin(name="phoneme-twelve-validation-rows", script="best_epoch", code="SPL106", also=("CRV105",), mild=True,
         make=small_validation(12)),
    Twin(name="phoneme-clear-validation-rows", script="best_epoch", code="SPL106", also=("CRV106", "SPL102"),
         mild=True, make=easy_validation),
]  # fmt: skip
