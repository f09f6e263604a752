"""Defects of images: broken ones, nuisances that give the label away, size, layout, masks, augmentation."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from plants.columns import SHORTCUTS
from plants.data import Array, cifar_files
from plants.plant import (
    Data,
    Plant,
    Planter,
    Random,
    of_classes,
    options,
    singles,
    some,
    split,
    whole,
    with_inputs,
)


def changed(data: Data, at: Array, change: Callable[[Array], Array]) -> Data:
    """Some images changed; ``change`` gets them as float64."""
    x = data.x.copy()
    high = float(x.max())
    x[at] = np.clip(np.round(change(x[at].astype(np.float64))), 0, high).astype(x.dtype)
    return with_inputs(data, x)


def blank(name: str, rows: int) -> Planter:
    """Images that are black, of one grey, or blurred beyond recognition."""

    def plant(random: Random, mild: bool) -> Plant:
        from scipy.ndimage import gaussian_filter

        data = whole(name, rows, random)
        at = some(random, len(data), 0.012 if mild else 0.08)
        form = int(random.choice(3 if data.x.shape[1] > 20 and data.x.ndim == 4 else 2))
        grey = float(random.uniform(0.2, 0.8)) * float(data.x.max())

        def change(x: Array) -> Array:
            if form == 2:
                width = x.shape[1] / 8
                return np.asarray(gaussian_filter(x, (0, width, width, 0)[: x.ndim]))
            return np.zeros_like(x) + form * grey

        return Plant(
            data=name, what=f"{len(at)} of {len(data)} images {('black', 'of one grey', 'blurred')[form]}",
            sick=options(changed(data, at, change)), clean=options(data), rows=singles(at), key="broken_share",
            quantity=len(at) / len(data),
        )  # fmt: skip

    return plant


def zero_rows(name: str, rows: int) -> Planter:
    """Rows of a table that hold 0 in every column."""

    def plant(random: Random, mild: bool) -> Plant:
        data = whole(name, rows, random)
        at = some(random, len(data), 0.012 if mild else 0.08)
        x = data.x.copy()
        x.iloc[at] = 0
        return Plant(
            data=name, what=f"{len(at)} of {len(data)} rows all zero", sick=options(with_inputs(data, x)),
            clean=options(data), rows=singles(at), key="broken_share", quantity=len(at) / len(data),
        )  # fmt: skip

    return plant


FOLDERS: list[Path] = []


def tidy() -> None:
    """Remove the image folders that were written."""
    while FOLDERS:
        shutil.rmtree(FOLDERS.pop(), ignore_errors=True)


def _folder(files: list[tuple[str, bytes]]) -> Path:
    root = Path(tempfile.mkdtemp(prefix="unstuck-images-"))
    FOLDERS.append(root)
    for name, raw in files:
        kind, file = name.split("/")[-2:]
        (root / kind).mkdir(exist_ok=True)
        (root / kind / f"{kind}-{file}").write_bytes(raw)
    return root


def unreadable(random: Random, mild: bool) -> Plant:
    """Files of an image folder that are cut off, empty, or no pictures."""
    files = cifar_files()
    files = [files[at] for at in random.permutation(len(files))[:400]]
    at = some(random, len(files), 0.01 if mild else 0.06)
    sick, names = list(files), []
    for one in at:
        name, raw = files[one]
        form = int(random.choice(3))
        sick[one] = (name, (raw[: int(len(raw) * random.uniform(0.3, 0.7))], b"", b"<html>404 not found</html>")[form])
        names.append("-".join(name.split("/")[-2:]))
    return Plant(
        data="cifar10", what=f"{len(at)} of {len(files)} files cut off, empty or no picture",
        sick={"data": str(_folder(sick))}, clean={"data": str(_folder(files))}, names=frozenset(names),
        key="broken_share", quantity=len(at) / len(files),
    )  # fmt: skip


def orphans(random: Random, mild: bool) -> Plant:
    """A table of paths and labels, of which some files are not there, or which lacks some of the files."""
    files = cifar_files()
    files = [files[at] for at in random.permutation(len(files))[:400]]
    at = set(some(random, len(files), 0.01 if mild else 0.06).tolist())
    no_label = random.random() < 0.5

    def table(lacking: set[int], gone: set[int]) -> str:
        root = _folder([file for one, file in enumerate(files) if one not in gone])
        paths = [tuple(name.split("/")[-2:]) for one, (name, _) in enumerate(files) if one not in lacking]
        lines = ["path,label", *(f"{kind}/{kind}-{file},{kind}" for kind, file in paths)]
        (root / "labels.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return str(root / "labels.csv")

    sick = table(at, set()) if no_label else table(set(), at)
    what = "files without a label" if no_label else "labels without a file"
    return Plant(
        data="cifar10", what=f"{len(at)} of {len(files)} {what}",
        sick={"data": sick, "target": "label"}, clean={"data": table(set(), set()), "target": "label"},
        names=frozenset("-".join(files[one][0].split("/")[-2:]) for one in at),
        key="unlabelled_share|broken_share" if no_label else "broken_share", quantity=len(at) / len(files),
    )  # fmt: skip


def tagged(name: str, rows: int) -> Planter:
    """A mark in the corner, a tinted frame, or the brightness gives the label of a class away."""

    def plant(random: Random, mild: bool) -> Plant:
        data = whole(name, 10**6, random)
        kinds = random.choice(np.unique(data.y), 2, replace=False)
        data = of_classes(data.take(np.flatnonzero(np.isin(data.y, kinds))[:rows]), kinds)
        high = float(data.x.max())
        share = 0.85 if mild else 0.97
        form = int(random.choice(3))

        def change(x: Array) -> Array:
            if form == 0:
                size = max(1, x.shape[1] // 8)
                x[:, :size, :size] = high * 0.9
            elif form == 1:
                x[:, [0, -1]] = high * 0.8
                x[:, :, [0, -1]] = high * 0.8
            else:
                x += 0.35 * high
            return x

        first = data.y == np.unique(data.y)[int(kinds[0] > kinds[1])]
        with_mark = np.flatnonzero(np.where(first, random.random(len(data)) < share, random.random(len(data)) > share))
        right = np.isin(np.arange(len(data)), with_mark) == first
        at_random = np.flatnonzero(random.random(len(data)) < 0.5)
        return Plant(
            data=name, what=f"{('a mark in the corner', 'a frame', 'brightness')[form]} follows the label "
            f"in {right.mean():.2f}",
            sick=options(changed(data, with_mark, change)), clean=options(changed(data, at_random, change)),
            key="shortcut_accuracy", quantity=float(right.mean()),
        )  # fmt: skip

    return plant


def enlarged(name: str, rows: int) -> Planter:
    """Images enlarged two (mild) or four times: nothing is gained by it."""

    def plant(random: Random, mild: bool) -> Plant:
        from scipy.ndimage import zoom

        data = whole(name, rows, random)
        factor = 2 if mild else 4
        order = int(random.choice(2))
        by = (1, factor, factor, 1)[: data.x.ndim]
        x = zoom(data.x.astype(np.float32), by, order=order, grid_mode=True, mode="nearest")
        made = np.clip(np.round(x), 0, float(data.x.max())).astype(data.x.dtype)
        return Plant(
            data=name, what=f"images enlarged {factor} times ({('nearest', 'linear')[order]})",
            sick=options(with_inputs(data, made)), clean=options(data), key="factor", quantity=float(factor),
        )  # fmt: skip

    return plant


def wrong_layout(name: str, rows: int) -> Planter:
    """Channels and pixels exchanged by `reshape`; mild: width for height."""

    def plant(random: Random, mild: bool) -> Plant:
        data = whole(name, rows, random)
        high = data.x.shape[1]
        if mild or data.x.ndim == 3:
            cut = with_inputs(data, data.x[:, high // 8 : high - high // 8])
            shape = cut.x.shape
            made = cut.x.reshape(shape[0], shape[2], shape[1], *shape[3:])
            return Plant(data=name, what=f"{shape[1]} × {shape[2]} images reshaped to {shape[2]} × {shape[1]}",
                         sick=options(with_inputs(data, made)), clean=options(cut))  # fmt: skip
        made = data.x.transpose(0, 3, 1, 2).reshape(data.x.shape)
        return Plant(data=name, what="channels first reshaped to channels last",
                     sick=options(with_inputs(data, made)), clean=options(data))  # fmt: skip

    return plant


def swapped_colours(name: str, rows: int) -> Planter:
    """The test images in the order blue, green, red (mild), inverted, or in 0 … 1 instead of 0 … 255."""

    def plant(random: Random, mild: bool) -> Plant:
        train, test = split(name, rows, random)
        high = float(train.x.max())
        quantity = None
        if train.x.ndim == 4 and mild:
            made, what = test.x[..., ::-1], "blue, green, red"
        elif mild or random.random() < 0.5:
            made, what = (high - test.x).astype(test.x.dtype), "inverted"
        else:
            made, what, quantity = test.x.astype(np.float32) / high, "divided by the highest value", high
        return Plant(
            data=name, what=f"test images {what}", sick=options(train, test=with_inputs(test, made)),
            clean=options(train, test=test), key="scale_factor", quantity=quantity, either_way=True,
        )  # fmt: skip

    return plant


def masks(name: str, rows: int) -> Planter:
    """Masks that did not go through the transform of their images; mild: of one image in six."""

    def plant(random: Random, mild: bool) -> Plant:
        data = whole(name, rows, random)
        x = data.x if data.x.ndim == 3 else data.x.mean(axis=-1)
        y = (x > 0.45 * x.max()).astype(np.uint8)
        noisy = np.clip(x * 0.7 + 40 + random.normal(0, 12, x.shape), 0, 255).astype(np.uint8)
        at = some(random, len(x), 0.17 if mild else 1.0)
        sick = y.copy()
        form = int(random.choice(3))
        sick[at] = (y[at][:, :, ::-1], y[at].transpose(0, 2, 1), np.roll(y[at], (4, -3), axis=(1, 2)))[form]
        return Plant(
            data=name,
            what=f"{len(at)} of {len(x)} masks {('flipped', 'transposed', 'moved')[form]} against their images",
            sick={"data": Pairs(noisy, sick)},
            clean={"data": Pairs(noisy, y)}, rows=singles(at) if mild else None, key="mismatch_share|share",
            quantity=len(at) / len(x),
        )  # fmt: skip

    return plant


class Pairs:
    """A data set of torch: images and their masks."""

    def __init__(self, images: Array, masks: Array) -> None:
        self.images, self.masks = images, masks

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, at: int) -> tuple[Any, Any]:
        import torch

        if at >= len(self.images):
            raise IndexError(at)
        image = torch.from_numpy(self.images[at].astype(np.float32) / 255)
        return image[None], torch.from_numpy(self.masks[at].astype(np.int64))


class Augmented:
    """A data set of torch that changes each image at random when it is read."""

    def __init__(self, data: Data, change: Callable[[Array, Random], Array] | None, seed: int) -> None:
        self.x, self.y, self.change = data.x, data.y, change
        self.random = np.random.default_rng(seed)

    def __len__(self) -> int:
        return len(self.y)

    def __getitem__(self, at: int) -> tuple[Any, int]:
        import torch

        if at >= len(self.y):
            raise IndexError(at)
        image = self.x[at].astype(np.float32) / 255
        if self.change is not None:
            image = self.change(image, self.random)
        channels = image[None] if image.ndim == 2 else image.transpose(2, 0, 1)
        return torch.from_numpy(np.ascontiguousarray(channels)), int(self.y[at])


def turned(image: Array, random: Random) -> Array:
    return np.rot90(image, int(random.integers(4)))


def erased(image: Array, random: Random) -> Array:
    image = image.copy()
    size = int(0.8 * image.shape[0])
    top, left = random.integers(0, image.shape[0] - size + 1, 2)
    image[top : top + size, left : left + size] = random.random(image[top : top + size, left : left + size].shape)
    return image


def moved(image: Array, random: Random) -> Array:
    return np.roll(image, tuple(random.integers(-1, 2, 2)), axis=(0, 1))


def augmented(name: str, rows: int) -> Planter:
    """Training images turned by right angles or mostly erased; mild: the test images are moved at random as well."""

    def plant(random: Random, mild: bool) -> Plant:
        train, test = split(name, rows, random)
        seed = int(random.integers(1000))
        if mild:
            what, first, last = "test images moved at random", moved, moved
        else:
            what, first = (("turned", turned), ("mostly erased", erased))[int(random.choice(2))]
            last = None
        return Plant(
            data=name, what=what, sick={"data": Augmented(train, first, seed), "test": Augmented(test, last, seed)},
            clean={"data": Augmented(train, moved, seed), "test": Augmented(test, None, seed)},
        )  # fmt: skip

    return plant


PLANTERS: Mapping[str, tuple[Planter, ...]] = {
    "DAT106": (
        blank("mnist", 600), unreadable, blank("cifar10", 500), zero_rows("sonar", 208), blank("digits", 1000),
        zero_rows("banknote", 1000), orphans,
    ),
    "DAT113": (
        tagged("mnist", 500), SHORTCUTS[0], tagged("cifar10", 400), SHORTCUTS[1], tagged("digits", 360), SHORTCUTS[2],
    ),
    "DAT116": (enlarged("cifar10", 500), enlarged("digits", 1000)),
    "DAT119": (wrong_layout("cifar10", 500), wrong_layout("mnist", 600)),
    "SCL104": (swapped_colours("cifar10", 500), swapped_colours("mnist", 800)),
    "SCL108": (masks("mnist", 500), masks("cifar10", 400)),
    "SPL109": (augmented("mnist", 600), augmented("cifar10", 500)),
}  # fmt: skip
