"""Labels that are wrong, out of step, contradicting, or coded in another way in the held-out file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from plants.labels import flipped

from twins import files
from twins.data import Array, Parts, digits, mnist, table
from twins.twin import NOTHING, Make, Random, Truth, Twin, noise, singles, some

Write = Callable[[Path, Parts], Array | None]
"""writes the files; where the script reads the rows in another order, their places in it"""
Draw = Callable[[Random], Parts]


def wrong(draw: Draw, write: Write, share: float) -> Make:
    """Labels of the training file flipped at random."""

    def make(folder: Path, random: Random, sick: bool) -> Truth:
        parts = draw(random)
        if not sick:
            write(folder, parts)
            return NOTHING
        at = some(random, len(parts.y), share)
        write(folder, parts._replace(y=flipped(parts.y, at, random)))
        return noise(at, len(parts.y))

    return make


def confused(draw: Draw, write: Write, first: int, second: int, share: float, back: float = 0.0) -> Make:
    """So much of one class is called another, and so much of that one the first."""

    def make(folder: Path, random: Random, sick: bool) -> Truth:
        parts = draw(random)
        y = parts.y.copy()
        rows: list[int] = []
        for kind, other, part in ((first, second, share), (second, first, back)):
            of = np.flatnonzero(parts.y == kind)
            at = random.choice(of, round(part * len(of)), replace=False)
            y[at] = other
            rows.extend(at)
        write(folder, parts._replace(y=y) if sick else parts)
        return noise(rows, len(y))

    return make


def out_of_step(draw: Draw, write: Write, lag: int, first: float = 0.0, last: float = 1.0) -> Make:
    """The label column of these rows has slid down by so many rows."""

    def make(folder: Path, random: Random, sick: bool) -> Truth:
        parts = draw(random)
        a, b = int(first * len(parts.y)), int(last * len(parts.y))
        y = parts.y.copy()
        y[a:b] = np.roll(y[a:b], lag)
        write(folder, parts._replace(y=y) if sick else parts)
        whole = b - a == len(y)
        return Truth(key="lag", value=float(lag), either_way=True, rows=None if whole else singles(range(a, b)))

    return make


def only_images_shuffled(draw: Draw, write: Write) -> Make:
    def make(folder: Path, random: Random, sick: bool) -> Truth:
        parts = draw(random)
        write(folder, parts._replace(x=parts.x[random.permutation(len(parts.x))]) if sick else parts)
        return NOTHING

    return make


def contradicting(draw: Draw, write: Write, share: float) -> Make:
    """Copies of some rows under another label take the places of other rows."""

    def make(folder: Path, random: Random, sick: bool) -> Truth:
        parts = draw(random)
        count = round(share * len(parts.y) / 2)
        order = random.permutation(len(parts.y))
        source, place = order[:count], order[count : 2 * count]
        x, y = parts.x.copy(), parts.y.copy()
        x[place] = x[source]
        y[place] = flipped(parts.y, source, random)[source]
        write(folder, parts._replace(x=x, y=y) if sick else parts)
        pairs = tuple(frozenset([int(a), int(b)]) for a, b in zip(source, place, strict=True))
        return Truth(key="conflicting_share", value=2 * count / len(y), rows=pairs)

    return make


def recoded(draw: Draw, write: Write, change: Callable[[Array], Array]) -> Make:
    """The held-out labels follow another code."""

    def make(folder: Path, random: Random, sick: bool) -> Truth:
        parts = draw(random)
        write(folder, parts._replace(yt=change(parts.yt)) if sick else parts)
        return Truth(held_out=True)

    return make


def without(draw: Draw, write: Write, gone: tuple[int, ...], *, held_out: bool) -> Make:
    """One file lacks some classes."""

    def make(folder: Path, random: Random, sick: bool) -> Truth:
        parts = draw(random)
        if sick and held_out:
            keep = ~np.isin(parts.yt, gone)
            parts = parts._replace(xt=parts.xt[keep], yt=parts.yt[keep])
        elif sick:
            keep = ~np.isin(parts.y, gone)
            parts = parts._replace(x=parts.x[keep], y=parts.y[keep])
        write(folder, parts)
        return Truth(held_out=held_out)

    return make


def rare(folder: Path, random: Random, sick: bool) -> Truth:
    """One row in two hundred is of the second class; the sound file holds as many of both."""
    train, test = table("phoneme", random, 5404)
    kinds = [train[train["target"] == kind] for kind in (0, 1)]
    count = 8 if sick else 1000
    train = pd.concat([kinds[0][: 1600 if sick else 1000], kinds[1][:count]]).sample(frac=1, random_state=1)
    kinds = [test[test["target"] == kind] for kind in (0, 1)]
    test = pd.concat([kinds[0][: 600 if sick else 400], kinds[1][: 3 if sick else 400]])
    files.tables(folder, train, test)
    return Truth(key="majority_share", value=1600 / 1608, within=0.05)


def of_table(name: str, rows: int = 3000) -> Draw:
    def draw(random: Random) -> Parts:
        train, test = table(name, random, rows)
        return Parts(
            train.drop(columns="target").to_numpy(), train["target"].to_numpy(),
            test.drop(columns="target").to_numpy(), test["target"].to_numpy(),
        )  # fmt: skip

    return draw


BY_NAME = np.argsort(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]).argsort()
"""the classes numbered in the order of their English names"""

TWINS = [
    Twin(name="digits-labels-third", script="trainer_class", code="DAT103", mild=False,
         make=wrong(digits, files.label_first, 1 / 3)),
    Twin(name="mnist-labels-tenth", script="images_npz", code="DAT103", mild=True,
         make=wrong(mnist, files.npz_images, 0.1)),
    Twin(name="banknote-labels-tenth", script="tabular_bn", code="DAT103", mild=True,
         make=wrong(of_table("banknote"), files.with_target, 0.1)),
    Twin(name="digits-labels-seven-percent", script="slices", code="DAT103", mild=True,
         make=wrong(digits, files.label_last, 0.07)),
    Twin(name="mnist-labels-three-percent", script="images_workers", code="DAT103", mild=True,
         make=wrong(mnist, files.npy_images, 0.03), apart="3 % label noise"),
    Twin(name="mnist-fours-called-nine", script="images_workers", code="DAT103", also=("GEN102",), mild=True,
         make=confused(mnist, files.npy_images, 4, 9, 0.35)),
    Twin(name="digits-threes-and-eights", script="trainer_class", code="DAT103", also=("GEN102",), mild=False,
         make=confused(digits, files.label_first, 3, 8, 0.5, 0.5)),
    Twin(name="phoneme-labels-one-row-down", script="tabular_bn", code="DAT115", also=("DAT112",), mild=False,
         make=out_of_step(of_table("phoneme"), files.with_target, 1)),
    Twin(name="digits-labels-two-rows-down", script="stream_buffer", code="DAT115", also=("DAT112",), mild=False,
         make=out_of_step(digits, files.label_last, 2)),
    Twin(name="digits-block-of-a-tenth", script="slices", code="DAT115", also=("DAT103",), mild=True,
         make=out_of_step(digits, files.label_last, 1, 0.55, 0.65)),
    Twin(name="mnist-block-of-two-fifths", script="images_workers", code="DAT115", also=("DAT103",), mild=False,
         make=out_of_step(mnist, files.npy_images, 3, 0.3, 0.7)),
    Twin(name="mnist-images-shuffled", script="images_npz", code="DAT115", also=("DAT112",), mild=False,
         make=only_images_shuffled(mnist, files.npz_images)),
    Twin(name="digits-contradicting-copies", script="trainer_class", code="DAT104", also=("DAT103",), mild=True,
         make=contradicting(digits, files.label_first, 0.12)),
    Twin(name="cancer-contradicting-copies", script="tabular_bn", code="DAT104", also=("DAT103",), mild=False,
         make=contradicting(of_table("breast_cancer"), files.with_target, 0.5)),
    Twin(name="digits-test-named-otherwise", script="slices", code="DAT114", mild=False,
         make=recoded(digits, files.label_last, lambda y: BY_NAME[y])),
    Twin(name="digits-validation-counts-from-one", script="trainer_class", code="DAT114", mild=False,
         make=recoded(digits, files.label_first, lambda y: y + 1)),
    Twin(name="cancer-test-inverted", script="tabular_bn", code="DAT114", mild=False,
         make=recoded(of_table("breast_cancer"), files.with_target, lambda y: 1 - y)),
    Twin(name="mnist-test-calls-sevens-one", script="images_workers", code="DAT114", also=("SPL102", "DAT103"),
         mild=True, make=recoded(mnist, files.npy_images, lambda y: np.where(y == 7, 1, y))),
    Twin(name="mnist-training-lacks-a-class", script="images_npz", code="DAT114", also=("SPL102",), mild=True,
         make=without(mnist, files.npz_images, (5,), held_out=False)),
    Twin(name="digits-test-lacks-four-classes", script="slices", code="DAT114", also=("SPL102", "SPL106"), mild=True,
         make=without(digits, files.label_last, (1, 3, 8, 9), held_out=True)),
    Twin(name="phoneme-one-in-two-hundred", script="tabular_bn", code="DAT101", also=("DAT102",), mild=False,
         make=rare),
]  # fmt: skip
