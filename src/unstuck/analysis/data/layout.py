"""Whether the axes of images are what they are taken for, told by how alike neighbouring pixels are.

Shapes: *N* images, *H* height, *W* width, *C* channels.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.analysis.data.image_statistics import IMAGE_SIDE
from unstuck.analysis.data.images import Array, Images, UnreadableImage
from unstuck.analysis.data.sample import DataSet, Sample
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.layout import Layout, Orientation

MOST_IMAGES = 200
LEAST_IMAGES = 20
MOST_SIDE = 512
"""pixels of a side; larger images are left out"""
MOST_TRAINING, MOST_HELD_OUT = 2000, 500
LEAST_PIXELS, PAIRS = 12, 2000
"""of images that may be in no order: pixels in the middle that vary, and pairs of them that are drawn"""
ROUGH = 0.9
"""roughness from which on neighbours are no more alike than others; mnist 0.3, digits 0.5, in random order 1"""
TOGETHER = 1.4
"""mean squared correlation of pairs × images: 1 ± 0.03 for noise, mnist in random order 2.5"""
TURNS = (
    "as it is", "turned by 90°", "turned by 180°", "turned by 270°", "mirrored left to right", "transposed",
    "mirrored top to bottom", "transposed along the other diagonal",
)  # fmt: skip
"""the eight ways to lay a square"""


def turned(image: Array, way: int) -> Array:
    """The image (…, H, W, C) laid in one of the ways of `TURNS`."""
    laid = image if way < 4 else image[..., ::-1, :]
    return np.rot90(laid, way % 4, axes=(-3, -2))


def layout(sample: Sample) -> Layout:
    """How rough the images of an array are as they are read, and as they would be with other axes.

    Raises:
        TooLittle: no arrays of images, or of different shapes.
    """
    if sample.images is None or sample.images.small is not None:
        raise TooLittle("images in an array")
    _, pixels = some_images(sample.images, MOST_IMAGES)
    if len(pixels) < LEAST_IMAGES:
        raise TooLittle(f"{LEAST_IMAGES} images of one shape, at most {MOST_SIDE} pixels a side")
    readings = dict(_other_readings(pixels))
    rough = {name: roughness(images) for name, images in readings.items()}
    best = min(rough, key=lambda name: rough[name], default=None)
    follows = sample.rows[1:] == sample.rows[:-1] + 1
    along = float("nan")
    if pixels.shape[-1] == 1 and follows.all() and len(pixels) > LEAST_IMAGES:
        along = float(np.square(np.diff(pixels, axis=0)).mean() / max(2 * pixels.var(axis=0).mean(), 1e-30))
    down, across = _axes(pixels)
    return Layout(
        split=sample.split, looked_at=len(pixels), shape=tuple(pixels.shape[1:]), roughness=roughness(pixels),
        other_reading=best, other_roughness=None if best is None else rough[best], down=down, across=across,
        between_examples=along if np.isfinite(along) else None,
    )  # fmt: skip


def some_images(images: Images, most: int) -> tuple[Array, Array]:
    """The first images of the most frequent shape: their numbers (N,) and their pixels (N, H, W, C) as float32."""
    found: dict[tuple[int, ...], list[tuple[int, Array]]] = {}
    for at in range(min(len(images), most)):
        try:
            image = images.load(at)
        except UnreadableImage:
            continue
        if max(image.shape[:2]) <= MOST_SIDE and np.isfinite(image).all():
            found.setdefault(image.shape, []).append((at, image))
    if not found:
        return np.zeros(0, int), np.zeros((0, 1, 1, 1), np.float32)
    usual = max(found.values(), key=len)
    return np.array([at for at, _ in usual]), np.stack([image for _, image in usual]).astype(np.float32)


def _other_readings(pixels: Array) -> Iterator[tuple[str, Array]]:
    """The same numbers in memory, read with other axes; as channels last (N, H, W, C)."""
    count, height, width, channels = pixels.shape
    first = np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))
    if channels > 1:
        yield "channels first", pixels.reshape(count, channels, height, width).transpose(0, 2, 3, 1)
        yield "channels last", first.reshape(count, height, width, channels)
    if height != width:
        yield "width and height exchanged", pixels.reshape(count, width, height, channels)


def roughness(pixels: Array) -> float:
    """Mean squared difference of neighbours / twice the variance within images: 1 for noise, 0 for smooth images."""
    return float(np.mean(_axes(pixels)))


def _axes(pixels: Array) -> tuple[float, float]:
    """The roughness from row to row and from column to column."""
    variance = float(pixels.var(axis=(1, 2)).mean())
    rough = [float(np.square(np.diff(pixels, axis=axis)).mean()) if pixels.shape[axis] > 1 else 0.0 for axis in (1, 2)]
    return rough[0] / max(2 * variance, 1e-30), rough[1] / max(2 * variance, 1e-30)


def scrambled(images: Images) -> bool:
    """Whether the pixels of an array of images lie in no order, so that a corner is no corner and a frame no frame."""
    if images.small is not None:
        return False
    if "scrambled" not in images.cache:
        _, pixels = some_images(images, MOST_IMAGES)
        images.cache["scrambled"] = len(pixels) >= LEAST_IMAGES and in_no_order(pixels.mean(axis=-1))
    return bool(images.cache["scrambled"])


def in_no_order(pixels: Array) -> bool:
    """Whether neighbours of (N, H, W) differ as pixels far apart do, although pixels depend on each other.

    Noise is as rough, but its pixels say nothing about each other. The outer quarters are left out: what is
    marked there must not tell.
    """
    inner = pixels[:, pixels.shape[1] // 4 : -(pixels.shape[1] // 4) or None]
    inner = inner[:, :, pixels.shape[2] // 4 : -(pixels.shape[2] // 4) or None]
    spread = inner.std(axis=0)
    varies = spread > 1e-3 * max(float(spread.max()), 1e-30)
    unit = np.where(varies, (inner - inner.mean(axis=0)) / np.where(varies, spread, 1.0), 0.0)
    unit -= unit.mean(axis=(1, 2), keepdims=True) * varies
    flat = unit[:, varies]
    if flat.shape[1] < LEAST_PIXELS or roughness(unit[..., None]) < ROUGH:
        return False
    one, other = np.random.default_rng(0).integers(0, flat.shape[1], (2, PAIRS))
    one, other = one[one != other], other[one != other]
    beside = 1 / (flat.shape[1] - 1)  # taking away the mean of the image leaves minus this
    squared = np.square(np.mean(flat[:, one] * flat[:, other], axis=0) + beside)
    return bool(squared.mean() * len(flat) >= TOGETHER)


def orientations(dataset: DataSet) -> Iterator[Orientation]:
    """How the images of each held-out split lie to be most like those of the training split.

    Raises:
        TooLittle: there are no images in two splits.
    """
    from unstuck.analysis.data.features import features

    train = dataset.train.images
    if train is None or not dataset.held_out:
        raise TooLittle("images of a training and a held-out split")
    found = features(dataset)
    random = np.random.default_rng(0)
    for sample, held_out in zip(dataset.held_out, found[1:], strict=True):
        before = _drawn(found[0].values[found[0].usable], MOST_TRAINING, random)
        here = _drawn(held_out.values[held_out.usable], MOST_HELD_OUT, random)
        if min(len(before), len(here)) < LEAST_IMAGES:
            continue
        squares = here.reshape(len(here), IMAGE_SIDE, IMAGE_SIDE, -1)
        distances = np.stack([
            nearest(np.ascontiguousarray(turned(squares, way)).reshape(len(here), -1), before)
            for way in range(len(TURNS))
        ])  # fmt: skip
        means = distances.mean(axis=1)
        best = int(means.argmin())
        gain = distances[0] - distances[best]
        error = float(gain.std() / np.sqrt(len(gain)))
        yield Orientation(
            split=sample.split, other=dataset.train.split, looked_at=len(here), best=TURNS[best],
            distance=float(means[0]), best_distance=float(means[best]), z=float(gain.mean() / error) if error else 0.0,
        )  # fmt: skip


def _drawn(values: Array, most: int, random: np.random.Generator) -> Array:
    return values if len(values) <= most else values[np.sort(random.choice(len(values), most, replace=False))]


def nearest(values: Array, others: Array) -> Array:
    """Distance of each row to the nearest of the others. (N,)."""
    values, others = values.astype(np.float64), others.astype(np.float64)
    squared = np.square(values).sum(axis=1)[:, None] - 2 * values @ others.T + np.square(others).sum(axis=1)[None]
    closest: Array = np.sqrt(np.maximum(squared.min(axis=1), 0))
    return closest
