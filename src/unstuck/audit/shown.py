"""The examples that a report shows: random ones, those to be labelled, and those that a finding is about."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from unstuck.analysis.data.image_files import read_small
from unstuck.analysis.data.image_statistics import image_statistics
from unstuck.analysis.data.images import UnreadableImage
from unstuck.audit.settings import AuditSettings
from unstuck.core.data_types import ColumnType
from unstuck.record.events.data.base import DataEvent
from unstuck.record.events.data.shown import ShownExample, Why

if TYPE_CHECKING:
    from unstuck.analysis.data.images import Images
    from unstuck.analysis.data.sample import Array, Column, DataSet, Sample

MOST_OF_A_FINDING = 12
"""examples of each event that are shown"""
MOST_CELLS = 40
MOST_TEXT = 600
LARGEST_SIDE = 96
"""pixels"""
RANGES = ((0.0, 1.0), (-1.0, 1.0), (0.0, 255.0))
"""of black and white in images of other types than uint8; a split that fills none of them is stretched"""


def shown_examples(
    dataset: DataSet, events: Iterable[DataEvent], settings: AuditSettings
) -> Iterator[ShownExample]:
    """Random examples of each split, then those that the events are about."""
    random = np.random.default_rng(settings.seed)
    by_split = {sample.split: sample for sample in dataset.samples}
    for sample in dataset.samples:
        count = min(settings.look, len(sample))
        for at in sorted(random.choice(len(sample), count, replace=False)):
            yield shown(sample, int(at), Why.RANDOM)
    annotated = min(settings.annotate, len(dataset.train))
    for at in random.choice(len(dataset.train), annotated, replace=False):
        yield shown(dataset.train, int(at), Why.ANNOTATE)
    done: set[tuple[int, int]] = set()
    for event in events:
        for split, rows in _concerned(event):
            sample = by_split[split]
            for row in rows[:MOST_OF_A_FINDING]:
                at = int(np.searchsorted(sample.rows, row))
                if (split, row) in done or at >= len(sample) or sample.rows[at] != row:
                    continue
                done.add((split, row))
                yield shown(sample, at, Why.CONCERNED)


def _concerned(event: DataEvent) -> Iterator[tuple[int, tuple[int, ...]]]:
    yield event.split, getattr(event, "rows", ())
    other = getattr(event, "other", None)
    yield event.split if other is None else other, getattr(event, "other_rows", ())


def shown(sample: Sample, at: int, why: Why) -> ShownExample:
    """One example of a sample.

    Args:
        sample: that it is of.
        at: its number in the sample.
        why: it is shown.
    """
    text = sample.texts[at] if sample.texts is not None else ""
    if sample.tokens is not None:
        text = " ".join(str(token) for token in sample.tokens[at])
    return ShownExample(
        split=sample.split,
        row=int(sample.rows[at]),
        why=why,
        name=sample.names[at] if sample.names else "",
        label=label_of(sample, at),
        cells=tuple((column.name, cell(column, at)) for column in sample.columns[:MOST_CELLS]),
        text=text if len(text) <= MOST_TEXT else text[: MOST_TEXT - 1] + "…",
        image=thumbnail(sample, at),
    )


def label_of(sample: Sample, at: int) -> str | None:
    """The label of an example as a person reads it."""
    target = sample.target
    if target is None:
        return None
    if target.codes is not None:
        code = int(target.codes[at])
        return target.classes[code] if code >= 0 else None
    if target.values is None:
        return None
    values = target.values[at]
    if target.classes:
        return ", ".join(name for name, value in zip(target.classes, values, strict=False) if value > 0) or "none"
    return ", ".join(f"{value:.6g}" for value in values)


def cell(column: Column, at: int) -> str:
    """One value of a table as text; "" where it is missing."""
    value = column.values[at]
    if value is None or value != value:
        return ""
    if column.type is ColumnType.TIME:
        return str(np.datetime64(int(value), "s")).replace("T", " ")
    return f"{value:.6g}" if column.type is ColumnType.NUMBER else str(value)


def thumbnail(sample: Sample, at: int) -> str:
    """A small PNG of an image in base64; "" where it is none, or is broken."""
    if sample.images is None:
        return ""
    try:
        return encoded(read_small(sample.images, at, LARGEST_SIDE)[1], black_and_white(sample.images))
    except UnreadableImage:
        return ""


def encoded(image: Array, ends: tuple[float, float] = (0.0, 255.0)) -> str:
    """An image array (height, width, channels) as a small PNG in base64; ``ends`` are black and white."""
    from PIL import Image

    pixels = image if image.shape[-1] in (1, 3, 4) else image[..., :1]
    if pixels.dtype != np.uint8:
        black, white = ends
        known = np.nan_to_num(pixels.astype(np.float32), nan=black, posinf=white, neginf=black)
        pixels = ((known - black) * (255.0 / (white - black))).clip(0, 255).round().astype(np.uint8)
    picture = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    picture.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode("ascii")


def black_and_white(images: Images) -> tuple[float, float]:
    """The numbers that are shown black and white, the same for all images of a split."""
    statistics = image_statistics(images)
    if not statistics.readable.any():
        return RANGES[0]
    return ends_of(float(np.nanmin(statistics.lowest)), float(np.nanmax(statistics.highest)))


def ends_of(low: float, high: float) -> tuple[float, float]:
    """The range that images with these least and greatest numbers fill."""
    for black, white in RANGES:
        if black <= low and (white + black) / 2 < high <= white:
            return black, white
    return (low, high) if high > low else (low, low + 1.0)
