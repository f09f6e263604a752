"""The data of the audit benchmarks: real tables, images and texts, scikit-learn's own, and generated ones.

Real data is looked for in the folder that `UNSTUCK_SHARED` names (or `--shared`); what is absent is skipped with a
reason.
"""

from __future__ import annotations

import io
import os
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

Array = np.ndarray[Any, Any]
TARGET = "target"


class AbsentError(Exception):
    """The data is not on this machine."""


@dataclass(frozen=True, eq=False)
class Data:
    """Examples and their labels; ``x`` is a frame, an array of images or of tokens, or a list of texts."""

    name: str
    x: Any
    y: Array
    regression: bool = False

    def __len__(self) -> int:
        return len(self.y)

    @property
    def is_table(self) -> bool:
        return isinstance(self.x, pd.DataFrame)

    @property
    def numeric(self) -> bool:
        """A table of numbers only."""
        return self.is_table and all(kind.kind in "iuf" for kind in self.x.dtypes)

    def take(self, at: Array) -> Data:
        """These examples, in this order."""
        if self.is_table:
            x = self.x.iloc[at].reset_index(drop=True)
        elif isinstance(self.x, list):
            x = [self.x[int(one)] for one in at]
        else:
            x = self.x[at]
        return replace(self, x=x, y=self.y[at])

    def given(self) -> Any:
        """As it is handed to `unstuck.audit`: a frame with a column `TARGET`, or a pair of arrays."""
        if self.is_table:
            return pd.concat([self.x, pd.Series(self.y, name=TARGET)], axis=1)
        if isinstance(self.x, list):
            return pd.DataFrame({"text": self.x, TARGET: self.y})
        return (self.x, self.y)

    def arrays(self) -> tuple[Array, Array]:
        """A table of numbers as a pair of arrays."""
        return self.x.to_numpy(np.float64), self.y


def options(train: Data, *, as_arrays: bool = False, **held_out: Data) -> dict[str, Any]:
    """The arguments of `unstuck.audit` for these splits."""
    form = Data.arrays if as_arrays and train.numeric else Data.given
    data = form(train)
    told = {name: form(split) for name, split in held_out.items()}
    if isinstance(data, tuple):
        return {"data": data[0], "y": data[1], **told}
    return {"data": data, "target": TARGET, **told}


def shared() -> Path:
    """Folder of the real data."""
    return Path(os.environ.get("UNSTUCK_SHARED", "shared/data"))


def _at(name: str) -> Path:
    path = shared() / name
    if not path.exists():
        raise AbsentError(f"{path} is not there (set UNSTUCK_SHARED or --shared)")
    return path


def _table(name: str, file: str, columns: list[str] | None = None, *, regression: bool = False) -> Data:
    frame = pd.read_csv(_at(file), header=None, skipinitialspace=True, keep_default_na=False)
    frame.columns = [*(columns or [f"c{at}" for at in range(frame.shape[1] - 1)]), TARGET]
    y = frame.pop(TARGET)
    if regression:
        labels: Array = y.to_numpy(np.float64)
    else:
        labels = np.array([str(one).strip("'") for one in y], dtype=object)
    return Data(name, frame, labels, regression)


PIMA = ["pregnancies", "glucose", "pressure", "skin", "insulin", "bmi", "pedigree", "age"]
ABALONE = ["sex", "length", "diameter", "height", "whole", "shucked", "viscera", "shell"]
ADULT = [
    "age", "workclass", "fnlwgt", "education", "education_num", "marital", "occupation", "relationship", "race", "sex",
    "capital_gain", "capital_loss", "hours", "country",
]  # fmt: skip


def adult_split(name: str = "train") -> Data:
    """One file of adult; the labels of the test file end in a dot."""
    return _table(f"adult-{name}", f"adult-{name}.csv", ADULT)


def earthquakes_split(name: str) -> Data:
    frame = pd.read_csv(_at(f"earthquakes/{name}.tsv"), sep="\t", header=None, skiprows=1)
    hours = frame.iloc[:, 1:].rename(columns=lambda at: f"h{at}")
    return Data("earthquakes", hours, frame[0].to_numpy(int).astype(str))


def earthquakes() -> Data:
    parts = [earthquakes_split(name) for name in ("TRAIN", "VALIDATION", "TEST")]
    frame = pd.concat([one.x for one in parts], ignore_index=True)
    return Data("earthquakes", frame, np.concatenate([one.y for one in parts]))


def mnist() -> Data:
    with np.load(_at("mnist.npz")) as file:
        return Data("mnist", file["x_train"][:12_000], file["y_train"][:12_000].astype(np.int64))


CIFAR_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def cifar_files(count: int = 240) -> list[tuple[str, bytes]]:
    """The first pictures of each class: name inside of the archive or folder, and the JPEG itself."""
    try:
        path = _at("cifar10")
    except AbsentError:
        with zipfile.ZipFile(_at("cifar10.zip")) as archive:
            names = sorted(name for name in archive.namelist() if name.endswith(".jpg"))
            return [
                (name, archive.read(name))
                for kind in CIFAR_CLASSES
                for name in [name for name in names if f"train/{kind}/" in name][:count]
            ]
    return [
        (str(file.relative_to(path)), file.read_bytes())
        for kind in CIFAR_CLASSES
        for file in sorted(path.glob(f"**/train/{kind}/*.jpg"))[:count]
    ]


def cifar10() -> Data:
    from PIL import Image

    files = cifar_files()
    x = np.stack([np.asarray(Image.open(io.BytesIO(raw)).convert("RGB")) for _, raw in files])
    y = np.array([CIFAR_CLASSES.index(name.split("/")[-2]) for name, _ in files])
    return Data("cifar10", x, y)


def reviews() -> Data:
    texts, labels = [], []
    with tarfile.open(_at("review_polarity.tar.gz")) as archive:
        for member in sorted(archive.getnames()):
            file = archive.extractfile(member) if member.endswith(".txt") and "txt_sentoken" in member else None
            if file is not None:
                texts.append(file.read().decode("utf-8", "replace"))
                labels.append(member.split("/")[-2])
    return Data("review_polarity", texts, np.array(labels, dtype=object))


def _bunch(name: str, *, regression: bool = False) -> Callable[[], Data]:
    def load() -> Data:
        from sklearn import datasets

        bunch = getattr(datasets, f"load_{name}")(as_frame=True)
        return Data(name, bunch.data, bunch.target.to_numpy(), regression)

    return load


def digits() -> Data:
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return Data("digits", bunch.images.astype(np.uint8), bunch.target)


def digits_table() -> Data:
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return Data("digits_table", pd.DataFrame(bunch.data, columns=[f"p{at}" for at in range(64)]), bunch.target)


REAL: Mapping[str, Callable[[], Data]] = {
    "abalone": lambda: _table("abalone", "abalone.csv", ABALONE, regression=True),
    "adult": lambda: replace(adult_split(), name="adult"),
    "banknote": lambda: _table("banknote", "banknote_authentication.csv"),
    "cifar10": cifar10,
    "earthquakes": earthquakes,
    "german": lambda: _table("german", "german.csv"),
    "housing": lambda: _table("housing", "housing.csv", regression=True),
    "ionosphere": lambda: _table("ionosphere", "ionosphere.csv"),
    "mammography": lambda: _table("mammography", "mammography.csv"),
    "mnist": mnist,
    "oil-spill": lambda: _table("oil-spill", "oil-spill.csv"),
    "phoneme": lambda: _table("phoneme", "phoneme.csv"),
    "pima": lambda: _table("pima", "pima-indians-diabetes.csv", PIMA),
    "review_polarity": reviews,
    "sonar": lambda: _table("sonar", "sonar.csv"),
    "wheat-seeds": lambda: _table("wheat-seeds", "wheat-seeds.csv"),
}
OF_SKLEARN: Mapping[str, Callable[[], Data]] = {
    "breast_cancer": _bunch("breast_cancer"),
    "diabetes": _bunch("diabetes", regression=True),
    "digits": digits,
    "digits_table": digits_table,
    "iris": _bunch("iris"),
    "wine": _bunch("wine"),
}


@cache
def load(name: str) -> Data:
    """A fixed data set by its name."""
    return {**REAL, **OF_SKLEARN}[name]()


def subset(name: str, rows: int, random: np.random.Generator) -> Data:
    """Rows of a fixed data set in random order, at most so many."""
    data = load(name)
    return data.take(random.permutation(len(data))[:rows])


def halves(data: Data, share: float = 0.7) -> tuple[Data, Data]:
    """The first rows as the training split, the others as the test split."""
    cut = int(len(data) * share)
    return data.take(np.arange(cut)), data.take(np.arange(cut, len(data)))
