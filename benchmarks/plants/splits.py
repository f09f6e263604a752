"""Splits that differ, and held-out data that says too little."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from plants.plant import Plant, Planter, Random, numbers, options, split, whole, with_column, with_inputs


def drift(name: str, rows: int) -> Planter:
    """One column of the test split is shifted by half a standard deviation; plain: by 0.9."""

    def plant(random: Random, mild: bool) -> Plant:
        train, test = split(name, rows, random)
        column = numbers(train, random)
        by = (0.5 if mild else 0.9) * float(random.choice([-1, 1]))
        moved = test.x[column] + by * train.x[column].std()
        true = abs(float((moved.mean() - train.x[column].mean()) / train.x[column].std()))
        return Plant(
            data=name, what=f"{column} of {train.x.shape[1]} columns shifted by {by} sd in the test split",
            sick=options(train, test=with_column(test, column, moved)), clean=options(train, test=test),
            columns=frozenset([column]), key="shift", quantity=true,
        )  # fmt: skip

    return plant


def other_light(name: str, rows: int) -> Planter:
    """Test images of lower contrast, blurred (mild: a little), or darker."""

    def plant(random: Random, mild: bool) -> Plant:
        from scipy.ndimage import gaussian_filter

        train, test = split(name, rows, random)
        pixels, high = test.x.astype(np.float64), float(train.x.max())
        form = int(random.choice(3))
        if form == 0:
            made = high / 2 + (pixels - high / 2) * (0.75 if mild else 0.5)
        elif form == 1:
            width = 0.7 if mild else 1.5
            made = gaussian_filter(pixels, (0, width, width, 0)[: pixels.ndim])
        else:
            made = pixels * (0.75 if mild else 0.5)
        made = np.clip(np.round(made), 0, high).astype(test.x.dtype)
        return Plant(
            data=name, what=f"test images {('of less contrast', 'blurred', 'darker')[form]}",
            sick=options(train, test=with_inputs(test, made)), clean=options(train, test=test),
        )  # fmt: skip

    return plant


def other_mix(name: str, rows: int) -> Planter:
    """The classes have other shares in the test split."""

    def plant(random: Random, mild: bool) -> Plant:
        train, test = split(name, rows, random, 0.5)
        kind = random.choice(np.unique(train.y))
        rest = test.y != kind
        keep = rest | (random.random(len(test)) < (0.35 if mild else 0.1))
        return Plant(
            data=name,
            what=f"class {kind}: {np.mean(train.y == kind):.2f} of training, {np.mean(~rest[keep]):.2f} of test",
            sick=options(train, test=test.take(np.flatnonzero(keep))), clean=options(train, test=test),
        )  # fmt: skip

    return plant


def tiny(name: str, rows: int) -> Planter:
    """A handful of held-out rows."""

    def plant(random: Random, mild: bool) -> Plant:
        data = whole(name, rows, random)
        count = int(random.integers(20, 31)) if mild else int(random.integers(5, 11))
        cut = int(0.7 * len(data))
        train = data.take(np.arange(cut))
        return Plant(
            data=name, what=f"{count} validation rows beside {cut} for training",
            sick=options(train, val=data.take(np.arange(cut, cut + count))),
            clean=options(train, val=data.take(np.arange(cut, len(data)))),
        )  # fmt: skip

    return plant


def easy(name: str, rows: int) -> Planter:
    """Held-out rows of which all neighbours in training have the same label; mild: four of five are such."""

    def plant(random: Random, mild: bool) -> Plant:
        from sklearn.neighbors import NearestNeighbors

        train, test = split(name, rows, random, 0.5)
        flat = [np.asarray(one.x, dtype=float).reshape(len(one), -1) for one in (train, test)]
        spread = flat[0].std(axis=0) + 1e-9
        near = NearestNeighbors(n_neighbors=10).fit(flat[0] / spread).kneighbors(flat[1] / spread)[1]
        sure = (train.y[near] == test.y[:, None]).mean(axis=1) >= 0.95
        keep = sure | (random.random(len(test)) < (0.2 if mild else 0.0))
        return Plant(
            data=name, what=f"only easy rows held out: {keep.sum()} of {len(test)}",
            sick=options(train, val=test.take(np.flatnonzero(keep))), clean=options(train, val=test),
        )  # fmt: skip

    return plant


PLANTERS: Mapping[str, tuple[Planter, ...]] = {
    "SPL102": (
        drift("adult", 3000), other_light("mnist", 900), drift("mammography", 3000), drift("oil-spill", 937),
        other_mix("digits_table", 1600), drift("abalone", 3000), other_light("cifar10", 600), drift("pima", 768),
        other_light("digits", 1200), drift("breast_cancer", 569),
    ),
    "SPL106": (
        tiny("digits", 800), tiny("adult", 1500), easy("phoneme", 3000), tiny("mnist", 600), easy("sonar", 208),
        tiny("banknote", 900), easy("pima", 768),
    ),
}  # fmt: skip
