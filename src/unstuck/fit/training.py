"""One training: a plain loop that keeps the weights with the lowest held-out loss.

Shapes: *n* examples, *K* outputs.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from unstuck.core.data_types import Task
from unstuck.fit.networks.augment import augmented
from unstuck.fit.recipe import Recipe
from unstuck.tune.objective.seeds import seed_all

Tensor = torch.Tensor
Array = np.ndarray[Any, Any]
LOOKS = 30
"""at the held-out loss"""
BETWEEN_LOOKS = 10
"""steps at the least"""
MOST_LOOKED_AT = 2048
"""examples of a look"""
LARGEST_WEIGHT = 20.0
"""of a class"""


@dataclass(frozen=True, eq=False, kw_only=True)
class Examples:
    """Inputs and targets as tensors."""

    x: Tensor  # (n, …)
    y: Tensor  # (n,) codes; (n, k) numbers
    task: Task

    def take(self, rows: Array) -> tuple[Tensor, Tensor]:
        """Some of them."""
        at = torch.as_tensor(rows)
        return self.x[at], self.y[at]


@dataclass(frozen=True, eq=False, kw_only=True)
class Trained:
    """What a training came to."""

    network: Any
    steps: int
    """that were made"""
    best_step: int
    train_loss: float
    """of the kept weights, on training examples, without regularisation"""
    held_loss: float
    curve: tuple[tuple[int, float, float], ...]
    """step, training loss of the batches since the last look, held-out loss"""


def loss_of(task: Task, output: Tensor, y: Tensor) -> Tensor:
    """Mean loss, without regularisation."""
    if task is Task.REGRESSION:
        return functional.mse_loss(output, y)
    if task is Task.MULTI_LABEL:
        return functional.binary_cross_entropy_with_logits(output, y)
    return functional.cross_entropy(output, y)


def losses_of(task: Task, output: Tensor, y: Tensor) -> Array:
    """(n,) of each example."""
    if task is Task.REGRESSION:
        found = functional.mse_loss(output, y, reduction="none").mean(1)
    elif task is Task.MULTI_LABEL:
        found = functional.binary_cross_entropy_with_logits(output, y, reduction="none").mean(1)
    else:
        found = functional.cross_entropy(output, y, reduction="none")
    return np.asarray(found.double().numpy())


def outputs_of(network: Any, x: Tensor, size: int = 1024) -> Tensor:
    """(n, K) in evaluation mode."""
    network.eval()
    with torch.no_grad():
        return torch.cat([network(x[at : at + size]) for at in range(0, len(x), size)])


def train(
    network: Any, recipe: Recipe, examples: Examples, fit: Array, held: Array, seed: int,
    progress: Callable[[float], object] = lambda _: None,
) -> Trained:  # fmt: skip
    """Train a network on some rows, and stop by others.

    Args:
        network: is trained in place, and ends with its best weights.
        recipe: of the training.
        examples: all of them.
        fit: rows to train on.
        held: rows that decide when to stop.
        seed: of batches, dropout and noise.
        progress: is called with the share that is done.
    """
    seed_all(seed)
    kind = torch.optim.AdamW if recipe.weight_decay else torch.optim.Adam
    optimizer = kind(network.parameters(), lr=recipe.rate, weight_decay=recipe.weight_decay)
    weights = _class_weights(examples, fit) if recipe.class_weights else None
    looked = held[: MOST_LOOKED_AT]
    x_held, y_held = examples.take(looked)
    every = max(BETWEEN_LOOKS, recipe.steps // LOOKS)
    order, place = np.zeros(0, np.int64), 0
    best, best_step, state, seen, curve = math.inf, 0, None, [], []
    for step in range(1, recipe.steps + 1):
        if place + recipe.batch_size > len(order):
            order, place = torch.randperm(len(fit)).numpy(), 0
        rows = fit[order[place : place + recipe.batch_size]]
        place += recipe.batch_size
        _set_rate(optimizer, recipe, step)
        network.train()
        optimizer.zero_grad()
        loss = _regularised(network, recipe, examples.task, *examples.take(rows), weights)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), recipe.clip)
        optimizer.step()
        seen.append(float(loss.detach()))
        if step % every == 0 or step == recipe.steps:
            with torch.no_grad():
                network.eval()
                value = float(loss_of(examples.task, network(x_held), y_held))
            curve.append((step, sum(seen) / len(seen), value))
            seen = []
            progress(step / recipe.steps)
            if value < best:
                best, best_step, state = value, step, copy.deepcopy(network.state_dict())
            if not math.isfinite(value) or step - best_step > recipe.patience * recipe.steps:
                break
    if state is not None:
        network.load_state_dict(state)
    x, y = examples.take(fit[: MOST_LOOKED_AT])
    with torch.no_grad():
        train_loss = float(loss_of(examples.task, outputs_of(network, x), y))
    return Trained(network=network, steps=step, best_step=best_step, train_loss=train_loss, held_loss=best,
                   curve=tuple(curve))  # fmt: skip


def _set_rate(optimizer: Any, recipe: Recipe, step: int) -> None:
    """Rises over the first steps, then falls in a cosine."""
    share = step / recipe.steps
    if share < recipe.warm_up:
        factor = share / recipe.warm_up
    else:
        left = (1 + math.cos(math.pi * (share - recipe.warm_up) / (1 - recipe.warm_up))) / 2
        factor = recipe.last_rate + (1 - recipe.last_rate) * left
    for group in optimizer.param_groups:
        group["lr"] = recipe.rate * factor


def _class_weights(examples: Examples, fit: Array) -> Tensor:
    """Inverse to the root of the shares of the classes, with a mean of 1 over the examples."""
    counts = torch.bincount(examples.y[torch.as_tensor(fit)]).float().clamp_min(1)
    weights = (counts.sum() / counts).sqrt().clamp_max(LARGEST_WEIGHT)
    return weights * counts.sum() / (weights * counts).sum()


def _regularised(
    network: Any, recipe: Recipe, task: Task, x: Tensor, y: Tensor, weights: Tensor | None
) -> Tensor:
    """The loss that is trained."""
    if recipe.augment:
        x = augmented(x, recipe.augment)
    if recipe.noise and x.is_floating_point():
        scaled = getattr(network, "numbers", x.shape[1])  # codes of categories stand behind the numbers
        x = torch.cat([x[:, :scaled] + recipe.noise * torch.randn_like(x[:, :scaled]), x[:, scaled:]], dim=1)
    if recipe.mixup and task is not Task.MULTI_LABEL:
        share = float(torch.distributions.Beta(recipe.mixup, recipe.mixup).sample())
        other = torch.randperm(len(x))
        output = network(share * x + (1 - share) * x[other])
        first, second = (_plain(recipe, task, output, target, weights) for target in (y, y[other]))
        return share * first + (1 - share) * second
    return _plain(recipe, task, network(x), y, weights)


def _plain(recipe: Recipe, task: Task, output: Tensor, y: Tensor, weights: Tensor | None) -> Tensor:
    if not task.has_classes:
        return loss_of(task, output, y)
    return functional.cross_entropy(output, y, weight=weights, label_smoothing=recipe.label_smoothing)
