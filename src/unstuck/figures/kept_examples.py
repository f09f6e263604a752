"""Examples as they entered the network, where the user asked to keep some (``--keep-samples``)."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from unstuck.record.reader import Part

Array = np.ndarray[Any, Any]
MOST = 16
"""pictures, or rows of a table of numbers"""
LARGEST_SIDE = 64
MOST_FEATURES = 256
COLOURS = (1, 3)
"""channels that make an image"""


@dataclass(frozen=True, slots=True)
class Picture:
    """One image, as a PNG."""

    png: bytes
    width: int
    height: int
    about: str

    @property
    def uri(self) -> str:
        """For an ``<img>`` that needs no network."""
        return f"data:image/png;base64,{b64encode(self.png).decode()}"


@dataclass(frozen=True, slots=True)
class KeptExamples:
    """Images, or one picture of numbers: a row an example, a column a feature."""

    pictures: tuple[Picture, ...]
    images: bool
    caption: str


def kept_examples(part: Part) -> KeptExamples | None:
    """Those of the first batch that was kept; None where there is none, or its shape makes no picture."""
    kept = _first(part)
    if kept is None:
        return None
    step, batch = kept
    finite = batch[np.isfinite(batch)]
    if not finite.size:
        return None
    low, high = float(finite.min()), float(finite.max())
    scaled = _bytes(batch, low, high)
    scale = f"grey from {low:.3g} (black) to {high:.3g} (white)"
    if batch.ndim == 4 and batch.shape[1] in COLOURS:
        pictures = tuple(_image(one, f"example {n} of step {step}") for n, one in enumerate(scaled[:MOST]))
        shown = "colours" if batch.shape[1] > 1 else "grey"
        return KeptExamples(pictures, True, f"The first {len(pictures)} examples of step {step}, as they entered the "
                       f"network: {scale.replace('grey', shown, 1)}.")  # fmt: skip
    if batch.ndim == 2:
        rows = scaled[:MOST, :MOST_FEATURES]
        caption = f"Rows are examples of step {step}, columns the first {rows.shape[1]} features; {scale}."
        return KeptExamples((_image(rows[None], f"{len(rows)} examples of step {step}"),), False, caption)
    return None


def _first(part: Part) -> tuple[int, Array] | None:
    paths = {}
    for path in part.path.glob("samples-*.npz"):
        if found := re.fullmatch(r"samples-(\d+)-(\d+)", path.stem):
            paths[int(found[1]), int(found[2])] = path
    for (step, _), path in sorted(paths.items()):
        try:
            with np.load(path) as kept:
                batch = kept["input"]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            continue  # torn by a kill
        if batch.size and batch.ndim >= 2:
            return step, batch
    return None


def _bytes(batch: Array, low: float, high: float) -> Array:
    share = (np.nan_to_num(batch.astype(np.float64), nan=low, posinf=high, neginf=low) - low) / (high - low or 1.0)
    scaled: Array = (share * 255).round().astype(np.uint8)
    return scaled


def _image(channels: Array, about: str) -> Picture:
    """(C, H, W) bytes; a large one is thinned to every second, third … pixel."""
    most = MOST_FEATURES if channels.shape[1] <= MOST else LARGEST_SIDE
    every = max(1, -(-max(channels.shape[1:]) // most))
    pixels = channels[:, ::every, ::every]
    return Picture(png(pixels), pixels.shape[2], pixels.shape[1], about)


def png(pixels: Array) -> bytes:
    """(C, H, W) bytes with one or three channels as a PNG file (RFC 2083)."""
    channels, height, width = pixels.shape
    rows = np.ascontiguousarray(pixels.transpose(1, 2, 0)).reshape(height, width * channels)
    raw = np.hstack([np.zeros((height, 1), np.uint8), rows]).tobytes()  # each row begins with its filter, none
    head = struct.pack(">IIBBBBB", width, height, 8, 2 if channels == 3 else 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(raw, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
