"""A matrix of numbers as a small PNG in base64."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Any

import numpy as np

LARGEST = 96
"""pixels of a side; larger ones are thinned out"""
SMALLEST = 32
"""pixels of the longer side up to which each number becomes a square"""
SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, COLOUR = 0, 2


def png(values: np.ndarray[Any, Any], low: float | None = None, high: float | None = None) -> str:
    """Grey levels of a matrix (height, width), or colours of (height, width, 3).

    Args:
        values: numbers.
        low: that is black; the lowest by default.
        high: that is white; the highest by default.
    """
    values = np.nan_to_num(np.asarray(values, dtype=np.float64))
    low = float(values.min()) if low is None else low
    high = float(values.max()) if high is None else high
    shares = np.clip((values - low) / (high - low), 0, 1) if high > low else np.full_like(values, 0.5)
    return encoded(_sized(np.round(shares * 255).astype(np.uint8)))


def encoded(pixels: np.ndarray[Any, Any]) -> str:
    """Pixels (height, width) or (height, width, 3) of whole numbers from 0 to 255."""
    height, width = pixels.shape[:2]
    kind = GREY if pixels.ndim == 2 else COLOUR
    lines = b"".join(b"\x00" + np.ascontiguousarray(line).tobytes() for line in pixels)
    head = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    data = SIGNATURE + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(lines, 9)) + _chunk(b"IEND", b"")
    return base64.b64encode(data).decode("ascii")


def _sized(pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    longest = max(pixels.shape[:2])
    step = -(-longest // LARGEST)
    if step > 1:
        return pixels[::step, ::step]
    times = max(1, SMALLEST // longest)
    return pixels.repeat(times, axis=0).repeat(times, axis=1)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def signed_png(values: np.ndarray[Any, Any]) -> str:
    """A matrix in colours: white is zero, red above it, blue below it, as far in both directions."""
    values = np.nan_to_num(np.asarray(values, dtype=np.float64))
    shares = values / (float(np.abs(values).max()) or 1.0)
    ends = np.where(shares[..., None] > 0, np.array([178, 24, 43]), np.array([33, 102, 172]))
    size = np.abs(shares)[..., None]
    return encoded(_sized(np.round(255 * (1 - size) + ends * size).astype(np.uint8)))
