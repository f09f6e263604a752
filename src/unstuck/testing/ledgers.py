"""Ledgers of trainings that never were: arrays go through a small network, and what a recorder would see is written."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np

from unstuck.record.ledger import Batch, LedgerWriter, Phase, Source, Stored

Array = np.ndarray[Any, Any]
Transform = Callable[[Array, np.random.Generator], Array]

HIDDEN = 64
RATE = 2e-3
KEPT_ROUNDS = 2
"""epochs whose batches hold their inputs"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How a recorder sees the examples."""

    rows: bool = False
    """batches say which positions they hold"""
    keys: bool = True
    stored: bool = True
    """the examples lie in the user's memory, and the keys of them all are known"""
    size: bool = True
    """the number of examples is known"""


def key_of(inputs: Array) -> Array:
    """(n,) int64 of inputs (n, …)."""
    return np.array(
        [int.from_bytes(blake2b(np.ascontiguousarray(one).tobytes(), digest_size=8).digest(), "little", signed=True)
         for one in inputs], dtype=np.int64,
    )  # fmt: skip


class Network:
    """One hidden layer trained by Adam, for classes or for one number."""

    def __init__(self, width: int, outputs: int, random: np.random.Generator) -> None:
        self.weights = [
            random.standard_normal((width, HIDDEN)) * np.sqrt(2 / max(1, width)), np.zeros(HIDDEN),
            random.standard_normal((HIDDEN, outputs)) * np.sqrt(1 / HIDDEN), np.zeros(outputs),
        ]  # fmt: skip
        self.moments = [(np.zeros_like(one), np.zeros_like(one)) for one in self.weights]
        self.steps = 0

    def __call__(self, x: Array) -> tuple[Array, Array]:
        """Outputs and hidden units."""
        hidden = np.maximum(x @ self.weights[0] + self.weights[1], 0)
        return hidden @ self.weights[2] + self.weights[3], hidden

    def update(self, x: Array, hidden: Array, delta: Array) -> None:
        """One step; ``delta`` is the gradient of the mean loss by the outputs."""
        back = (delta @ self.weights[2].T) * (hidden > 0)
        self.steps += 1
        for weight, (first, second), gradient in zip(
            self.weights, self.moments, (x.T @ back, back.sum(axis=0), hidden.T @ delta, delta.sum(axis=0)), strict=True
        ):
            first += 0.1 * (gradient - first)
            second += 0.001 * (gradient**2 - second)
            step = first / (1 - 0.9**self.steps) / (np.sqrt(second / (1 - 0.999**self.steps)) + 1e-8)
            weight -= RATE * step


def trained(
    inputs: Array,
    labels: Array,
    *,
    held_out: Mapping[str, tuple[Array, Array]] | None = None,
    epochs: int = 8,
    batch: int = 32,
    seen: Seen = Seen(),
    name: str = "X_train",
    transform: Transform | None = None,
    held_out_transform: Transform | None = None,
    order: Callable[[np.random.Generator], Array] | None = None,
    size: int = 64 << 20,
    seed: int = 0,
) -> mmap.mmap:
    """The ledger of a training on these arrays, with an evaluation after each epoch.

    Args:
        inputs: (n, …).
        labels: (n,) classes as whole numbers, or floats for a regression.
        held_out: name → inputs and labels.
        epochs: passes over the training data.
        batch: examples of a batch.
        seen: what the recorder sees.
        name: what the user calls the training inputs.
        transform: of a training batch before it enters the network.
        held_out_transform: of a held-out batch.
        order: positions as a loader draws them in one epoch; None: tensors, in a new order each time.
        size: bytes of the ledger.
        seed: of the weights and the order.
    """
    random = np.random.default_rng(seed)
    memory = mmap.mmap(-1, size)
    writer = LedgerWriter(memory)
    splits = {name: (inputs, labels), **(held_out or {})}
    for number, (one, (x, _)) in enumerate(splits.items()):
        known = len(x) if seen.size else None
        source = Source(
            id=number, what="loader" if order else "tensor", name=one, size=known,
            file="train.py", line=number + 3,
        )
        writer.write(source, {})
    classes = labels.dtype.kind in "iu"
    network = Network(int(np.prod(inputs.shape[1:])), int(labels.max()) + 1 if classes else 1, random)
    middle, spread = np.nanmean(inputs.astype(np.float64)), np.nanstd(inputs.astype(np.float64)) or 1.0
    step = 0
    for epoch in range(epochs):
        for number, (x, y) in enumerate(splits.values()):
            positions = np.arange(len(x))
            if number == 0:
                positions = random.permutation(len(x)) if order is None else order(random)
            for start in range(0, len(positions), batch):
                at = positions[start : start + batch]
                change = transform if number == 0 else held_out_transform
                entered = x[at] if change is None else change(x[at], random)
                scaled = np.nan_to_num((entered.reshape(len(at), -1) - middle) / spread)
                outputs, hidden = network(scaled)
                _write(writer, number, step, epoch, entered, y[at], outputs, at, seen)
                if number == 0:
                    network.update(scaled, hidden, _delta(outputs, y[at], classes=classes))
                    step += 1
    if seen.stored:
        for number, (x, _) in enumerate(splits.values()):
            writer.write(Stored(source=number), {"keys": key_of(x)})
    return memory


def _delta(outputs: Array, labels: Array, *, classes: bool) -> Array:
    if not classes:
        return np.asarray(2 * (outputs - labels[:, None]) / len(labels))
    raised = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    delta = raised / raised.sum(axis=1, keepdims=True)
    delta[np.arange(len(labels)), labels] -= 1
    return np.asarray(delta / len(labels))


def _write(
    writer: LedgerWriter, number: int, step: int, epoch: int, inputs: Array, labels: Array, outputs: Array, at: Array,
    seen: Seen,
) -> None:  # fmt: skip
    classes = labels.dtype.kind in "iu"
    arrays = {"labels": labels, "outputs": outputs.astype(np.float16)}
    if seen.rows:
        arrays["rows"] = at.astype(np.int64)
    if seen.keys:
        arrays["keys"] = key_of(inputs)
    if epoch < KEPT_ROUNDS:
        arrays["inputs"] = inputs
    writer.write(
        Batch(
            source=number, phase=Phase.TRAINING if number == 0 else Phase.EVALUATION, step=step, round=epoch,
            function="cross_entropy" if classes else "mse_loss", mode=number == 0, size=len(at),
        ),
        arrays,
    )
