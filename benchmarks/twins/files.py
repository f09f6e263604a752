"""The files that the scripts read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from twins.data import KINDS, Array, Parts


def tables(folder: Path, train: pd.DataFrame, test: pd.DataFrame) -> None:
    """Two CSV files with a header."""
    train.to_csv(folder / "train.csv", index=False)
    test.to_csv(folder / "test.csv", index=False)


def with_target(folder: Path, parts: Parts) -> None:
    """For `tabular_bn`."""
    names = [f"c{at}" for at in range(parts.x.shape[1])]
    frames = [
        pd.DataFrame(x, columns=names).assign(target=y) for x, y in ((parts.x, parts.y), (parts.xt, parts.yt))
    ]  # fmt: skip
    tables(folder, *frames)


def label_first(folder: Path, parts: Parts) -> None:
    """For `trainer_class`: a header, the label in front."""
    head = ",".join(["label", *(f"p{at}" for at in range(parts.x.shape[1]))])
    for name, x, y in (("train", parts.x, parts.y), ("val", parts.xt, parts.yt)):
        np.savetxt(
            folder / f"{name}.csv", np.column_stack([y, x]), delimiter=",", fmt="%g", header=head, comments=""
        )  # fmt: skip


def label_last(folder: Path, parts: Parts) -> None:
    """For `slices` and `stream_buffer`: no header, the label at the end."""
    for name, x, y in (("train", parts.x, parts.y), ("test", parts.xt, parts.yt)):
        np.savetxt(folder / f"{name}.csv", np.column_stack([x, y]), delimiter=",", fmt="%g")


def npz(folder: Path, parts: Parts) -> None:
    """For `images_npz`: as given."""
    np.savez(folder / "data.npz", x_train=parts.x, y_train=parts.y, x_test=parts.xt, y_test=parts.yt)


def unit(x: Array) -> Array:
    return (x / 255).astype(np.float32)


def npz_images(folder: Path, parts: Parts) -> None:
    """For `images_npz`: pixels of 0…1."""
    npz(folder, parts._replace(x=unit(parts.x), xt=unit(parts.xt)))


def npy_images(folder: Path, parts: Parts) -> None:
    """For `images_workers`: uint8."""
    for name, x, y in (("train", parts.x, parts.y), ("test", parts.xt, parts.yt)):
        np.save(folder / f"{name}_images.npy", x)
        np.save(folder / f"{name}_labels.npy", y)


def places(labels: Array) -> Array:
    """Where each picture stands once the pictures are listed class by class."""
    return np.argsort(np.argsort(labels, kind="stable"), kind="stable")


def png(folder: Path, parts: Parts) -> Array:
    """For `picture_folder`; the place of each training picture."""
    for name, x, y in (("train", parts.x, parts.y), ("test", parts.xt, parts.yt)):
        for kind in KINDS:
            (folder / name / kind).mkdir(parents=True)
        for at, (image, label) in enumerate(zip(x, y, strict=True)):
            Image.fromarray(image).save(folder / name / KINDS[label] / f"{at:05d}.png")
    return places(parts.y)
