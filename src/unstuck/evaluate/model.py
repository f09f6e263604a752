"""A model that predicts: a torch module, an estimator of scikit-learn, or a function. It is left as it was."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.core.errors import UsageError

if TYPE_CHECKING:
    from unstuck.evaluate.examples import Examples

Array = np.ndarray[Any, Any]
Progress = Callable[[str, float], object]


def is_module(model: object) -> bool:
    """Whether it is a torch module."""
    nn: Any = getattr(sys.modules.get("torch"), "nn", None)  # another thread may be importing it
    return hasattr(nn, "Module") and isinstance(model, nn.Module)


@dataclass(eq=False)
class Predictor:
    """One model, ready to predict."""

    model: Any
    name: str
    device: str | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def is_module(self) -> bool:
        """Whether its modes can be set."""
        return is_module(self.model)

    @property
    def is_estimator(self) -> bool:
        """Whether it is one of scikit-learn's kind."""
        return not self.is_module and (hasattr(self.model, "predict_proba") or hasattr(self.model, "predict"))

    @property
    def classes(self) -> tuple[str, ...] | None:
        """What an estimator calls its outputs; None where it has no classes."""
        known = getattr(self.model, "classes_", None) if self.is_estimator else None
        return tuple(map(str, known)) if isinstance(known, np.ndarray) and known.ndim == 1 else None

    @property
    def place(self) -> str:
        """The device on which it predicts."""
        if not self.is_module:
            return self.device or "cpu"
        first = next(self.model.parameters(), None)
        return self.device or ("cpu" if first is None else str(first.device))

    @contextmanager
    def evaluating(self) -> Iterator[None]:
        """In evaluation mode, without gradients; modes, buffers and random generators are afterwards as before."""
        if "torch" not in sys.modules:
            state = np.random.get_state()  # noqa: NPY002 - the user's own generator
            try:
                yield
            finally:
                np.random.set_state(state)  # noqa: NPY002
            return
        import torch

        from unstuck.preflight.state import generators, kept, set_generators

        if not self.is_module:
            states = generators()
            try:
                with torch.no_grad():
                    yield
            finally:
                set_generators(states)
            return
        first = next(self.model.parameters(), None)
        home = None if first is None else first.device
        with kept((self.model,), ()):
            for module in self.model.modules():
                module.training = False
            if self.device is not None:
                self.model.to(self.device)
            try:
                with torch.no_grad():
                    yield
            finally:
                if self.device is not None and home is not None:
                    self.model.to(home)

    def outputs(self, batch: Any, size: int) -> Array:
        """What it gives for a batch of this many examples, as an array (size, …).

        Raises:
            UsageError: it fails, or gives something else.
        """
        try:
            given = self._called(batch)
        except KeyboardInterrupt:
            raise
        except Exception as error:
            raise UsageError(f"{self.name} failed on a batch {shape_of(batch)}: {_said(error)}") from error
        array = _as_array(given, self.name)
        if not array.ndim or len(array) != size:
            raise UsageError(
                f"{self.name} gave outputs of shape {array.shape} for a batch of {size} examples {shape_of(batch)}. "
                "Expected one row for each example."
            )
        return array

    def _called(self, batch: Any) -> Any:
        if self.is_estimator:
            if hasattr(self.model, "predict_proba"):
                return self.model.predict_proba(batch)
            made = np.asarray(self.model.predict(batch))
            return made if self.classes is None else made.astype(str)[:, None] == np.array(self.classes)
        if "torch" not in sys.modules:
            return self.model(batch)
        import torch
        from torch.utils import _pytree

        moved = _pytree.tree_map(lambda one: one.to(self.place) if isinstance(one, torch.Tensor) else one, batch)
        if self.is_module and isinstance(moved, dict):
            return self.model(**moved)
        return self.model(*moved) if self.is_module and isinstance(moved, tuple) else self.model(moved)

    def all_outputs(self, examples: Examples, size: int, progress: Progress) -> Array:
        """What it gives for all examples, in their order; (n, …).

        Raises:
            UsageError: it fails, or its outputs have different shapes.
        """
        found: list[Array] = []
        for rows, batch in examples.batches(size):
            found.append(self.outputs(batch, len(rows)))
            if found[-1].shape[1:] != found[0].shape[1:]:
                raise UsageError(
                    f"{self.name} gave outputs of shape {found[0].shape[1:]} and {found[-1].shape[1:]} for different "
                    "batches. Sequences must be padded to one length."
                )
            progress("predicting", (rows[-1] + 1) / len(examples))
        return np.concatenate(found)


def _as_array(given: Any, name: str) -> Array:
    if "torch" in sys.modules:
        import torch

        from unstuck.preflight.batch import first_output

        if not isinstance(given, (np.ndarray, list)):
            tensor = first_output(given)
            if tensor is None and isinstance(given, torch.Tensor) and given.dim():
                tensor = given
            if tensor is None:
                raise UsageError(f"{name} gave a {type(given).__name__} without a tensor of numbers for each example.")
            return np.asarray(tensor.detach().cpu().to(torch.float64).numpy())
    array = np.asarray(given)
    if array.dtype.kind not in "fiub":
        raise UsageError(f"{name} gave values of type {array.dtype}. Expected numbers: scores of classes, or values.")
    return array.astype(np.float64)


def shape_of(batch: Any) -> str:
    """``of shape (64, 3)``, of nested inputs all of them."""
    shapes = [str(tuple(one.shape)) for one in _leaves(batch) if hasattr(one, "shape")]
    return f"of shape {', '.join(shapes[:4])}" if shapes else f"of type {type(batch).__name__}"


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def _said(error: BaseException) -> str:
    """The exception, and the last line of the user's own code that it passed."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "site-packages" not in frame.filename and "unstuck" not in frame.filename]
    where = f" ({own[-1].filename}:{own[-1].lineno})" if own else ""
    text = " ".join(str(error).split())[:300] or "no message"
    return f"{type(error).__name__}: {text}{where}"
