"""Images on both sides of a split that are the same but for brightness and contrast, also mirrored or turned.

Where a data set was enlarged before it was split, most training images have copies themselves. Distances then have no
gap, and training data repeats itself as often as held-out data repeats it; images with many shades, as photographs
are, never do so by nature.

Shapes: *N* images, *S* side of the square to which they are reduced.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.analysis.data.copies import comparable, labels_differ
from unstuck.analysis.data.image_statistics import IMAGE_SIDE, block_cells, colours, image_statistics
from unstuck.analysis.data.layout import TURNS, turned
from unstuck.analysis.data.neighbours import nearest
from unstuck.analysis.data.sample import Array, DataSet, Sample
from unstuck.record.events.data.base import MOST_ROWS
from unstuck.record.events.data.copies import Sameness, SharedExamples

RICH = 3.0
"""bits of the brightness: of plainer images, such as signs and shapes, one may well be another one turned"""
LEAST_IMAGES = 20
MOST_OPERATIONS = 2e9
"""for each way to turn an image; of more held-out images a part is looked at"""
KEEPING_SIZE = (2, 4, 6)
"""numbers of those in `TURNS` that keep height and width"""
SAME = 0.1
"""of the usual distance: a copy is as close as rounding and a file format leave it"""
SYMMETRIC = 0.3
"""of the usual distance of an image from itself mirrored"""
ONE_OF = 8
"""training images by which the usual distance is known: few of them are copies of each other"""
MOST_USUAL = 500


def image_copies(dataset: DataSet, number: int) -> Iterator[SharedExamples]:
    """Held-out images that are a training image as it lies, and mirrored or turned; nothing of plain images."""
    train, sample = dataset.train, dataset.samples[number]
    if train.images is None or sample.images is None:
        return
    found = image_statistics(train.images)
    (base, base_usable), (mine, usable) = comparable(dataset)[0], comparable(dataset)[number]
    there, rows = np.flatnonzero(base_usable), np.flatnonzero(usable)
    if min(len(there), len(rows)) < LEAST_IMAGES or (found.entropy[there] >= RICH).mean() <= 0.5:
        return
    random = np.random.default_rng(0)
    most = max(LEAST_IMAGES, int(MOST_OPERATIONS / (len(there) * base.shape[1])))
    if len(rows) > most:
        rows = np.sort(random.choice(rows, most, replace=False))
    typical = _usual(base[there], random)
    if not typical > 0:
        return
    as_it_is = nearest(mine[rows], base[there])
    square = bool((found.sizes[there, 0] == found.sizes[there, 1]).all())
    distance, partner = np.full(len(rows), np.inf), np.zeros(len(rows), np.int64)
    pixels = uneven_pixels(sample, rows)
    for way in range(1, len(TURNS)) if square else KEEPING_SIZE:
        laid = laid_vectors(mine[rows], pixels, way)
        near = nearest(laid, base[there])
        itself = np.linalg.norm(laid - mine[rows], axis=1) <= SYMMETRIC * typical
        better = (near.distance < distance) & ~itself
        distance, partner = np.where(better, near.distance, distance), np.where(better, near.row, partner)
    distance = np.where(as_it_is.distance <= SAME * typical, np.inf, distance)
    for sameness, far, which in (
        (Sameness.ALIKE, as_it_is.distance, as_it_is.row), (Sameness.TURNED, distance, partner)
    ):  # fmt: skip
        copies = np.argsort(far, kind="stable")[: int((far <= SAME * typical).sum())]
        others = there[which[copies]]
        yield SharedExamples(
            split=sample.split, other=train.split, sameness=sameness, looked_at=len(rows), count=len(copies),
            conflicting=int(labels_differ(sample, rows[copies], train, others).sum()), typical=typical,
            distance=float(far[copies].max(initial=0.0)),
            rows=tuple(sample.rows[rows[copies[:MOST_ROWS]]].tolist()),
            other_rows=tuple(train.rows[others[:MOST_ROWS]].tolist()),
        )  # fmt: skip


def _usual(values: Array, random: np.random.Generator) -> float:
    """Median distance to the nearest in a part so small that copies are rare in it."""
    count = min(MOST_USUAL, max(LEAST_IMAGES, len(values) // ONE_OF))
    some = values[random.choice(len(values), min(count, len(values)), replace=False)]
    return float(np.median(nearest(some, some, own=np.arange(len(some))).distance))


def uneven_pixels(sample: Sample, rows: Array) -> Array | None:
    """The pixels of images in an array whose size is no multiple of the cells'; else turned cells are cells turned."""
    assert sample.images is not None
    sizes = image_statistics(sample.images).sizes[rows]
    if sample.images.small is not None or not (sizes % IMAGE_SIDE).any() or (sizes != sizes[0]).any():
        return None
    return colours(np.stack([sample.images.load(int(at)) for at in rows]).astype(np.float32))


def laid_vectors(vectors: Array, pixels: Array | None, way: int) -> Array:
    """Images laid in one of the ways of `TURNS`, without their mean and of length 1."""
    if pixels is None or pixels.shape[-1] * IMAGE_SIDE**2 != vectors.shape[1]:
        squares = vectors.reshape(len(vectors), IMAGE_SIDE, IMAGE_SIDE, -1)
        return np.ascontiguousarray(turned(squares, way)).reshape(len(vectors), -1)
    cells = block_cells(np.ascontiguousarray(turned(pixels, way)), IMAGE_SIDE).reshape(len(vectors), -1)
    cells = cells - cells.mean(axis=1, keepdims=True)
    laid: Array = cells / np.maximum(np.linalg.norm(cells, axis=1, keepdims=True), 1e-12)
    return laid
