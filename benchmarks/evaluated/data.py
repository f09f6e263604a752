"""Small samples of four data sets, another one for each seed: rows of numbers, or images (n, C, H, W) from 0 to 1."""

from __future__ import annotations

import io
import os
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

FOLDER = Path(os.environ.get("UNSTUCK_SHARED", "shared/data"))
Array = np.ndarray[Any, Any]
Split = tuple[Array, Array]
IMAGES = ("mnist", "cifar10")


def digits(seed: int) -> tuple[Split, Split]:
    random = np.random.default_rng(seed)
    given = load_digits()
    order = random.permutation(len(given.data))
    x, y = given.data[order] / 16, given.target[order]
    return (x[:1100], y[:1100]), (x[1100:], y[1100:])


def adult(seed: int) -> tuple[Split, Split]:
    import pandas as pd

    frame = pd.read_csv(FOLDER / "adult-train.csv", skipinitialspace=True)
    target = frame.columns[-1]
    frame = frame.sample(7000, random_state=seed)
    y = (frame[target].astype(str).str.contains(">50K")).to_numpy().astype(int)
    x = pd.get_dummies(frame.drop(columns=target)).to_numpy(np.float64)
    x = x[:, (x != 0).sum(axis=0) > 50]
    return (x[:4000], y[:4000]), (x[4000:], y[4000:])


@cache
def _mnist() -> Split:
    held = np.load(FOLDER / "mnist.npz")
    x, y = np.concatenate([held["x_train"], held["x_test"]]), np.concatenate([held["y_train"], held["y_test"]])
    return x.reshape(len(x), 1, 28, 28), y.astype(int)


def mnist(seed: int) -> tuple[Split, Split]:
    x, y = _mnist()
    at = np.random.default_rng(seed).permutation(len(x))[:3000]
    pixels = x[at].astype(np.float32) / 255
    return (pixels[:2000], y[at][:2000]), (pixels[2000:], y[at][2000:])


def cifar10(seed: int) -> tuple[Split, Split]:
    from PIL import Image

    with zipfile.ZipFile(FOLDER / "cifar10.zip") as archive:
        names = sorted(name for name in archive.namelist() if name.endswith((".jpg", ".png")))
        classes = sorted({name.split("/")[-2] for name in names})
        drawn = [names[at] for at in np.random.default_rng(seed).permutation(len(names))[:4000]]
        images = [np.asarray(Image.open(io.BytesIO(archive.read(name))).convert("RGB")) for name in drawn]
    x = np.moveaxis(np.stack(images), -1, 1).astype(np.float32) / 255
    y = np.array([classes.index(name.split("/")[-2]) for name in drawn])
    return (x[:3000], y[:3000]), (x[3000:], y[3000:])


DATA = {"digits": digits, "mnist": mnist, "cifar10": cifar10, "adult": adult}
