"""Data sets and loaders of torch. Nothing here imports torch: the user's code did."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from unstuck.analysis.data.sample import Array
from unstuck.audit.shown import encoded, ends_of
from unstuck.audit.sources.draft import Draft
from unstuck.audit.sources.examples import Example, Failed, array, draft_of_examples, example
from unstuck.audit.sources.image_arrays import image_shape, pixels
from unstuck.audit.sources.parts import Asked, Opener
from unstuck.audit.sources.random_state import own_random_state
from unstuck.audit.sources.sampling import positions_of
from unstuck.core.errors import UsageError
from unstuck.record.events.data.shown import ShownExample, Why

MOST_BYTES = 1 << 30
"""of the examples that are kept"""
BATCHES = 3
OF_A_BATCH = 8
"""examples of each batch that are shown"""
MOST_CELLS = 40


def is_loader(source: object) -> bool:
    """Whether it is a loader of torch."""
    torch: Any = sys.modules.get("torch.utils.data")
    return torch is not None and isinstance(source, torch.DataLoader)


def is_dataset(source: object) -> bool:
    """Whether it is a data set of torch."""
    torch: Any = sys.modules.get("torch.utils.data")
    return torch is not None and isinstance(source, torch.Dataset)


def opener_of_torch(source: Any, name: str, asked: Asked) -> Opener:
    """A data set or a loader."""
    return partial(_draft, source, name, asked)


def _draft(source: Any, name: str, asked: Asked, split: int, first: Draft | None) -> Draft:
    loader = source if is_loader(source) else None
    data = source if loader is None else loader.dataset
    generators = () if loader is None else (loader.generator, getattr(loader.sampler, "generator", None))
    with own_random_state(asked.settings.seed, *generators):
        if has_length(data):
            draft = draft_of_indexed(data, name, asked, split, first)
        else:
            items = _of_batches(loader, name) if loader is not None else (example(item) for item in stream(data, name))
            draft = draft_of_stream(items, name, asked, split, first)
        if loader is None or not asked.settings.look:
            return draft
        return replace(draft, batches=tuple(_batches(loader, draft, name, split)))


def has_length(data: Any) -> bool:
    """Whether its examples can be asked for by their number."""
    if not hasattr(data, "__getitem__"):
        return False
    try:
        return len(data) >= 0
    except (TypeError, NotImplementedError):
        return False


def draft_of_indexed(data: Any, name: str, asked: Asked, split: int, first: Draft | None) -> Draft:
    """Examples that can be asked for by their number."""
    total = len(data)
    if not total:
        raise UsageError(f"{name} holds no examples. An audit needs at least one.")
    probe = _got(data, 0)
    size = 1000 if isinstance(probe, Failed) else _bytes(probe)
    most = min(asked.settings.rows, max(100, MOST_BYTES // max(1, size)))
    rows = positions_of(total, most, asked.settings.seed + split)
    items: list[Example | Failed] = []
    for at, row in enumerate(rows.tolist()):
        if at % 1000 == 0:
            asked.progress(f"reading {name}", at / len(rows))
        items.append(_got(data, row))
        if at == 100 and all(isinstance(item, Failed) for item in items):
            break

    calls = itertools.count(asked.settings.seed + 1)

    def again(row: int) -> object:
        with own_random_state(next(calls)):
            return example(data[row]).x

    classes = getattr(data, "classes", None)
    names = tuple(map(str, classes)) if isinstance(classes, (list, tuple)) and classes else None
    return draft_of_examples(items, rows[: len(items)], total, name, split, first, asked, again, names)


def _got(data: Any, row: int) -> Example | Failed:
    try:
        return example(data[row])
    except KeyboardInterrupt:
        raise
    except Exception as error:  # the data set is the user's, and may do anything
        text = str(error).splitlines()[0] if str(error) else "no message"
        return Failed(f"{type(error).__name__}: {text}")


def _bytes(item: Example | Failed) -> int:
    if isinstance(item, Failed) or isinstance(item.x, (dict, str)):
        return 1000
    return int(array(item.x).nbytes)


def stream(data: Any, name: str) -> Iterator[object]:
    """What an iterable of the user's yields; a failure becomes a message."""
    try:
        yield from data
    except KeyboardInterrupt:
        raise
    except Exception as error:  # the data set is the user's, and may do anything
        raise UsageError(f"{name} failed while it was read: {type(error).__name__}: {error}.") from error


def draft_of_stream(items: Iterator[Example], name: str, asked: Asked, split: int, first: Draft | None) -> Draft:
    """The first examples of a stream, which may have no end."""
    kept: list[Example | Failed] = []
    size = 0
    for item in itertools.islice(items, asked.settings.rows):
        if len(kept) % 1000 == 0:
            asked.progress(f"reading {name}", len(kept) / asked.settings.rows)
        kept.append(item)
        size += _bytes(item)
        if size > MOST_BYTES:
            break
    draft = draft_of_examples(kept, np.arange(len(kept)), len(kept), name, split, first, asked)
    return replace(draft, notes=(*draft.notes, f"a stream without length: its first {len(kept)} examples"))


def _of_batches(loader: Any, name: str) -> Iterator[Example]:
    for batch in stream(loader, name):
        yield from _unbatched(batch)


def _unbatched(batch: object) -> Iterator[Example]:
    """The examples of a batch."""
    whole = example(batch)
    if isinstance(whole.x, dict):
        count = min((len(values) for values in whole.x.values() if hasattr(values, "__len__")), default=0)
        for at in range(count):
            row = {key: values[at] for key, values in whole.x.items() if hasattr(values, "__getitem__")}
            yield Example(row, None if whole.y is None else _at(whole.y, at))
        return
    if not hasattr(whole.x, "__getitem__") or not hasattr(whole.x, "__len__"):
        return
    for at in range(len(whole.x)):
        yield Example(whole.x[at], None if whole.y is None else _at(whole.y, at))


def _at(values: Any, at: int) -> object:
    try:
        return values[at]
    except (IndexError, KeyError, TypeError):
        return None


def _batches(loader: Any, draft: Draft, name: str, split: int) -> Iterator[ShownExample]:
    """Random batches as the network receives them."""
    for number, batch in enumerate(itertools.islice(stream(loader, name), BATCHES)):
        items = list(itertools.islice(_unbatched(batch), OF_A_BATCH))
        ends = _ends(items)
        for row, item in enumerate(items):
            yield _shown(item, draft, split, number, row, ends)


def _ends(items: Sequence[Example]) -> tuple[float, float]:
    """What is shown black and white, the same for all images of a batch."""
    arrays = [array(item.x) for item in items if not isinstance(item.x, str | dict)]
    values = [one[np.isfinite(one)] for one in arrays if one.dtype.kind in "fiub"]
    known = [one for one in values if one.size]
    if not known:
        return ends_of(0.0, 1.0)
    return ends_of(min(float(one.min()) for one in known), max(float(one.max()) for one in known))


def _shown(
    item: Example, draft: Draft, split: int, batch: int, row: int, ends: tuple[float, float]
) -> ShownExample:  # fmt: skip
    label = None if item.y is None else _label(item.y, draft.class_names)
    if isinstance(item.x, str):
        return ShownExample(split=split, row=row, why=Why.BATCH, batch=batch, label=label, text=item.x[:600])
    if isinstance(item.x, dict):
        cells = tuple((str(key), str(value)[:80]) for key, value in list(item.x.items())[:MOST_CELLS])
        return ShownExample(split=split, row=row, why=Why.BATCH, batch=batch, label=label, cells=cells)
    values = array(item.x)
    image = _image(values, ends)
    flat = values.reshape(-1)[:MOST_CELLS].tolist()
    cells = () if image else tuple((str(at), f"{value:.6g}" if isinstance(value, float) else str(value))
                                   for at, value in enumerate(flat))  # fmt: skip
    return ShownExample(split=split, row=row, why=Why.BATCH, batch=batch, label=label, cells=cells, image=image)


def _image(values: Array, ends: tuple[float, float]) -> str:
    if values.ndim not in (2, 3) or min(values.shape[-2:] if values.ndim == 2 else sorted(values.shape)[1:]) < 4:
        return ""
    try:
        return encoded(pixels(values, image_shape(values.shape, "")), ends)
    except (UsageError, ValueError):
        return ""


def _label(label: Any, names: Sequence[str] | None) -> str:
    values = np.ravel(np.asarray(label.detach().cpu() if hasattr(label, "detach") else label))
    if len(values) == 1:
        value = values[0].item() if hasattr(values[0], "item") else values[0]
        if names is not None and isinstance(value, int) and 0 <= value < len(names):
            return names[value]
        return f"{value:.6g}" if isinstance(value, float) else str(value)
    return ", ".join(str(value) for value in values[:20].tolist())
