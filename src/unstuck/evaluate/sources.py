"""Read what a model is to predict: files as an audit reads them, objects as the user's code has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.audit.settings import AuditSettings
from unstuck.audit.sources.array_like import as_array
from unstuck.audit.sources.examples import LABELS
from unstuck.audit.sources.frames import is_frame
from unstuck.audit.sources.modules import attribute, is_spelled
from unstuck.audit.sources.read import read
from unstuck.audit.sources.sampling import positions_of
from unstuck.audit.sources.torch_data import has_length, is_dataset, is_loader
from unstuck.core.errors import UsageError
from unstuck.evaluate.examples import ArrayExamples, Examples, LoadedExamples
from unstuck.evaluate.sample_inputs import examples_of_sample

if TYPE_CHECKING:
    from unstuck.analysis.data.measure import Progress
    from unstuck.audit.sources.loaded import Loaded

Array = np.ndarray[Any, Any]
PAIRS = "pairs (input, label): a data set, a DataLoader, a list of batches, or (X, y)"


@dataclass(frozen=True, eq=False, kw_only=True)
class Source:
    """One split as the model takes it."""

    examples: Examples
    positions: Array  # (n,) of the examples in the split
    name: str
    loaded: Loaded | None = None
    """as the audit has it, where it was read from files"""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How sources are read."""

    audit: AuditSettings
    batch_size: int
    prepare: Callable[[Any], Any] | None
    module: Any
    """the network, which says what it takes; None for estimators and functions"""
    progress: Progress


def sources_of(data: object, train: object, reading: Reading) -> tuple[Source, Source | None]:
    """The split to predict, and the training split where it is given.

    Raises:
        UsageError: one of them cannot be read.
    """
    given = {"train": _object(train), "test": _object(data)}
    files = {name: one for name, one in given.items() if one is not None and _as_audit(one)}
    loaded = {one.split.name: one for one in read(files, reading.audit, reading.progress)} if files else {}
    found: dict[str, Source] = {}
    for name, one in given.items():
        if one is None:
            continue
        if name in files:
            kept = loaded.get(name) or next(iter(loaded.values()))
            found[name] = Source(
                examples=examples_of_sample(kept.sample, reading.prepare, reading.module),
                positions=kept.sample.rows, name=kept.split.source, loaded=kept,
            )  # fmt: skip
        else:
            spelled = {"train": train, "test": data}[name]
            found[name] = _of_object(one, spelled if isinstance(spelled, str) else _name(one), reading)
    number_names([one.examples for one in found.values()])
    return found["test"], found.get("train")


def number_names(splits: list[Examples], classes: tuple[str, ...] | None = None) -> None:
    """Give labels that are names a number each, the same in all splits, in alphabetical order.

    Args:
        splits: whose labels are numbered.
        classes: of an estimator that names its outputs; whole numbers that are not their own positions are names, too.
    """
    kinds = "USO" if classes is None or classes == tuple(map(str, range(len(classes)))) else "USOiu"
    named = [
        one for one in splits
        if one.truth is not None and one.truth.ndim == 1 and one.truth.dtype.kind in kinds and one.label_names is None
    ]
    if not named:
        return
    texts = [np.array([str(label) for label in one.truth]) for one in named if one.truth is not None]
    known = np.unique(np.concatenate(texts))
    for one, labels in zip(named, texts, strict=True):
        one.truth, one.label_names = np.searchsorted(known, labels), tuple(map(str, known))


def _object(source: object) -> object:
    if isinstance(source, str) and not Path(source).expanduser().exists() and is_spelled(source):
        return attribute(source)
    return source


def _as_audit(source: object) -> bool:
    """Whether it is read as an audit reads it: paths and frames."""
    return isinstance(source, (str, Path)) or is_frame(source)


def _name(source: object) -> str:
    return "arrays" if isinstance(source, tuple) else type(source).__name__


def _of_object(source: Any, name: str, reading: Reading) -> Source:
    if isinstance(source, tuple) and len(source) == 2 and not _is_pair_of_batches(source):
        return _of_arrays(source[0], source[1], name, reading)
    if hasattr(source, "keys") and hasattr(source, "data") and hasattr(source, "target"):  # of scikit-learn
        return _of_arrays(source.data, source.target, name, reading)
    if is_loader(source) or is_dataset(source) or has_length(source) or hasattr(source, "__iter__"):
        return _of_batches(source, name, reading)
    raise UsageError(f"{name} of type {type(source).__name__} cannot be evaluated on. Expected a path, or {PAIRS}.")


def _is_pair_of_batches(source: tuple[Any, ...]) -> bool:
    return all(isinstance(one, (tuple, list)) and len(one) == 2 and hasattr(one[0], "shape") for one in source)


def _of_arrays(x: Any, y: Any, name: str, reading: Reading) -> Source:
    truth = as_array(y, "y")
    if is_frame(x):
        count = len(x)
        if reading.module is not None:
            x = as_array(x.to_numpy(), "X")
    if not is_frame(x):
        x = as_array(x, "X")
        count = len(x)
    if count != len(truth):
        raise UsageError(f"X has {count} rows, and y has {len(truth)}. Each example needs one label.")
    if not count:
        raise UsageError(f"{name} holds no examples.")
    return Source(
        examples=_Arrays(x=x, make=reading.prepare or _maker(reading.module, x), truth=truth),
        positions=np.arange(count), name=name,
    )  # fmt: skip


class _Arrays(ArrayExamples):
    """Arrays, and frames of which rows are taken by their positions."""

    def raw(self, rows: Any) -> Any:
        taken: Any = self.x
        at = np.asarray(rows)
        return taken.iloc[at] if hasattr(taken, "iloc") else taken[at]

    def values(self) -> Array | None:
        taken: Any = self.x
        return None if hasattr(taken, "iloc") else self.x

    def table(self) -> Any:
        return self.x


def _maker(module: Any, x: Array) -> Callable[[Any], Any]:
    """Arrays as the model takes them: tensors of single precision for a network."""
    if module is None:
        return lambda batch: batch
    import torch

    embeds = any(isinstance(one, torch.nn.Embedding) for one in module.modules())
    kind = torch.long if embeds and x.dtype.kind in "iu" and x.ndim == 2 else torch.float32
    return lambda batch: torch.as_tensor(np.ascontiguousarray(batch)).to(kind)


def _of_batches(source: Any, name: str, reading: Reading) -> Source:
    """A data set, a loader, or batches."""
    import torch
    from torch.utils import _pytree

    from unstuck.preflight.state import generators, set_generators

    notes: list[str] = []
    batches, positions, data = _batches(source, reading, notes)
    states = generators()
    loaded, sizes, labels = [], [], []
    total = len(positions) if positions is not None else 0
    try:
        for batch in batches:
            given, target = _pair(batch, name)
            tensors, shape = _pytree.tree_flatten(given)
            tensors = [one.detach().cpu() if isinstance(one, torch.Tensor) else one for one in tensors]
            size = next((len(one) for one in tensors if hasattr(one, "shape") and len(one.shape)), 0)
            target = as_array(target, "the labels")
            if not size or len(target) != size:
                raise UsageError(f"A batch of {name} has {size} inputs and {len(target)} labels. Expected {PAIRS}.")
            if reading.prepare is not None:
                tensors, shape = _pytree.tree_flatten(reading.prepare(given))
            loaded.append((tensors, shape))
            sizes.append(size)
            labels.append(target)
            reading.progress(f"reading {name}", sum(sizes) / total if total else 0.0)
    except UsageError:
        raise
    except KeyboardInterrupt:
        raise
    except Exception as error:
        raise UsageError(f"{name} failed after {sum(sizes)} examples: {type(error).__name__}: {error}") from error
    finally:
        set_generators(states)
    if not sizes:
        raise UsageError(f"{name} holds no examples.")
    shapes = {one.shape[1:] for one in labels}
    if len(shapes) > 1:
        raise UsageError(f"The labels of {name} have different shapes {sorted(map(str, shapes))[:3]}: pad them.")
    names = getattr(data, "classes", None)
    examples = LoadedExamples(
        loaded=loaded, sizes=sizes, truth=np.concatenate(labels), notes=notes,
        classes=tuple(map(str, names)) if isinstance(names, (list, tuple)) and names else None,
    )  # fmt: skip
    return Source(
        examples=examples, positions=np.arange(len(examples)) if positions is None else positions, name=name,
    )  # fmt: skip


def _batches(source: Any, reading: Reading, notes: list[str]) -> tuple[Any, Array | None, Any]:
    """What to go through, the positions of its examples, and the data set behind it."""
    from torch.utils.data import DataLoader, Subset

    if is_loader(source):
        data = source.dataset
        if not has_length(data):
            return source, None, data
        collate, workers = source.collate_fn, source.num_workers
        notes.append("the loader's data set was read in its own order, without shuffling")
    elif not is_dataset(source) and _gives_batches(source):
        return source, None, source
    else:
        data, collate, workers = source, None, 0
        if not has_length(data):
            return DataLoader(data, batch_size=reading.batch_size), None, data
    if not len(data):
        return [], np.arange(0), data
    positions = positions_of(len(data), reading.audit.rows, reading.audit.seed)
    some = data if len(positions) == len(data) else Subset(data, positions.tolist())
    return DataLoader(some, batch_size=reading.batch_size, collate_fn=collate, num_workers=workers), positions, data


def _gives_batches(source: Any) -> bool:
    """Whether it is a list of batches and no list of examples: its labels have a length."""
    if not has_length(source) or not len(source):
        return not has_length(source)
    first = source[0]
    return isinstance(first, (tuple, list)) and len(first) == 2 and bool(getattr(first[1], "shape", ()))


def _pair(batch: Any, name: str) -> tuple[Any, Any]:
    if isinstance(batch, dict):
        label = next((key for key in LABELS if key in batch), None)
        if label is not None:
            return {key: value for key, value in batch.items() if key != label}, batch[label]
        raise UsageError(f"A batch of {name} has no labels: its keys are {', '.join(map(str, batch))}.")
    if isinstance(batch, (tuple, list)) and len(batch) >= 2:
        return (batch[0] if len(batch) == 2 else tuple(batch[:-1])), batch[-1]
    raise UsageError(f"{name} gives a {type(batch).__name__} for each batch. Expected {PAIRS}.")


