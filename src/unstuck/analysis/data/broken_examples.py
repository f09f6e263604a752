"""Examples that are broken: unreadable, empty, constant, dark, blurred."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import numpy as np

from unstuck.analysis.data.image_statistics import NOT_FINITE, ImageStatistics, image_statistics
from unstuck.analysis.data.sample import Array, Sample
from unstuck.core.data_types import ColumnType
from unstuck.record.events.data.base import MOST_ROWS
from unstuck.record.events.data.images import BrokenExamples, Problem

REASONS = {
    "the file is truncated": Problem.TRUNCATED,
    "there is no such file": Problem.ABSENT,
    "the file is empty": Problem.EMPTY,
    NOT_FINITE: Problem.NOT_FINITE,
}
"""any other reason is *unreadable*"""
ORDER = tuple(Problem)
"""the worst first"""
LISTED_DEGREE = 3.0
"""robust standard deviations from which on an image is listed"""
BLANK_SHARE = 0.05
"""a blank image has at most this share of the median spread of the brightness"""
CUT_SHARE = 0.25
"""of the rows of an image are of one colour where it is cut off"""
RARE = 0.05
"""what more images than this share have is no fault of single ones"""
MOST_ZERO = 0.25
"""of the rows of a table may be all zero; more are the usual case"""
SPARSE_SHARE = 0.1
"""a row of zeros means something only if fewer than this share of the other values are zero"""
GARBLED_SHARE = 0.1
"""of the characters are replacement or control characters"""
STRANGE = re.compile(r"[\ufffd\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|Ã[\x80-\xbf]|â\x80")

Found = dict[int, tuple[Problem, float]]
"""number of an example in the sample → what is wrong, and how far it is from the rest"""


def broken_examples(sample: Sample) -> BrokenExamples:
    """The examples of a split that are broken, each with its worst problem."""
    found: Found = {}
    for at, problem, degree in _problems(sample):
        if at not in found or _badness(problem, degree) > _badness(*found[at]):
            found[at] = (problem, degree)
    counts = Counter(problem for problem, _ in found.values())
    ordered = sorted(found, key=lambda at: (ORDER.index(found[at][0]), -found[at][1], at))[:MOST_ROWS]
    return BrokenExamples(
        split=sample.split, looked_at=len(sample), rows=tuple(int(sample.rows[at]) for at in ordered),
        problems=tuple(found[at][0] for at in ordered),
        degrees=tuple(round(float(found[at][1]), 3) for at in ordered),
        names=tuple(sample.names[at] for at in ordered) if sample.names else (),
        counts=tuple((problem, counts[problem]) for problem in ORDER if counts[problem]),
        unlabelled_files=sample.unlabelled_files[:MOST_ROWS], unlabelled_count=len(sample.unlabelled_files),
    )  # fmt: skip


def _badness(problem: Problem, degree: float) -> tuple[int, float]:
    """Larger for the worse: by the order of problems; dark, bright and blurred images by how far they are out."""
    doubtful = problem in (Problem.DARK, Problem.BRIGHT, Problem.BLURRED)
    return -ORDER.index(Problem.DARK if doubtful else problem), degree


def _problems(sample: Sample) -> Iterator[tuple[int, Problem, float]]:
    if sample.images is not None:
        yield from image_problems(image_statistics(sample.images))
    elif sample.texts is not None:
        yield from ((at, problem, 0.0) for at, text in enumerate(sample.texts) if (problem := text_problem(text)))
    elif sample.tokens is not None:
        yield from ((at, Problem.EMPTY, 0.0) for at in _one_token(sample.tokens))
    else:
        yield from _rows(sample)


def image_problems(images: ImageStatistics) -> Iterator[tuple[int, Problem, float]]:
    """(number, problem, degree) of images; one may have several problems."""
    for at, reason in enumerate(images.reasons):
        if reason:
            yield at, REASONS.get(reason, Problem.UNREADABLE), 0.0
    good = images.readable
    constant = good & (images.lowest == images.highest).all(axis=1)
    zero = constant & (images.highest == 0).all(axis=1)
    yield from ((int(at), Problem.ZERO, 0.0) for at in np.nonzero(zero)[0])
    yield from ((int(at), Problem.CONSTANT, 0.0) for at in np.nonzero(constant & ~zero)[0])
    good = good & ~constant
    if not good.any():
        return
    middle = float(np.median(images.spread[good]))
    blank = good & (images.spread < BLANK_SHARE * middle)
    yield from ((int(at), Problem.BLANK, middle / images.spread[at]) for at in np.nonzero(blank)[0])
    cut = good & (images.tail >= CUT_SHARE)
    if (images.tail[good] != 0).mean() <= 2 * RARE:  # else rows of one colour are the background
        yield from ((int(at), Problem.CUT, 0.0) for at in np.nonzero(cut)[0])
    yield from _far_from_the_rest(images, good & ~blank)
    yield from _of_another_kind(images, good)


def _far_from_the_rest(images: ImageStatistics, good: Array) -> Iterator[tuple[int, Problem, float]]:
    black, white = float(images.lowest[good].min(initial=np.inf)), float(images.highest[good].max(initial=-np.inf))
    unit = max((white - black) / 256, 1e-30)
    measures = (
        (Problem.DARK, np.log1p(np.maximum(images.bright - black, 0) / unit), 0.2),
        (Problem.BRIGHT, np.log1p(np.maximum(white - images.dark, 0) / unit), 0.2),
        (Problem.BLURRED, images.sharpness, 0.05),
    )
    for problem, values, least in measures:
        degrees = below_the_rest(np.where(good, values, np.nan), least)
        for at in np.nonzero(degrees >= LISTED_DEGREE)[0]:
            yield int(at), problem, float(degrees[at])


def below_the_rest(values: Array, least: float) -> Array:
    """How many robust standard deviations of the lower half each value lies below the median; NaN stays NaN.

    Args:
        values: of the examples.
        least: the smallest standard deviation that is believed.
    """
    known = values[np.isfinite(values)]
    if len(known) < 20:
        return np.full(len(values), np.nan)
    middle, sixteenth, tenth = np.quantile(known, [0.5, 0.16, 0.10])
    spread = max(middle - sixteenth, (middle - tenth) / 1.28, least)
    degrees: Array = (middle - values) / spread
    return degrees


def _of_another_kind(images: ImageStatistics, good: Array) -> Iterator[tuple[int, Problem, float]]:
    at = np.nonzero(good)[0]
    sizes = [tuple(size) for size in images.sizes[at].tolist()]
    modes = [header.mode if (header := images.headers[one]) else images.channels[one] for one in at.tolist()]
    for problem, values in ((Problem.OTHER_SIZE, sizes), (Problem.OTHER_MODE, modes)):
        usual, count = Counter(values).most_common(1)[0]
        if 0 < len(values) - count <= RARE * len(values):
            yield from ((int(one), problem, 0.0) for one, value in zip(at, values, strict=True) if value != usual)


def text_problem(text: str) -> Problem | None:
    """What is wrong with a text, if anything."""
    if not text.strip():
        return Problem.EMPTY
    strange = sum(len(match[0]) for match in STRANGE.finditer(text))
    return Problem.GARBLED if strange > GARBLED_SHARE * len(text) else None


def _one_token(tokens: Array) -> list[int]:
    """Sequences of nothing but the token that ends most sequences: the padding."""
    if not len(tokens) or tokens.shape[1] < 2:
        return []
    one = (tokens == tokens[:, :1]).all(axis=1)
    values, counts = np.unique(tokens[:, -1], return_counts=True)
    return [int(at) for at in np.nonzero(one & (tokens[:, 0] == values[counts.argmax()]))[0]]


def _rows(sample: Sample) -> Iterator[tuple[int, Problem, float]]:
    features = [one for one in sample.columns if one.type not in (ColumnType.IDENTIFIER, ColumnType.TIME)]
    if len(features) < 2:
        return
    missing = np.all([column.missing for column in features], axis=0)
    yield from ((int(at), Problem.MISSING, 0.0) for at in np.nonzero(missing)[0])
    numbers = [column.values for column in features if column.type is ColumnType.NUMBER]
    if len(numbers) < 3:
        return
    zero = np.all([values == 0 for values in numbers], axis=0)
    if not 0 < zero.mean() <= MOST_ZERO:
        return
    if np.mean([(values[~zero] == 0).mean() for values in numbers]) < SPARSE_SHARE:
        yield from ((int(at), Problem.ZERO, 0.0) for at in np.nonzero(zero)[0])
