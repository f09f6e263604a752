"""Examples that are broken: unreadable, empty, constant, dark, blurred."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np

from unstuck.analysis.data.image_statistics import IMAGE_SIDE, NOT_FINITE, ImageStatistics, image_statistics
from unstuck.analysis.data.kept_statistics import kept_statistics
from unstuck.analysis.data.layout import scrambled
from unstuck.analysis.data.modes import cut_off, empty_ends, lower_mode
from unstuck.analysis.data.sample import Array, Column, Sample
from unstuck.analysis.data.shift import association
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
OF_CLASSES = 0.1
"""of the variance that the label explains: a mode that belongs to some classes is what these images show"""
DEPENDS_ON = {
    Problem.BLURRED: ("sharpness",), Problem.DARK: ("brightness", "contrast"),
    Problem.BRIGHT: ("brightness", "contrast"), Problem.CUT: ("brightness", "contrast"),
}  # fmt: skip
"""what a random transform must keep, or else it may be what makes an example look broken"""
LISTED_OF_EACH = 50
"""rows of each problem, however many there are of worse ones"""
MOST_ZERO = 0.25
"""of the rows of a table may be all zero; more are the usual case"""
SPARSE_SHARE = 0.1
"""a row of zeros means something only if fewer than this share of the other values are zero"""
GARBLED_SHARE = 0.1
"""of the characters are replacement or control characters"""
STRANGE = re.compile(r"[\ufffd\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|Ã[\x80-\xbf]|â\x80")

OF_NEIGHBOURS = (Problem.BLURRED, Problem.CUT)
"""where pixels lie in one random order, neighbours say nothing about blur, nor an end about what was cut off"""
Found = dict[int, tuple[Problem, float]]
"""number of an example in the sample → what is wrong, and how far it is from the rest"""


def broken_examples(sample: Sample) -> BrokenExamples:
    """The examples of a split that are broken, each with its worst problem."""
    found: Found = {}
    for at, problem, degree in _problems(sample):
        if at not in found or _badness(problem, degree) > _badness(*found[at]):
            found[at] = (problem, degree)
    counts = Counter(problem for problem, _ in found.values())
    ordered = _listed(found)
    return BrokenExamples(
        split=sample.split, looked_at=len(sample), rows=tuple(int(sample.rows[at]) for at in ordered),
        problems=tuple(found[at][0] for at in ordered),
        degrees=tuple(round(float(found[at][1]), 3) for at in ordered),
        names=tuple(sample.names[at] for at in ordered) if sample.names else (),
        counts=tuple((problem, counts[problem]) for problem in ORDER if counts[problem]),
        unlabelled_files=sample.unlabelled_files[:MOST_ROWS], unlabelled_count=len(sample.unlabelled_files),
    )  # fmt: skip


def _listed(found: Found) -> list[int]:
    """At most `MOST_ROWS`, the worst first, and some of each problem."""
    ordered = sorted(found, key=lambda at: (ORDER.index(found[at][0]), -found[at][1], at))
    if len(ordered) <= MOST_ROWS:
        return ordered
    seen: Counter[Problem] = Counter()
    first: list[int] = []
    rest: list[int] = []
    for at in ordered:
        (first if seen[found[at][0]] < LISTED_OF_EACH else rest).append(at)
        seen[found[at][0]] += 1
    kept = {*first, *rest[: MOST_ROWS - len(first)]}
    return [at for at in ordered if at in kept]


def _badness(problem: Problem, degree: float) -> tuple[int, float]:
    """Larger for the worse: by the order of problems; dark, bright and blurred images by how far they are out."""
    doubtful = problem in (Problem.DARK, Problem.BRIGHT, Problem.BLURRED)
    return -ORDER.index(Problem.DARK if doubtful else problem), degree


def _problems(sample: Sample) -> Iterator[tuple[int, Problem, float]]:
    if sample.images is not None:
        kept, found = kept_statistics(sample), image_statistics(sample.images)
        for one in image_problems(found, lambda some: _of_no_class(sample, some)):
            known = kept is None or kept.issuperset(DEPENDS_ON.get(one[1], ()))
            if known and not (one[1] in OF_NEIGHBOURS and scrambled(sample.images)):
                yield one
    elif sample.texts is not None:
        yield from ((at, problem, 0.0) for at, text in enumerate(sample.texts) if (problem := text_problem(text)))
    elif sample.tokens is not None:
        yield from ((at, Problem.EMPTY, 0.0) for at in _one_token(sample.tokens))
    else:
        yield from _rows(sample)


def _of_no_class(sample: Sample, some: Array) -> bool:
    """Whether these examples are of all classes alike; False where there is no label that could say so."""
    column = Column(name="", type=ColumnType.NUMBER, values=some.astype(np.float64))
    explained = association(column, sample.target)
    return explained is not None and explained <= OF_CLASSES


def _never(_some: Array) -> bool:
    return False


def image_problems(
    images: ImageStatistics, of_no_class: Callable[[Array], bool] = _never
) -> Iterator[tuple[int, Problem, float]]:
    """(number, problem, degree) of images; one may have several problems.

    Args:
        images: of a split.
        of_no_class: whether some images, (n,) bool, are of all classes alike: many of them are a fault only then.
    """
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
    yield from ((int(at), Problem.CUT, 0.0) for at in np.nonzero(_cut_off(images, good, of_no_class))[0])
    yield from _far_from_the_rest(images, good & ~blank, of_no_class)
    yield from _of_another_kind(images, good)


def _cut_off(images: ImageStatistics, good: Array, of_no_class: Callable[[Array], bool]) -> Array:
    """Which images lack their lower end. (N,) bool."""
    rare = (images.tail[good] != 0).mean() <= 2 * RARE  # else rows of one colour are the background
    cut: Array = good & (images.tail >= CUT_SHARE) if rare else np.zeros(len(good), bool)
    many = np.zeros(len(good), bool)
    many[good] = cut_off(empty_ends(images.cells[good].reshape(int(good.sum()), IMAGE_SIDE, IMAGE_SIDE, -1)))
    return cut | many if many.any() and of_no_class(many) else cut


def _far_from_the_rest(
    images: ImageStatistics, good: Array, of_no_class: Callable[[Array], bool]
) -> Iterator[tuple[int, Problem, float]]:
    black, white = float(images.lowest[good].min(initial=np.inf)), float(images.highest[good].max(initial=-np.inf))
    unit = max((white - black) / 256, 1e-30)
    measures = (
        (Problem.DARK, np.log1p(np.maximum(images.bright - black, 0) / unit), 0.2),
        (Problem.BRIGHT, np.log1p(np.maximum(white - images.dark, 0) / unit), 0.2),
        (Problem.BLURRED, images.sharpness, 0.05),
    )
    for problem, values, least in measures:
        values = np.where(good, values, np.nan)
        mode = lower_mode(values) if problem is Problem.BLURRED else None
        rest = values >= mode if mode is not None and of_no_class(values < mode) else None
        degrees = below_the_rest(values, least, rest)
        for at in np.nonzero(degrees >= LISTED_DEGREE)[0]:
            yield int(at), problem, float(degrees[at])


def below_the_rest(values: Array, least: float, rest: Array | None = None) -> Array:
    """How many robust standard deviations of the lower half each value lies below the median; NaN stays NaN.

    Args:
        values: of the examples.
        least: the smallest standard deviation that is believed.
        rest: (n,) bool, the examples that median and standard deviation are of; None: all.
    """
    known = values[np.isfinite(values)] if rest is None else values[rest & np.isfinite(values)]
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
