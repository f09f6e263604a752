"""Everything that decides a training: no hyper-parameter is left at a default that nobody chose."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from unstuck.core.data_types import Task
from unstuck.core.words import count, number

BATCHES = ((2_000, 32), (10_000, 64), (50_000, 128))
LARGEST_BATCH = 256
MOST_WIDTH = 128


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One network and its training."""

    structure: str
    """``dense``, ``convolution``, ``recurrent``, ``images`` or ``words``"""
    width: int
    """units of a hidden layer; channels of the first convolution; of words the width of their embedding"""
    depth: int
    """hidden layers"""
    rate: float
    """highest learning rate"""
    batch_size: int
    steps: int
    optimizer: str = "adam"
    warm_up: float = 0.05
    """share of the steps in which the rate rises"""
    last_rate: float = 0.01
    """of the highest, at the end of the cosine"""
    patience: float = 0.4
    """share of the steps without a better held-out loss, after which the training ends"""
    clip: float = 1.0
    """norm of the gradient"""
    dropout: float = 0.0
    weight_decay: float = 0.0
    norm: str = ""
    """``batch`` or ``layer``; "" for none"""
    noise: float = 0.0
    """standard deviation of what is added to scaled inputs"""
    label_smoothing: float = 0.0
    class_weights: bool = False
    mixup: float = 0.0
    """parameter of the Beta distribution"""
    augment: str = ""
    """``shift`` or ``shift-flip`` of images; "" for none"""

    def with_changes(self, changes: Mapping[str, Any]) -> Recipe:
        """Another recipe."""
        return replace(self, **changes)

    @property
    def size(self) -> str:
        """In words."""
        layers = {"dense": "hidden layer", "words": "hidden layer"}.get(self.structure, "block")
        noun = "channels" if self.structure in ("images", "convolution") else "units"
        return f"{count(self.depth, layers)} of {self.width} {noun}" if self.depth else "no hidden layer"

    @property
    def regularisation(self) -> str:
        """In words; "" for none."""
        said = [
            f"dropout {number(self.dropout)}" if self.dropout else "",
            f"weight decay {number(self.weight_decay)}" if self.weight_decay else "",
            f"{self.norm} norm" if self.norm else "", f"input noise {number(self.noise)}" if self.noise else "",
            f"label smoothing {number(self.label_smoothing)}" if self.label_smoothing else "",
            "class weights" if self.class_weights else "", f"mixup {number(self.mixup)}" if self.mixup else "",
            f"augmentation by {self.augment}" if self.augment else "",
        ]  # fmt: skip
        return ", ".join(filter(None, said))

    @property
    def key(self) -> str:
        """The same for the same recipe."""
        return json.dumps(asdict(self), sort_keys=True)


def first_recipe(structure: str, task: Task, rows: int, outputs: int, inputs: int, steps: int) -> Recipe:
    """The smallest network that can work, by rules of thumb.

    Args:
        structure: of the network.
        task: what is predicted.
        rows: training examples.
        outputs: of the network.
        inputs: numbers of one example.
        steps: of a training.
    """
    batch = next((size for most, size in BATCHES if rows <= most), LARGEST_BATCH)
    width = 2 * inputs if task is Task.REGRESSION else 10 * outputs
    if structure in ("images", "convolution"):
        width = 16
    elif structure == "words":
        width = 32
    return Recipe(
        structure=structure, width=_power(width), depth={"images": 2, "convolution": 2, "words": 0}.get(structure, 1),
        rate=1e-3, batch_size=min(batch, max(8, rows // 4)), steps=steps,
        norm="batch" if structure in ("images", "convolution") else "",
    )  # fmt: skip


def _power(width: int) -> int:
    made = 16
    while made < width and made < MOST_WIDTH:
        made *= 2
    return made


def reasons(recipe: Recipe, rows: int) -> dict[str, str]:
    """Why each hyper-parameter has its first value."""
    return {
        "structure": "the simplest for data of this structure",
        "width": "rule of thumb: 5 to 10 units for each class, 2 to 3 for each input of a regression, as a power of 2",
        "depth": "the fewest layers that can work; the ramp adds more",
        "rate": "range test, then short trainings round what it left",
        "batch_size": f"the smallest whose epochs are bearable for {rows} examples",
        "steps": "from the budget and the measured time of a step",
        "optimizer": "Adam needs the least tuning",
        "warm_up": "the first steps of Adam rest on few gradients",
        "last_rate": "a cosine to 1 % of the rate: noise of the steps fades",
        "patience": "later than the usual ripples of the held-out loss",
        "clip": "larger gradients come from single odd batches",
        "norm": "batch norm keeps the scale in convolutions" if recipe.norm else "not before it is shown to help",
        "dropout": "not before it is shown to help", "weight_decay": "not before it is shown to help",
        "noise": "not before it is shown to help", "label_smoothing": "not before it is shown to help",
        "class_weights": "not before it is shown to help", "mixup": "not before it is shown to help",
        "augment": "not before it is shown to help",
    }  # fmt: skip
