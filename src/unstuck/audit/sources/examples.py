"""Single examples, as a data set of the user's code gives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from unstuck.analysis.data.images import Images, UnreadableImage
from unstuck.analysis.data.sample import Array
from unstuck.audit.sources.array_like import as_array
from unstuck.audit.sources.arrays import ArrayTable, draft_of_arrays, draft_of_columns
from unstuck.audit.sources.draft import Draft
from unstuck.audit.sources.image_arrays import image_shape, pixels
from unstuck.audit.sources.labels import labels_of, profile_of_labels
from unstuck.audit.sources.parts import Asked
from unstuck.core.data_types import Form
from unstuck.core.errors import UsageError

INPUTS = ("image", "images", "img", "pixel_values", "inputs", "input", "input_ids", "x", "features", "data", "text")
LABELS = ("label", "labels", "y", "target", "targets", "class", "fine_label")
MOST_BROKEN = 0.1
"""share of the examples that may fail; more of them are a fault of the data set"""


class Example(NamedTuple):
    """Input and label; None where it has none."""

    x: object
    y: object


class Failed(NamedTuple):
    """An example that the data set could not give."""

    why: str


def example(item: object) -> Example:
    """An item of a data set: a pair, a dictionary, or an input alone."""
    if isinstance(item, Mapping):
        inputs = next((key for key in INPUTS if key in item), None)
        labels = next((key for key in LABELS if key in item and key != inputs), None)
        if inputs is None:
            rest = {key: value for key, value in item.items() if key != labels}
            return Example(rest, None if labels is None else item[labels])
        return Example(item[inputs], None if labels is None else item[labels])
    if isinstance(item, (tuple, list)) and len(item) >= 2 and not _is_row(item):
        return Example(item[0], item[1] if len(item) == 2 else item[-1])
    if isinstance(item, (tuple, list)) and len(item) == 1:
        return Example(item[0], None)
    return Example(item, None)


def _is_row(item: Sequence[object]) -> bool:
    """Whether a list is a row of numbers and no pair."""
    return isinstance(item, list) and len(item) > 2 and all(isinstance(value, (int, float)) for value in item)


def array(x: object) -> Array:
    """One input as an array; images of Pillow, too."""
    if hasattr(x, "convert") and hasattr(x, "getbands"):
        mode: Any = x
        mode = mode.convert("RGB") if mode.mode in ("P", "CMYK", "YCbCr") else mode
        return np.asarray(mode)
    if isinstance(x, (int, float, np.number, bool)):
        return np.asarray([x])
    return np.asarray([_plain(x)]) if _is_scalar(x) else as_array(x, "An example")


def _is_scalar(x: object) -> bool:
    return hasattr(x, "ndim") and getattr(x, "ndim", 1) == 0


def _plain(value: object) -> Any:
    """A label as a Python value or an array."""
    if hasattr(value, "item") and getattr(value, "ndim", 0) == 0:
        return value.item()
    if hasattr(value, "detach"):
        return as_array(value, "A label")
    return value


def draft_of_examples(
    items: Sequence[Example | Failed], rows: Array, total: int, source: str, split: int, first: Draft | None,
    asked: Asked, again: Callable[[int], object] | None = None, class_names: Sequence[str] | None = None,
) -> Draft:  # fmt: skip
    """A split of single examples.

    Args:
        items: what the data set gave for these rows.
        rows: their positions in the split.
        total: examples of the split.
        source: for messages.
        split: id.
        first: the training split.
        asked: what it is read with.
        again: the input of a row, read once more.
        class_names: where labels are numbers of classes.

    Raises:
        UsageError: most examples failed, or they do not go together.
    """
    good = [item for item in items if isinstance(item, Example)]
    bad = [(at, item.why) for at, item in enumerate(items) if isinstance(item, Failed)]
    if not items:
        raise UsageError(f"{source} holds no examples. An audit needs at least one.")
    if len(bad) > MOST_BROKEN * len(items) or not good:
        at, why = bad[0]
        raise UsageError(f"{source} failed for {len(bad)} of {len(items)} examples, first for {rows[at]}: {why}")
    whole = _labels(items, good)
    inputs = [item.x if isinstance(item, Example) else None for item in items]
    draft = _draft(inputs, dict(bad), whole, source, split, first, asked, class_names)
    kept = rows[draft.rows]
    notes = draft.notes
    if len(rows) < total:
        notes = (*notes, f"{len(rows)} of {total} examples were read, at random; profiles are of these")
    reader = None
    if again is not None and draft.form is Form.IMAGE:
        reader = _reader(again, kept, source)
    masks = _target_images([items[at] for at in draft.rows], source) if draft.form is Form.IMAGE else None
    return replace(
        draft, rows=kept, total=total, notes=notes, read_again=reader, values_of_label=None, target_images=masks
    )


def _target_images(items: Sequence[Example | Failed], source: str) -> Images | None:
    """The labels as images, where they are arrays as high and wide as their images, such as masks."""
    targets: list[Array | None] = []
    for item in items:
        target = _plain(item.y) if isinstance(item, Example) else None
        image = array(item.x) if isinstance(item, Example) else None
        if target is None or image is None:
            targets.append(None)
            continue
        if not isinstance(target, np.ndarray) or target.ndim not in (2, 3) or target.dtype.kind not in "buif":
            return None
        if not {target.shape[:2], target.shape[-2:]} & {image.shape[:2], image.shape[-2:]}:
            return None
        targets.append(target)
    if all(target is None for target in targets):
        return None

    def load(at: int) -> Array:
        target = targets[at]
        if target is None:
            raise UnreadableImage("its example could not be read")
        return pixels(target, image_shape(target.shape, source))

    return Images(count=len(targets), load=load)


def _reader(again: Callable[[int], object], rows: Array, source: str) -> Callable[[int], Array]:
    def read(at: int) -> Array:
        image = array(again(int(rows[at])))
        return pixels(image, image_shape(image.shape, source))

    return read


def _labels(items: Sequence[Example | Failed], good: Sequence[Example]) -> object:
    """All labels as an array; None if the examples have none."""
    if all(item.y is None for item in good):
        return None
    values = [_plain(item.y) if isinstance(item, Example) else None for item in items]
    shapes = {np.shape(value) for value in values if value is not None and not isinstance(value, (str, bytes, dict))}
    if shapes <= {()}:
        made = np.empty(len(values), dtype=object)
        made[:] = values
        kinds = {type(value) for value in values}
        return np.asarray(values) if kinds and kinds <= {int, float, bool} else made
    if len(shapes) == 1 and len(next(iter(shapes))) == 1 and all(value is not None for value in values):
        return np.stack([np.asarray(value) for value in values])
    if any(isinstance(value, dict) for value in values) or any(len(shape) > 1 for shape in shapes):
        return None  # boxes, masks: nothing that a class or a number could be
    made = np.empty(len(values), dtype=object)
    made[:] = [None if value is None else " ".join(map(str, np.ravel(value).tolist())) for value in values]
    return made


def _draft(
    inputs: Sequence[object], bad: Mapping[int, str], labels: object, source: str, split: int, first: Draft | None,
    asked: Asked, class_names: Sequence[str] | None,
) -> Draft:  # fmt: skip
    some = next(x for at, x in enumerate(inputs) if at not in bad)
    if isinstance(some, str):
        texts = np.empty(len(inputs), dtype=object)
        texts[:] = [x if isinstance(x, str) else "" for x in inputs]
        return draft_of_arrays(texts, labels, source, split, first, asked, class_names=class_names)
    if isinstance(some, Mapping):
        return _of_rows(inputs, labels, source, split, first, asked, class_names)
    arrays = [None if at in bad else array(x) for at, x in enumerate(inputs)]
    shapes = {made.shape for made in arrays if made is not None}
    if len(shapes) == 1 and not bad:
        together = np.stack([made for made in arrays if made is not None])
        return draft_of_arrays(together, labels, source, split, first, asked, class_names=class_names)
    if all(len(shape) == 1 for shape in shapes) and not bad:
        return draft_of_arrays(_padded(arrays), labels, source, split, first, asked, class_names=class_names)
    if all(len(shape) in (2, 3) for shape in shapes):
        return _of_images(arrays, bad, labels, source, split, asked, class_names)
    at, why = next(iter(bad.items()), (0, "the shapes differ"))
    raise UsageError(
        f"The examples of {source} do not go together: shapes {', '.join(map(str, sorted(shapes)[:4]))}"
        f"{'' if not bad else f'; example {at} failed: {why}'}. Expected one shape, or images."
    )


def _padded(arrays: Sequence[Array | None]) -> Array:
    """Sequences of different lengths, with zeros at their ends."""
    known = [made for made in arrays if made is not None]
    longest = max(len(made) for made in known)
    whole = np.zeros((len(known), longest), dtype=np.result_type(*known))
    for at, made in enumerate(known):
        whole[at, : len(made)] = made
    return whole


def _of_rows(
    inputs: Sequence[object], labels: object, source: str, split: int, first: Draft | None, asked: Asked,
    class_names: Sequence[str] | None,
) -> Draft:  # fmt: skip
    rows = [x if isinstance(x, Mapping) else {} for x in inputs]
    names = list(dict.fromkeys(key for row in rows for key in row))
    columns = []
    for name in names:
        column = np.empty(len(rows), dtype=object)
        column[:] = [_cell(row.get(name)) for row in rows]
        columns.append(column)
    if not names:
        raise UsageError(f"The examples of {source} hold nothing.")
    table = ArrayTable(columns, list(map(str, names)), source, named=True)
    return draft_of_columns(table, len(rows), labels, split, first, asked, class_names)


def _cell(value: object) -> object:
    plain = _plain(value)
    return plain.tolist() if isinstance(plain, np.ndarray) else plain


def _of_images(
    arrays: Sequence[Array | None], bad: Mapping[int, str], labels: object, source: str, split: int, asked: Asked,
    class_names: Sequence[str] | None,
) -> Draft:  # fmt: skip
    def load(at: int) -> Array:
        image = arrays[at]
        if image is None:
            raise UnreadableImage(bad[at])
        return pixels(image, image_shape(image.shape, source))

    for made in arrays[:50]:
        if made is not None:
            image_shape(made.shape, source)
    shapes = {made.shape for made in arrays if made is not None}
    rows = np.arange(len(arrays))
    y = labels_of(labels, len(arrays), source)
    return Draft(
        source=source, total=len(arrays), rows=rows, form=Form.IMAGE, images=Images(count=len(arrays), load=load),
        shape=tuple(next(iter(shapes))) if len(shapes) == 1 else (),
        profiles=profile_of_labels(y, split, asked.settings), **y.at(rows, class_names),
    )  # fmt: skip
