"""Whether the places of the inputs carry something: a model that looks at neighbourhoods, with and without them.

Shapes: *n* examples, *h* × *w* places, *q* small patches.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from unstuck.analysis.data.features import features
from unstuck.analysis.data.sample import Array, DataSet, Sample
from unstuck.core.data_types import ColumnType, Form
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.sequences import Structure

MOST_ROWS = 1200
LEAST_ROWS = 100
LEAST_COLUMNS = 16
"""of a table whose columns may be pixels or a sequence"""
MOST_COLUMNS = 4096
FOLDS = 3
PATCHES = 40
POOLED = 4
"""cells in each direction over which what the patches show is averaged"""
SIDE = 20
"""places of a side; larger grids are reduced by means of four"""
MOST_STEPS = 512
"""of a series, likewise"""
MOST_TEXTS, MOST_WORDS = 400, 150
"""texts that are looked at, and words of each"""
NEAR = 0.25
"""correlation of neighbours: below it the columns of a table are no image and no sequence"""


@dataclass(frozen=True, eq=False)
class _Layout:
    """Examples with their places."""

    what: str
    places: Array  # (n, h, w)
    kernel: tuple[int, int]


def structures(dataset: DataSet, seed: int = 0) -> Iterator[Structure]:
    """The structure of the training split, where there may be one.

    Raises:
        TooLittle: there are no classes, too few rows, or no places that could have neighbours.
    """
    sample = dataset.train
    codes = sample.codes
    if codes is None:
        raise TooLittle("classes to be predicted")
    made = features(dataset)[0]
    rows = np.flatnonzero((codes >= 0) & made.usable)
    if len(rows) < LEAST_ROWS:
        raise TooLittle(f"{len(rows)} examples with a label (at least {LEAST_ROWS} are needed)")
    random = np.random.default_rng(seed)
    if len(rows) > MOST_ROWS:
        rows = np.sort(random.choice(rows, MOST_ROWS, replace=False))
    y = codes[rows]
    if sample.form in (Form.TEXT, Form.TOKENS):
        found = _of_order(sample, rows, y, random)
        if found is not None:
            yield found
        return
    layouts = list(_layouts(sample, made.values[rows]))
    if not layouts:
        raise TooLittle("images, or a table whose neighbouring columns are alike")
    yield max((_of_layout(layout, y, random) for layout in layouts), key=lambda one: one.score)


def _layouts(sample: Sample, x: Array) -> Iterator[_Layout]:
    """The image as it is; a table of numbers as a square of pixels or as one sequence, where neighbours are alike."""
    if sample.form is Form.IMAGE:
        channels = x.shape[1] // 256
        pixels = x.reshape(len(x), 16, 16, channels).mean(axis=3)
        yield _Layout("image", _scaled(pixels), (3, 3))
        return
    if any(column.type is not ColumnType.NUMBER for column in sample.columns):
        return
    width = x.shape[1]
    if width != len(sample.columns) or not LEAST_COLUMNS <= width <= MOST_COLUMNS:
        return
    side = round(width**0.5)
    if side * side == width:
        grid = _scaled(x.reshape(len(x), side, side))
        if _alike(grid, down=True) and _alike(grid, down=False):
            yield _Layout("grid", grid, (3, 3))
    series = _scaled(x.reshape(len(x), 1, width))
    if _alike(series, down=False):
        yield _Layout("series", series, (1, 5))


def _scaled(places: Array) -> Array:
    """All places by one mean and spread, so that they stay comparable."""
    values = places.astype(np.float32)
    return np.asarray((values - values.mean()) / (values.std() or 1.0), dtype=np.float32)


def _alike(places: Array, *, down: bool) -> bool:
    near, far = correlations(places, down=down)
    return near > NEAR and near > far


def correlations(places: Array, *, down: bool = False) -> tuple[float, float]:
    """Mean correlation between the rows' values at neighbouring places, and between places drawn at random.

    The mean of each place is taken away first, so that it is the variation that must be shared.
    """
    n, height, width = places.shape
    if (height if down else width) < 2:
        return 0.0, 0.0
    centred = places - places.mean(axis=0)
    spread = centred.std(axis=0)
    varies = spread > 1e-6
    unit = centred / np.where(varies, spread, 1.0)
    first, second = (np.s_[:-1, :], np.s_[1:, :]) if down else (np.s_[:, :-1], np.s_[:, 1:])
    both = varies[first] & varies[second]
    shared = np.mean(unit[(slice(None), *first)] * unit[(slice(None), *second)], axis=0)
    near = float(shared[both].mean()) if both.any() else 0.0
    flat = unit.reshape(n, -1)[:, varies.reshape(-1)]
    if flat.shape[1] < 2:
        return near, 0.0
    one, other = np.random.default_rng(0).integers(0, flat.shape[1], (2, 500))
    products = np.abs(np.mean(flat[:, one] * flat[:, other], axis=0))
    far = products[one != other].mean() if (one != other).any() else 0.0
    return near, float(far)


def _of_layout(layout: _Layout, y: Array, random: np.random.Generator) -> Structure:
    places = layout.places
    n, height, width = places.shape
    while places.shape[1] > SIDE or (height == 1 and places.shape[2] > MOST_STEPS):
        places = _halved(places)
    n, height, width = places.shape
    order = random.permutation(height * width)
    mixed = places.reshape(n, -1)[:, order].reshape(places.shape)
    folds = _folds(y, random)
    patch = _patches(places, layout.kernel, random)
    local = _right(_pooled(places, patch), y, folds)
    without = _right(_pooled(mixed, _patches(mixed, layout.kernel, random)), y, folds)
    plain = _right(places.reshape(n, -1), y, folds)
    shifted = _right(places.reshape(n, -1), y, folds, np.roll(places, 1, axis=2).reshape(n, -1))
    most = float(np.bincount(y).max() / n)
    about = {"shape": layout.places.shape[1:], "alike": correlations(places), "majority": most}
    return _structure(layout.what, (local, without, plain), shifted_score=float(shifted.mean()), **about)


def _halved(places: Array) -> Array:
    """With means of two neighbours in each direction."""
    n, height, width = places.shape
    across: Array = places[:, :, : width // 2 * 2].reshape(n, height, -1, 2).mean(axis=3)
    if height == 1:
        return across
    halved: Array = across[:, : height // 2 * 2].reshape(n, -1, 2, across.shape[2]).mean(axis=2)
    return halved


def _structure(
    what: str, right: tuple[Array, Array, Array], *, majority: float, shape: tuple[int, ...] = (),
    alike: tuple[float, float] = (0.0, 0.0), shifted_score: float | None = None,
) -> Structure:  # fmt: skip
    """From which examples are right with neighbourhoods, with mixed places, and without neighbourhoods."""
    local, without, plain = right
    apart = local.astype(np.float64) - without
    half = 1.96 * float(apart.std()) / len(apart) ** 0.5
    return Structure(
        split=0, what=what, shape=shape, correlation=alike[0], far_correlation=alike[1], score=float(local.mean()),
        permuted_score=float(without.mean()), plain_score=float(plain.mean()), shifted_score=shifted_score,
        gain_low=float(apart.mean()) - half, majority=majority, looked_at=len(local),
    )  # fmt: skip


def _patches(places: Array, kernel: tuple[int, int], random: np.random.Generator) -> Array:  # (q, kh·kw)
    """Small pieces of the inputs, normalised: filters without training (Coates, Lee, Ng 2011)."""
    n, height, width = places.shape
    high, wide = kernel
    at = random.integers(0, n, 4 * PATCHES)
    down = random.integers(0, height - high + 1, 4 * PATCHES)
    across = random.integers(0, width - wide + 1, 4 * PATCHES)
    cut = np.stack([
        places[i, top : top + high, left : left + wide].reshape(-1)
        for i, top, left in zip(at, down, across, strict=True)
    ])  # fmt: skip
    cut = cut - cut.mean(axis=1, keepdims=True)
    size = np.linalg.norm(cut, axis=1)
    chosen = cut[np.argsort(-size, kind="stable")[: 2 * PATCHES]][::2]
    filters: Array = chosen / np.maximum(np.linalg.norm(chosen, axis=1, keepdims=True), 1e-6)
    return filters.astype(np.float32)


def _pooled(places: Array, filters: Array) -> Array:  # (n, cells · q)
    """How much each filter finds in each part of the input."""
    from numpy.lib.stride_tricks import sliding_window_view

    wide = filters.shape[1] // (1 if places.shape[1] == 1 else 3)
    high = filters.shape[1] // wide
    windows = sliding_window_view(places, (high, wide), axis=(1, 2))
    n, down, across = windows.shape[:3]
    responses = np.maximum(windows.reshape(n, down, across, high * wide) @ filters.T - 0.25, 0)
    rows = np.array_split(np.arange(down), min(POOLED, down))
    columns = np.array_split(np.arange(across), min(POOLED if down > 1 else 2 * POOLED, across))
    return np.concatenate(
        [responses[:, r[0] : r[-1] + 1, c[0] : c[-1] + 1].mean(axis=(1, 2)) for r in rows for c in columns], axis=1
    )


def _folds(y: Array, random: np.random.Generator) -> Array:  # (n,)
    """The fold of each row, classes spread evenly."""
    order = np.lexsort((random.random(len(y)), y))
    fold = np.empty(len(y), dtype=np.int64)
    fold[order] = np.arange(len(y)) % FOLDS
    return fold


def _right(x: Array, y: Array, folds: Array, asked: Array | None = None) -> Array:  # (n,) bool
    """Which examples a linear model classifies correctly out of fold; ``asked`` is what it is given there, if not x."""
    from sklearn.linear_model import RidgeClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    right = np.zeros(len(y), dtype=bool)
    for fold in range(FOLDS):
        test = folds == fold
        model = make_pipeline(StandardScaler(), RidgeClassifier(alpha=100.0))
        right[test] = model.fit(x[~test], y[~test]).predict((x if asked is None else asked)[test]) == y[test]
    return right


def _of_order(sample: Sample, rows: Array, y: Array, random: np.random.Generator) -> Structure | None:
    """Words alone against words and pairs of neighbouring words, and pairs after mixing the words of each text."""
    if len(rows) > MOST_TEXTS:
        kept = np.sort(random.choice(len(rows), MOST_TEXTS, replace=False))
        rows, y = rows[kept], y[kept]
    if sample.tokens is not None:
        words = [[str(token) for token in row[:MOST_WORDS]] for row in sample.tokens[rows]]
    else:
        assert sample.texts is not None
        words = [sample.texts[at].lower().split()[:MOST_WORDS] for at in rows]
    mixed = [[some[at] for at in random.permutation(len(some))] for some in words]
    folds = _folds(y, random)
    local, without = _right_words(words, y, folds, 2), _right_words(mixed, y, folds, 2)
    plain = _right_words(words, y, folds, 1)
    return _structure("text", (local, without, plain), majority=float(np.bincount(y).max() / len(y)))


def _right_words(words: Sequence[Sequence[str]], y: Array, folds: Array, longest: int) -> Array:
    """The same of a linear model on words and their neighbours, up to so many at once."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import RidgeClassifier

    vectorizer = TfidfVectorizer(analyzer=lambda some: list(_pieces(some, longest)), min_df=2, sublinear_tf=True)
    terms = vectorizer.fit_transform(words)
    right = np.zeros(len(y), dtype=bool)
    for fold in range(FOLDS):
        test = folds == fold
        right[test] = RidgeClassifier(solver="lsqr").fit(terms[~test], y[~test]).predict(terms[test]) == y[test]
    return right


def _pieces(words: Sequence[str], longest: int) -> Iterator[str]:
    for size in range(1, longest + 1):
        for at in range(len(words) - size + 1):
            yield " ".join(words[at : at + size])
