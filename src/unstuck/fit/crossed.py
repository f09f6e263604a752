"""A recipe trained on every fold: predictions of examples that it was not trained on, one unit of the plan a fold.

Shapes: *n* examples, *K* outputs.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from unstuck.baseline.folds import folds_of
from unstuck.core.data_types import Task
from unstuck.fit.data import examples_of, take
from unstuck.fit.recipe import Recipe
from unstuck.fit.score import Given, worth
from unstuck.fit.work import Candidate, Work

Array = np.ndarray[Any, Any]
STOP_PARTS = 7
"""one of so many parts of what is trained on decides when to stop"""
LAST_LOOKS = 3
"""whose training losses are averaged: one alone rests on few batches"""
SPACING = 10_007
"""between the seeds of two folds or members"""


@dataclass(frozen=True, eq=False, kw_only=True)
class Crossed:
    """What a recipe came to."""

    recipe: Recipe
    given: Given
    losses: tuple[Array, ...]
    """of the held-out examples of each fold"""
    train_rows: tuple[int, ...]
    train_loss: float
    """of the kept weights, or of the last batches where that is lower; mean over the folds: what it can fit"""
    train_value: float
    """by the goal's metric, on training examples"""
    loss: float
    """of held-out examples"""
    best_step: float
    """mean over the folds"""
    curves: tuple[tuple[tuple[int, float, float], ...], ...]

    @property
    def gap(self) -> float:
        """Held-out loss less training loss."""
        return self.loss - self.train_loss


def unit_key(recipe: Recipe, member: int, fold: int) -> str:
    """The name of the unit of one training; the same recipe is never trained twice."""
    return f"net-{hashlib.sha256(recipe.key.encode()).hexdigest()[:12]}-m{member}-f{fold}"


def cross_train(work: Work, recipe: Recipe, member: int = 0, most: int | None = None) -> Crossed:
    """Train on every fold.

    Args:
        work: the fit.
        recipe: what is trained.
        member: another one has other initial weights, batches and early-stopping parts.
        most: of the training examples of a fold; all by default.
    """
    assert work.plan is not None
    pairs = work.folds(work.plan.folds).pairs
    made = []
    for fold, (fit, test) in enumerate(pairs):
        key = unit_key(recipe, member, fold) + ("" if most is None else f"-n{most}")

        def train(fold: int = fold, fit: Array = fit, test: Array = test) -> dict[str, Any]:
            return trained_on(work, recipe, fit, test, work.settings.seed + SPACING * (10 * member + fold), most)

        made.append(work.journal.unit(key, train))
        work.narrator.trained(len(pairs) * work.plan.units)
    scores = np.concatenate([one["scores"].numpy() for one in made])
    losses = tuple(one["losses"].numpy() for one in made)
    return Crossed(
        recipe=recipe, given=work.given(scores, held_rows(work)), losses=losses,
        train_rows=tuple(one["train_rows"] for one in made), loss=float(np.mean(np.concatenate(losses))),
        train_loss=float(np.mean([one["fitted"] for one in made])),
        train_value=float(np.mean([one["train_value"] for one in made])),
        best_step=float(np.mean([one["best_step"] for one in made])),
        curves=tuple(tuple(map(tuple, one["curve"])) for one in made),
    )  # fmt: skip


def held_rows(work: Work) -> Array:
    """Training examples in the order in which cross-validation predicts them."""
    assert work.plan is not None
    return np.concatenate([test for _, test in work.folds(work.plan.folds).pairs])


def trained_on(
    work: Work, recipe: Recipe, fit: Array, test: Array, seed: int, most: int | None = None
) -> dict[str, Any]:
    """One training, and its predictions of test rows."""
    import torch

    from unstuck.fit.networks.build import build
    from unstuck.fit.training import MOST_LOOKED_AT, losses_of, outputs_of, train

    if most is not None and len(fit) > most:
        fit = np.sort(np.random.default_rng(seed).choice(fit, most, replace=False))
    fit, stop = stopping_part(work, fit, seed)
    network = build(recipe, work.preparation, work.prior, seed)
    found = train(network, recipe, work.examples, fit, stop, seed)
    x, y = work.examples.take(test)
    outputs = outputs_of(network, x)
    looked = fit[:MOST_LOOKED_AT]
    inside = predictions(work, outputs_of(network, work.examples.x[torch.as_tensor(looked)]))
    return {
        "scores": torch.as_tensor(predictions(work, outputs)),
        "losses": torch.as_tensor(losses_of(work.data.task, outputs, y)),
        "train_rows": len(fit), "train_loss": found.train_loss, "held_loss": found.held_loss,
        "fitted": min(found.train_loss, float(np.mean([one[1] for one in found.curve[-LAST_LOOKS:]]))),
        "train_value": worth(work.goal, work.given(inside, looked)).value, "best_step": found.best_step,
        "steps": found.steps, "curve": [list(one) for one in found.curve], "state": network.state_dict(),
    }  # fmt: skip


def stopping_part(work: Work, fit: Array, seed: int) -> tuple[Array, Array]:
    """Rows to train on, and rows that decide when to stop: later ones, or of other groups, where there are any."""
    pairs = folds_of(examples_of(take(work.data.train, fit)), work.data.task, STOP_PARTS, seed).pairs
    if pairs:
        return fit[pairs[-1][0]], fit[pairs[-1][1]]
    order = np.random.default_rng(seed).permutation(len(fit))
    held = max(1, len(fit) // STOP_PARTS)
    return fit[order[held:]], fit[order[:held]]


def predictions(work: Work, outputs: Any) -> Array:
    """Probabilities, or targets in their own unit; (n, K) float64."""
    import torch

    values = outputs.double()
    if work.data.task.has_classes:
        return np.asarray(torch.softmax(values, dim=1).numpy())
    if work.data.task is Task.MULTI_LABEL:
        return np.asarray(torch.sigmoid(values).numpy())
    return np.asarray(work.preparation.unscaled(values.numpy()))


def candidate_of(crossed: Crossed, name: str, title: str) -> Candidate:
    """The network as something that could be delivered."""
    return Candidate(
        name=name, title=title, kind="network", given=crossed.given, recipe=crossed.recipe, losses=crossed.losses
    )
