"""What one example is, by the shape and the values of the inputs: a row of numbers, an image, tokens, a series.

Shapes: *n* examples.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from unstuck.analysis.data.images import Images
from unstuck.core.data_types import Form
from unstuck.core.outcome import TooLittle

Array = np.ndarray[Any, Any]

LEAST_SIDE = 6
"""pixels of an image"""
LONGEST = 4
"""times as long as wide: longer ones are series"""
ALIKE = 0.25
"""correlation of neighbouring pixels in images that were flattened; digits of 8 × 8 pixels: 0.29"""
OVER_THE_END = 0.7
"""of it: correlation of the end of a line with the beginning of the next; in a series 1"""
CHANNELS = (1, 3, 4)
WIDEST = 4096
"""numbers of a row"""
SOME = 200
"""examples that are looked at to tell the form"""


class Shaped(NamedTuple):
    """Inputs as a sample has them: one of the three is there."""

    form: Form
    shape: tuple[int, ...]
    """of one example"""
    matrix: Array | None = None  # (n, d)
    names: tuple[str, ...] = ()
    """of its columns"""
    pixels: Array | None = None  # (n, height, width, channels)
    tokens: Array | None = None  # (n, length)


def shaped(inputs: Array) -> Shaped:
    """Inputs (n, …) in the form that facts about data expect.

    Raises:
        TooLittle: examples of such a shape are not examined.
    """
    shape = inputs.shape[1:]
    if inputs.dtype.kind == "b":
        inputs = inputs.astype(np.uint8)
    if len(shape) == 0:
        return table(inputs[:, None])
    if len(shape) == 1:
        if inputs.dtype in (np.int64, np.int32, np.int16) and shape[0] > 1:
            return Shaped(Form.TOKENS, shape, tokens=inputs.astype(np.int64))
        image = flattened(inputs)
        return table(inputs) if image is None else _image(image)
    if len(shape) == 2:
        return _image(inputs[..., None]) if _is_picture(*shape) else _series(inputs)
    if len(shape) == 3:
        return _of_three(inputs)
    raise TooLittle(f"examples of at most three dimensions (these have {len(shape)})")


def _of_three(inputs: Array) -> Shaped:
    """(channels, height, width), or channels last."""
    first, _, last = shape = inputs.shape[1:]
    if last in CHANNELS and first not in CHANNELS and _is_picture(*shape[:2]):
        return _image(inputs)
    if _is_picture(*shape[1:]):
        kept = inputs if first in CHANNELS else inputs[:, :1]
        return _image(np.moveaxis(kept, 1, -1))
    return _series(inputs.reshape(len(inputs), first, -1))


def _is_picture(height: int, width: int) -> bool:
    return min(height, width) >= LEAST_SIDE and max(height, width) <= LONGEST * min(height, width)


def _image(pixels: Array) -> Shaped:
    """As uint8 or float32."""
    kept = pixels if pixels.dtype == np.uint8 else pixels.astype(np.float32)
    return Shaped(Form.IMAGE, pixels.shape[1:], pixels=kept)


def table(matrix: Array) -> Shaped:
    """Rows of numbers."""
    if matrix.shape[1] > WIDEST:
        raise TooLittle(f"examples of at most {WIDEST} numbers (these have {matrix.shape[1]})")
    names = tuple(f"column {at}" for at in range(matrix.shape[1]))
    return Shaped(Form.TABLE, (), matrix=matrix, names=names)


def _series(inputs: Array) -> Shaped:
    """(n, a, b): every number a column."""
    _, a, b = inputs.shape
    if a * b > WIDEST:
        raise TooLittle(f"examples of at most {WIDEST} numbers (these have {a * b})")
    names = tuple(f"column {one}" if b == 1 else f"column {one}, {other}" for one in range(a) for other in range(b))
    return Shaped(Form.TABLE, (), matrix=inputs.reshape(len(inputs), -1), names=names)


def flattened(rows: Array) -> Array | None:
    """Rows of numbers as the images that they were; None where they were none. (n, height, width, channels)

    Squares of one or three colours, in which a pixel is like the next one of its line and like the one below it, more
    than like distant ones, and the end of a line is not like the beginning of the next, as in a series.
    """
    width = rows.shape[1]
    if not np.isfinite(rows).all():
        return None  # which columns, says more than which images
    for channels in (1, 3):
        side = math.isqrt(width // channels)
        if side * side * channels != width or side < LEAST_SIDE + 2 or not len(rows):
            continue
        some = rows[:: max(1, len(rows) // SOME)].astype(np.float64)
        planes = some.reshape(len(some), channels, side, side)
        near = min(_alike(planes[..., 1:, :], planes[..., :-1, :]), _alike(planes[..., 1:], planes[..., :-1]))
        half = side // 2
        far = abs(_alike(planes[..., half:, half:], planes[..., :-half, :-half]))
        broken = _alike(planes[..., 1:, 0], planes[..., :-1, -1], of_all=planes)
        if near >= ALIKE and far <= near / 2 and broken <= OVER_THE_END * near:
            return np.moveaxis(rows.reshape(len(rows), channels, side, side), 1, -1)
    return None


def laid_out(rows: Array, like: Shaped) -> Shaped:
    """Rows of numbers as images of the shape that others have."""
    assert like.pixels is not None
    height, width, channels = like.pixels.shape[1:]
    return _image(np.moveaxis(rows.reshape(len(rows), channels, height, width), 1, -1))


def _alike(one: Array, other: Array, of_all: Array | None = None) -> float:
    """Correlation of pixels, each less the mean of its place over all images: else any ordered columns are alike.

    Args:
        one: (n, …) pixels.
        other: the pixels beside them.
        of_all: whose spread counts instead of their own: edges that hardly vary decide nothing.
    """
    a, b = (part - part.mean(axis=0) for part in (one, other))
    power = math.sqrt(float((a * a).sum()) * float((b * b).sum()))
    if of_all is not None:
        power = max(power, float((of_all - of_all.mean(axis=0)).var()) * a.size)
    return float((a * b).sum()) / power if power > 0 else 0.0


def as_images(pixels: Array) -> Images:
    """Images that lie in an array."""
    return Images(count=len(pixels), load=lambda at: pixels[at])

