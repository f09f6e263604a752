"""Numbers about every image of a split, from one pass in which each image is decoded once.

Shapes: *N* images, *B* images of one shape in a block, *H* height, *W* width, *C* channels; *planes* are (C, B, H, W).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from unstuck.analysis.data.image_files import DRAFT_SIDE, read_small
from unstuck.analysis.data.images import Array, ImageHeader, Images, UnreadableImage

IMAGE_SIDE = 16
"""images are reduced to 16 × 16 cells, each the mean of its pixels, in colour where they have it"""
BLOCK_VALUES = 4_000_000
"""numbers of a block: 16 MB as float32"""
NOT_FINITE = "it holds NaN or infinity"
RED, GREEN, BLUE = np.float32(0.299), np.float32(0.587), np.float32(0.114)
"""of the brightness (ITU-R BT.601)"""
LEAST_SIDE, LEAST_SHARP = 16, 12
"""pixels of a side, from which on frames and a little blur can be seen, and strong blur"""
LEAST_CORNER = 8
"""pixels of a side, from which on corners can be compared with what is further in"""


@dataclass(frozen=True, eq=False, kw_only=True)
class ImageStatistics:
    """Numbers about each image; NaN where it is broken."""

    reasons: tuple[str, ...]  # (N,)
    """why an image is broken; "" where it is not"""
    headers: tuple[ImageHeader | None, ...]  # (N,)
    sizes: Array  # (N, 2) height and width of the file
    channels: Array  # (N,)
    means: Array  # (N, 3) of red, green and blue; of a gray image three times the same
    lowest: Array  # (N, 3) smallest value of each colour
    highest: Array  # (N, 3)
    dark: Array  # (N,) 1 % quantile of the brightness
    bright: Array  # (N,) 99 % quantile
    spread: Array  # (N,) standard deviation of the brightness
    sharpness: Array  # (N,) log of squared Laplacian / squared differences of neighbours
    entropy: Array  # (N,) bits of the histogram of the brightness in 64 bins
    tail: Array  # (N,) share of the rows at the lower end that are of one colour; negative for a background
    edges: Array  # (N, 3) mean colour of the outermost eighth
    frame: Array  # (N, 6) darkest and brightest value of the outermost ring
    inside: Array  # (N, 6) of the ring an eighth of the image further in
    corners: Array  # (N, 24) squares of 3 pixels (1 in small images) and of an eighth of the image in each corner
    extremes: Array  # (N, 24) darkest and brightest value of a sixth of the image in each corner
    contrast: Array  # (N, 24) the squares of ``corners`` minus what is around them
    digests: Array  # (N,) uint64 of the pixels
    cells: Array  # (N, side² C) float32
    """each image reduced to `IMAGE_SIDE`"""

    @property
    def readable(self) -> Array:  # (N,) bool
        """Which images are not broken."""
        return np.array([not reason for reason in self.reasons], dtype=bool)


def image_statistics(images: Images) -> ImageStatistics:
    """The numbers of all images; worked out once."""
    if "statistics" not in images.cache:
        images.cache["statistics"] = _passed(images)
    found: ImageStatistics = images.cache["statistics"]
    return found


def _passed(images: Images) -> ImageStatistics:
    count = len(images)
    reasons, headers = [""] * count, [None] * count  # type: tuple[list[str], list[ImageHeader | None]]
    sizes, channels, digests = np.zeros((count, 2), int), np.zeros(count, int), np.zeros(count, np.uint64)
    numbers = {
        name: np.full((count, *values.shape[1:]), np.nan, np.float32)
        for name, values in block_numbers(np.zeros((1, 8, 8, 1), np.float32)).items()
    }
    cells: list[tuple[Array, Array]] = []
    for at, pixels in _blocks(images, reasons, headers):
        sizes[at] = [_size(headers[one], pixels) for one in at]
        channels[at] = pixels.shape[-1]
        digests[at] = [_digest(image) for image in pixels]
        small = colours(shrunk(pixels).astype(np.float32))
        finite = np.isfinite(small).all(axis=(1, 2, 3))
        for one in at[~finite]:
            reasons[one] = NOT_FINITE
        if finite.any():
            cells.append((at[finite], block_cells(small[finite], IMAGE_SIDE)))
            for name, values in block_numbers(small[finite]).items():
                numbers[name][at[finite]] = values
    return ImageStatistics(
        reasons=tuple(reasons), headers=tuple(headers), sizes=sizes, channels=channels, digests=digests,
        cells=_together(cells, count), **numbers,
    )  # fmt: skip


def _blocks(
    images: Images, reasons: list[str], headers: list[ImageHeader | None]
) -> Iterator[tuple[Array, Array]]:
    """Images of one shape that follow each other: their numbers and (B, H, W, C); broken ones get a reason."""
    waiting: list[Array] = []
    at: list[int] = []
    for one in range(len(images)):
        try:
            headers[one], pixels = read_small(images, one)
        except UnreadableImage as broken:
            reasons[one] = str(broken) or "it cannot be read"
            continue
        if waiting and (pixels.shape != waiting[0].shape or (len(waiting) + 1) * pixels.size > BLOCK_VALUES):
            yield np.array(at), np.stack(waiting)
            waiting, at = [], []
        waiting.append(pixels)
        at.append(one)
    if waiting:
        yield np.array(at), np.stack(waiting)


def _size(header: ImageHeader | None, pixels: Array) -> tuple[int, int]:
    return (pixels.shape[1], pixels.shape[2]) if header is None else (header.height, header.width)


def _digest(pixels: Array) -> int:
    small = hashlib.blake2b(np.ascontiguousarray(pixels).tobytes(), digest_size=8)
    small.update(repr((pixels.shape, pixels.dtype.str)).encode())
    return int.from_bytes(small.digest(), "little")


def _together(blocks: Sequence[tuple[Array, Array]], count: int) -> Array:
    """Cells of all blocks as (N, side² C); images with one channel among coloured ones have it three times."""
    channels = max((values.shape[-1] for _, values in blocks), default=1)
    matrix = np.full((count, IMAGE_SIDE * IMAGE_SIDE * channels), np.nan, dtype=np.float32)
    for at, values in blocks:
        whole = values if values.shape[-1] == channels else np.repeat(values[..., :1], channels, axis=-1)
        matrix[at] = whole.reshape(len(at), -1)
    return matrix


def shrunk(pixels: Array) -> Array:
    """Large images with every k × k pixels averaged, so that no side gets shorter than `DRAFT_SIDE`. (B, h, w, C)."""
    factor = min(pixels.shape[1:3]) // DRAFT_SIDE
    if factor < 2:
        return pixels
    height, width = (size // factor for size in pixels.shape[1:3])
    cut = pixels[:, : height * factor, : width * factor].astype(np.float32)
    means: Array = cut.reshape(len(cut), height, factor, width, factor, -1).mean(axis=(2, 4))
    return means


def colours(pixels: Array) -> Array:
    """Without a channel for transparency. (B, H, W, 1 or 3)."""
    return pixels[..., :3] if pixels.shape[-1] == 4 else pixels


def block_cells(pixels: Array, side: int) -> Array:
    """Means over side × side cells. (B, side, side, C)."""
    count, height, width, channels = pixels.shape
    down, across = _averaging(height, side), _averaging(width, side)
    rows = np.matmul(down, pixels.reshape(count, height, width * channels)).reshape(count * side, width, channels)
    cells: Array = np.matmul(across, rows).reshape(count, side, side, channels)
    return cells


def _averaging(size: int, side: int) -> Array:
    """The matrix (side, size) that averages neighbours; of fewer pixels than cells it repeats some."""
    ends = np.linspace(0, size, side + 1).astype(int)
    first = np.minimum(ends[:-1], size - 1)
    last = np.maximum(ends[1:], first + 1)
    at = np.arange(size)
    inside = (at >= first[:, None]) & (at < last[:, None])
    return np.asarray(inside / inside.sum(axis=1, keepdims=True), dtype=np.float32)


def brightness(planes: Array) -> Array:
    """Weighted mean of the colours. (B, H, W)."""
    gray: Array = planes[0] if len(planes) < 3 else RED * planes[0] + GREEN * planes[1] + BLUE * planes[2]
    return gray


def block_numbers(pixels: Array) -> dict[str, Array]:
    """The numbers of images (B, H, W, 1 or 3), by their names."""
    planes = np.ascontiguousarray(pixels.transpose(3, 0, 1, 2))
    flat = planes.reshape(len(planes), len(pixels), -1)
    gray = brightness(planes)
    ordered = np.sort(gray.reshape(len(gray), -1), axis=1)
    last = ordered.shape[1] - 1
    coloured = {
        "means": flat.mean(axis=-1)[..., None], "lowest": flat.min(axis=-1)[..., None],
        "highest": flat.max(axis=-1)[..., None], "edges": _edges(planes)[..., None], **_rings(planes),
        **_squares(planes),
    }  # fmt: skip
    return {
        **{name: _by_image(values) for name, values in coloured.items()}, "dark": ordered[:, int(0.01 * last)],
        "bright": ordered[:, int(np.ceil(0.99 * last))], "spread": gray.std(axis=(1, 2)), "sharpness": sharpness(gray),
        "entropy": _entropy(gray), "tail": _tail(planes),
    }  # fmt: skip


def _by_image(values: Array) -> Array:
    """(C, B, k) as (B, 3 k): one channel counts for all three."""
    three: Array = values if len(values) == 3 else values[[0, 0, 0]]
    flat: Array = three.transpose(1, 2, 0).reshape(values.shape[1], -1)
    return flat


def sharpness(gray: Array) -> Array:
    """Log of the squared Laplacian over the squared differences of neighbours. (B,).

    It falls when images are blurred, and does not depend on contrast. NaN for constant images and those of fewer than
    `LEAST_SHARP` pixels a side, in which blur cannot be seen.
    """
    if min(gray.shape[1:]) < LEAST_SHARP:
        return np.full(len(gray), np.nan, np.float32)
    down, across = np.diff(gray, axis=1), np.diff(gray, axis=2)
    laplacian = np.diff(down, axis=1)[:, :, 1:-1] + np.diff(across, axis=2)[:, 1:-1]
    slopes = np.square(down).mean(axis=(1, 2)) + np.square(across).mean(axis=(1, 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: Array = np.where(slopes > 0, np.square(laplacian).mean(axis=(1, 2)) / slopes, np.nan)
        logarithm: Array = np.log(np.maximum(ratio, 1e-6))
        return logarithm


def _entropy(gray: Array) -> Array:
    """Bits of a histogram of 64 bins between the ends of each image. (B,)."""
    flat = gray.reshape(len(gray), -1)
    low = flat.min(axis=1, keepdims=True)
    width = np.maximum(flat.max(axis=1, keepdims=True) - low, 1e-30)
    bins = np.minimum((flat - low) * (64 / width), 63).astype(np.int64) + 64 * np.arange(len(flat))[:, None]
    shares = np.bincount(bins.ravel(), minlength=64 * len(flat)).reshape(-1, 64) / flat.shape[1]
    bits: Array = -(shares * np.log2(np.where(shares > 0, shares, 1.0))).sum(axis=1)
    return bits


def _tail(planes: Array) -> Array:
    """Share of the rows at the lower end that are of one colour, as where a file was cut off. (B,).

    Negative where that colour is the brightest of the image, a usual background, or also fills the first row, as in
    letter boxes.
    """
    colour = planes[:, :, -1:, -1:]
    same = (planes == colour).all(axis=(0, 3))
    rows = np.cumprod(same[:, ::-1], axis=1).sum(axis=1)
    brightest = planes.max(axis=(0, 2, 3))[None, :, None, None]
    background = same[:, 0] | (colour == brightest).all(axis=(0, 2, 3))
    share: Array = np.where(background, -1.0, 1.0) * rows / planes.shape[2]
    return share


def _edges(planes: Array) -> Array:
    """Mean colour of the outermost eighth of each side. (C, B)."""
    height, width = planes.shape[2:]
    down, across = max(1, height // 8), max(1, width // 8)
    inside = planes[:, :, down : height - down, across : width - across]
    area = height * width - inside.shape[2] * inside.shape[3]
    mean: Array = (planes.sum(axis=(2, 3)) - inside.sum(axis=(2, 3))) / area
    return mean


def _rings(planes: Array) -> dict[str, Array]:
    """Darkest and brightest value of the outermost ring, and of one further in. (C, B, 2) each."""
    if min(planes.shape[2:]) < LEAST_SIDE:
        return {name: np.zeros((*planes.shape[:2], 2), np.float32) for name in ("frame", "inside")}
    down, across = (max(3, size // 8) for size in planes.shape[2:])
    return {"frame": _ends(planes), "inside": _ends(planes[:, :, down:-down, across:-across])}


def _ends(planes: Array) -> Array:
    lines = (planes[:, :, 0], planes[:, :, -1], planes[..., 0], planes[..., -1])
    low = np.min([line.min(axis=-1) for line in lines], axis=0)
    return np.stack([low, np.max([line.max(axis=-1) for line in lines], axis=0)], axis=-1)


def _squares(planes: Array) -> dict[str, Array]:
    """Values of squares in the four corners, and their contrast with what is around them. (C, B, 8) each."""
    height, width = planes.shape[2:]
    if min(height, width) < LEAST_CORNER:
        return {name: np.zeros((*planes.shape[:2], 8), np.float32) for name in ("corners", "extremes", "contrast")}
    least = 3 if min(height, width) >= LEAST_SIDE else 1
    turned = (planes, planes[:, :, ::-1], planes[..., ::-1], planes[:, :, ::-1, ::-1])
    squares, contrast = [], []
    for down, across in ((least, least), (max(least, round(height / 8)), max(least, round(width / 8)))):
        for image in turned:
            mean = image[:, :, :down, :across].mean(axis=(-1, -2))
            squares.append(mean)
            contrast.append((mean - image[:, :, : 2 * down, : 2 * across].mean(axis=(-1, -2))) * (4 / 3))
    corners = [image[:, :, : max(least, height // 6), : max(least, width // 6)] for image in turned]
    return {
        "corners": np.stack(squares, axis=-1), "contrast": np.stack(contrast, axis=-1),
        "extremes": np.stack([end(axis=(-1, -2)) for one in corners for end in (one.min, one.max)], axis=-1),
    }  # fmt: skip
