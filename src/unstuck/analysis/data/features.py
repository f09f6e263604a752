"""The examples of a data set as numbers, encoded the same way in every split: what neighbours and shallow models see.

Shapes: *n* examples, *d* features.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from unstuck.analysis.data.image_statistics import IMAGE_SIDE, block_cells, colours, image_statistics
from unstuck.analysis.data.images import Images, UnreadableImage
from unstuck.analysis.data.sample import Array, Column, DataSet, Sample
from unstuck.analysis.fact import fact
from unstuck.core.data_types import ColumnType, Form

MOST_CATEGORIES = 20
"""the most frequent values of a categorical column that get a feature each"""
TEXT_FEATURES = 100
"""components of the term matrix (latent semantic analysis)"""


@dataclass(frozen=True, eq=False, kw_only=True)
class Features:
    """Examples of one split as numbers."""

    values: Array  # (n, d) float32, finite
    names: tuple[str, ...]
    """of the features"""
    columns: tuple[str, ...]
    """the column that each feature is made of; () for images, texts and tokens"""
    usable: Array  # (n,) bool
    """False for examples that could not be encoded: broken images, empty texts"""
    mean: Array  # (d,)
    """of the training split"""
    spread: Array  # (d,)
    """standard deviation in the training split; 1 where it is (nearly) 0"""

    @cached_property
    def standardised(self) -> Array:
        """With mean 0 and standard deviation 1 over the training split; (n, d) float32."""
        return ((self.values - self.mean) / self.spread).astype(np.float32)


@fact
def features(dataset: DataSet) -> tuple[Features, ...]:
    """One for each split, all encoded by what the training split holds."""
    form = dataset.train.form
    if form is Form.IMAGE:
        return _together([image_matrix(sample.images) for sample in dataset.samples if sample.images])
    if form is Form.TEXT:
        return _together(text_matrices([sample.texts or () for sample in dataset.samples]))
    if form is Form.TOKENS:
        return _together(token_matrices(dataset.samples))
    return _table(dataset)


def _together(matrices: Sequence[Array]) -> tuple[Features, ...]:
    """Matrices whose unusable rows are NaN."""
    usable: list[Array] = [np.asarray(np.isfinite(matrix).all(axis=1)) for matrix in matrices]
    first = matrices[0][usable[0]]
    mean, spread = _moments(first)
    names = tuple(f"f{at}" for at in range(matrices[0].shape[1]))
    return tuple(
        Features(
            values=np.where(good[:, None], matrix, mean).astype(np.float32), names=names, columns=(), usable=good,
            mean=mean, spread=spread,
        )
        for matrix, good in zip(matrices, usable, strict=True)
    )  # fmt: skip


def _moments(matrix: Array) -> tuple[Array, Array]:
    if not len(matrix):
        return np.zeros(matrix.shape[1]), np.ones(matrix.shape[1])
    mean = matrix.mean(axis=0, dtype=np.float64)
    spread = matrix.std(axis=0, dtype=np.float64)
    tiny = spread <= 1e-7 * np.maximum(np.abs(matrix).max(axis=0), 1e-30)
    return mean, np.where(tiny, 1.0, spread)


def _table(dataset: DataSet) -> tuple[Features, ...]:
    """Numbers with the median in place of what is missing; categories as indicators of their most frequent values."""
    parts: list[list[Array]] = [[] for _ in dataset.samples]
    names: list[str] = []
    columns: list[str] = []
    for at, column in enumerate(dataset.train.columns):
        same = [_same_column(sample, at, column) for sample in dataset.samples]
        encoded, made = _encoded(same)
        for part, matrix in zip(parts, encoded, strict=True):
            part.append(matrix)
        names += made
        columns += [column.name] * len(made)
    matrices = [
        np.concatenate(part, axis=1).astype(np.float32) if part else np.zeros((len(sample), 0), np.float32)
        for part, sample in zip(parts, dataset.samples, strict=True)
    ]
    mean, spread = _moments(matrices[0])
    return tuple(
        Features(
            values=matrix, names=tuple(names), columns=tuple(columns), usable=np.ones(len(matrix), bool), mean=mean,
            spread=spread,
        )
        for matrix in matrices
    )  # fmt: skip


def _same_column(sample: Sample, at: int, column: Column) -> Column:
    """The column of that name; one without any value where the split lacks it."""
    if at < len(sample.columns) and sample.columns[at].name == column.name:
        return sample.columns[at]
    found = next((other for other in sample.columns if other.name == column.name), None)
    if found is not None:
        return found
    empty = np.full(len(sample), np.nan) if column.values.dtype != object else np.full(len(sample), None, dtype=object)
    return Column(name=column.name, type=column.type, values=empty)


def _encoded(columns: Sequence[Column]) -> tuple[list[Array], list[str]]:
    """One column in every split as matrices of (n, features), and the names of these features."""
    first = columns[0]
    if first.type in (ColumnType.NUMBER, ColumnType.TIME):
        known = first.values[np.isfinite(first.values)]
        middle = float(np.median(known)) if len(known) else 0.0
        limit = np.finfo(np.float32).max
        clean = [np.where(np.isnan(one.values), middle, one.values).clip(-limit, limit)[:, None] for one in columns]
        return clean, [first.name]
    if first.type is not ColumnType.CATEGORY:
        return [np.zeros((len(one.values), 0)) for one in columns], []
    known = np.array([value for value in first.values if value is not None], dtype=str)
    values, counts = np.unique(known, return_counts=True)
    frequent = values[np.argsort(-counts, kind="stable")][:MOST_CATEGORIES]
    indicators = [
        np.stack([one.values == value for value in frequent], axis=1).astype(np.float32)
        if len(frequent) else np.zeros((len(one.values), 0), np.float32)
        for one in columns
    ]  # fmt: skip
    return indicators, [f"{first.name}={value}" for value in frequent]


def image_matrix(images: Images, side: int = IMAGE_SIDE) -> Array:
    """Images reduced to ``side`` × ``side`` cells, each the mean of its pixels. (n, side² channels).

    The rows of broken images are NaN.
    """
    if side == IMAGE_SIDE:
        return image_statistics(images).cells
    if ("matrix", side) not in images.cache:
        images.cache["matrix", side] = _reduced(images, side)
    matrix: Array = images.cache["matrix", side]
    return matrix


def _reduced(images: Images, side: int) -> Array:
    rows = [None if isinstance(image, UnreadableImage) else cells(image, side) for image in images]
    channels = max((row.shape[-1] for row in rows if row is not None), default=1)
    matrix = np.full((len(rows), side * side * channels), np.nan, dtype=np.float32)
    for at, row in enumerate(rows):
        if row is not None:
            whole = row if row.shape[-1] == channels else np.repeat(row[..., :1], channels, axis=-1)
            matrix[at] = whole.reshape(-1)
    return matrix


def cells(image: Array, side: int) -> Array:
    """An image (height, width, channels) as (side, side, channels) means; without a channel for transparency."""
    means: Array = block_cells(colours(image[None]).astype(np.float32), side)[0]
    return means


def text_matrices(texts: Sequence[Sequence[str]]) -> list[Array]:
    """Latent semantic analysis of the words, fitted on the first of these texts; empty texts are NaN."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(sublinear_tf=True, min_df=2 if len(texts[0]) >= 50 else 1, max_features=20_000)
    try:
        terms = vectorizer.fit_transform(texts[0])
    except ValueError:  # no words at all
        return [np.zeros((len(some), 1), np.float32) for some in texts]
    width = min(TEXT_FEATURES, *(size - 1 for size in terms.shape))
    if width < 1:
        return [vectorizer.transform(some).toarray().astype(np.float32) for some in texts]
    reduce = TruncatedSVD(width, random_state=0).fit(terms)
    matrices = []
    for some in texts:
        matrix = reduce.transform(vectorizer.transform(some)).astype(np.float32)
        matrix[[not text.strip() for text in some]] = np.nan
        matrices.append(matrix)
    return matrices


def token_matrices(samples: Sequence[Sample]) -> list[Array]:
    """How often each of the most frequent tokens of the training split stands in a sequence."""
    tokens = [np.asarray(sample.tokens) for sample in samples]
    values, counts = np.unique(tokens[0], return_counts=True)
    frequent = np.sort(values[np.argsort(-counts, kind="stable")][:200])
    matrices = []
    for some in tokens:
        matrix = np.zeros((len(some), len(frequent)), np.float32)
        at = np.clip(np.searchsorted(frequent, some), 0, len(frequent) - 1)
        hit = frequent[at] == some
        np.add.at(matrix, (np.nonzero(hit)[0], at[hit]), 1.0)
        matrices.append(matrix)
    return matrices
