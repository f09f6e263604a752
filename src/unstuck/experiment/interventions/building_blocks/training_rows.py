"""Rows of the training data taken from other rows: where they lie, so that all that the script does with them agrees.

A recipe says for each row of which row it has the input and the label from now on. Batches keep their shapes and their
number, whatever the script computes of them.

- *Loaders*: the data set behind the loader hands out the other rows. Indices, samplers and workers stay as they are.
- *Tensors and arrays in the user's variables*: those that hold the examples of the first batch in the rows that the
  ledger found are written over, once that batch has been trained on.
"""

from __future__ import annotations

import random
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch

from unstuck.watch.torch.ledger.user_arrays import user_arrays

if TYPE_CHECKING:
    from collections.abc import Callable

    from unstuck.experiment.interventions.building_blocks.branch_ledger import Trained
    from unstuck.experiment.interventions.building_blocks.stage import Stage
    from unstuck.watch.torch.ledger.sources import Drawn

Tensor = torch.Tensor
LABEL_KEYS = ("label", "labels", "target", "targets", "y")
"""of an example that is a dictionary"""


@dataclass(frozen=True, slots=True)
class Recipe:
    """From which row the input and the label of a row come; of rows that are not in it from their own."""

    inputs: Mapping[int, int] = field(default_factory=dict)
    labels: Mapping[int, int] = field(default_factory=dict)

    def of(self, row: int) -> tuple[int, int]:
        """Row of the input, row of the label."""
        return self.inputs.get(row, row), self.labels.get(row, row)


def dropped(rows: Sequence[int], size: int) -> Recipe | None:
    """In the place of each of these rows another one, drawn at random; None where none is left, or none concerned."""
    gone = {row for row in rows if 0 <= row < size}
    rest = [row for row in range(size) if row not in gone]
    if not gone or not rest:
        return None
    draw = random.Random(0)  # the same in all branches
    instead = {row: draw.choice(rest) for row in sorted(gone)}
    return Recipe(instead, instead)


class TrainingRows:
    """Carries out a recipe on whatever is trained on first."""

    def __init__(self, stage: Stage, recipe: Callable[[int], Recipe | None], told: str) -> None:
        """Wait for the first batch that is trained on.

        Args:
            stage: of the branch.
            recipe: called with the number of training examples; a `Recipe`, or None for nothing to do.
            told: what is done, for `Stage.applied`.
        """
        self.stage = stage
        self.recipe = recipe
        self.told = told
        self.waiting: list[Trained] = []
        self.source: int | None = None
        """the one that the recipe is for: the first that is trained on"""
        self.epoch: int | None = None
        self.recipes: dict[int, Recipe] = {}
        """by the identity of the data set behind a loader"""
        self.iterators: weakref.WeakSet[Any] = weakref.WeakSet()
        ledger = stage.turn.ledger
        if ledger is None:
            return
        self.frames = ledger.state.frames
        ledger.listeners.append(self._trained)
        stage.after_backward(lambda _: self._carry_out())
        from torch.utils.data import dataloader

        stage.replace(dataloader._BaseDataLoaderIter, "__init__", self._iterator_made)

    # ---- what is trained on --------------------------------------------------------------------------

    def _trained(self, batch: Trained) -> None:
        origin = batch.origin
        first = self.source is None and origin.rows is not None
        epoch = batch.drawn.round if batch.drawn is not None else 0
        if first or (origin.source == self.source and epoch != self.epoch):  # a data set may be made anew
            self.source, self.epoch = origin.source, epoch
            self.waiting.append(batch)

    def _carry_out(self) -> None:
        """After the backward call: until then the graph may need the rows as they were."""
        waiting, self.waiting = self.waiting, []
        for batch in waiting:
            if batch.drawn is not None:
                self._in_loaders(batch.drawn)
            else:
                self._in_variables(batch)

    # ---- loaders -------------------------------------------------------------------------------------

    def _iterator_made(self, original: Any) -> Any:
        def __init__(iterator: Any, loader: Any) -> None:  # noqa: N807
            original(iterator, loader)
            self.iterators.add(iterator)
            recipe = self.recipes.get(id(loader.dataset))
            if recipe is not None:
                iterator._dataset = Recombined(loader.dataset, recipe)

        return __init__

    def _in_loaders(self, drawn: Drawn) -> None:
        ledger = self.stage.turn.ledger
        assert ledger is not None
        for iterator in list(self.iterators):
            dataset = iterator._dataset
            if ledger.loader_of(iterator) != drawn.loader or isinstance(dataset, Recombined) or drawn.size is None:
                continue
            recipe = self.recipe(drawn.size)
            if recipe is None or not _divisible(dataset, recipe):
                continue
            self.recipes[id(dataset)] = recipe
            fetcher = getattr(iterator, "_dataset_fetcher", None)
            if fetcher is not None:
                fetcher.dataset = iterator._dataset = Recombined(dataset, recipe)
            self.stage.applied(self.told)

    # ---- variables -----------------------------------------------------------------------------------

    def _in_variables(self, batch: Trained) -> None:
        size = batch.origin.size
        recipe = None if size is None else self.recipe(size)
        rows = batch.origin.rows
        if recipe is None or rows is None or size is None:
            return
        inputs = list(self._holding(batch, batch.inputs, rows, size))
        labels = [] if batch.labels is None else list(self._holding(batch, batch.labels, rows, size))
        if not inputs or not labels:
            return
        for values, sources in ((inputs, recipe.inputs), (labels, recipe.labels)):
            to, of = torch.tensor(list(sources), dtype=torch.int64), torch.tensor(list(sources.values()))
            for one in values if sources else ():
                one[to] = one[of]
        self.stage.applied(self.told)

    def _holding(self, batch: Trained, wanted: Tensor, rows: Tensor, size: int) -> Iterator[Tensor]:
        """Each array of the user's that holds these values in these rows, once."""
        seen: set[int] = set()
        flat = wanted.detach().cpu().reshape(len(wanted), -1)
        for named in user_arrays(batch.frame, self.frames):
            values = named.values.data
            if len(values) != size or values.numel() != size * flat.shape[1] or values.data_ptr() in seen:
                continue
            if torch.equal(values[rows].reshape(len(flat), -1).to(flat.dtype), flat):
                seen.add(values.data_ptr())
                yield values


class Recombined(torch.utils.data.Dataset[Any]):
    """A data set in which some rows have the input or the label of another one."""

    def __init__(self, dataset: Any, recipe: Recipe) -> None:
        self.dataset = dataset
        self.recipe = recipe

    def __len__(self) -> int:
        return len(self.dataset)

    def __getattr__(self, name: str) -> Any:
        if name == "__getitems__" or name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.dataset, name)

    def __getitem__(self, row: int) -> Any:
        at, of = self.recipe.of(int(row))
        return self.dataset[at] if at == of else joined(self.dataset[at], self.dataset[of])


def joined(example: Any, other: Any) -> Any:
    """The example with the label of the other.

    Raises:
        TypeError: it is not known where the label is.
    """
    if isinstance(example, tuple | list) and len(example) > 1:
        return type(example)([*example[:-1], other[-1]])
    if isinstance(example, dict) and (names := [name for name in LABEL_KEYS if name in example]):
        return {**example, **{name: other[name] for name in names}}
    raise TypeError(f"the label of an example that is a {type(example).__name__} is not known")


def _divisible(dataset: Any, recipe: Recipe) -> bool:
    """Whether its labels can be given to other inputs, where that is needed."""
    if recipe.inputs == recipe.labels:
        return True
    try:
        joined(dataset[0], dataset[0])
    except (TypeError, KeyError, IndexError):
        return False
    return True
