"""The network of a recipe, with initial weights that fit its activation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from unstuck.core.errors import UsageError
from unstuck.fit.networks.bag import Bag
from unstuck.fit.networks.dense import Dense
from unstuck.fit.networks.images import ImageNet
from unstuck.fit.networks.series import Convolutions, Recurrent
from unstuck.fit.preparation import Preparation
from unstuck.fit.recipe import Recipe

if TYPE_CHECKING:
    from unstuck.fit.score import Array

LEAST_SHARE = 1e-4
"""of a class in the first output"""


def build(recipe: Recipe, preparation: Preparation, prior: Array, seed: int) -> nn.Module:
    """The untrained network.

    Args:
        recipe: what is built.
        preparation: of its inputs.
        prior: (K,) shares of the classes, which the first output says.
        seed: of the initial weights.
    """
    torch.manual_seed(seed)
    network = _made(recipe, preparation)
    for module in network.modules():
        if isinstance(module, nn.Linear | nn.Conv1d | nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=module.embedding_dim**-0.5)
            if module.padding_idx is not None:
                with torch.no_grad():
                    module.weight[module.padding_idx].zero_()
    last = network.last
    assert isinstance(last, nn.Linear)
    nn.init.normal_(last.weight, std=0.1 * last.in_features**-0.5)
    if len(prior):
        with torch.no_grad():
            last.bias.copy_(torch.as_tensor(prior, dtype=torch.float32).clamp_min(LEAST_SHARE).log())
    return network


def _made(recipe: Recipe, preparation: Preparation) -> nn.Module:
    if recipe.structure == "dense":
        return Dense(
            numbers=len(preparation.numbers) + sum(one.flag_missing for one in preparation.numbers),
            categories=[(len(one.values) + 1, one.width) for one in preparation.categories],
            outputs=preparation.outputs, width=recipe.width, depth=recipe.depth, dropout=recipe.dropout,
            norm=recipe.norm,
        )  # fmt: skip
    sizes: dict[str, Any] = {"outputs": preparation.outputs, "width": recipe.width, "depth": recipe.depth,
                             "dropout": recipe.dropout}  # fmt: skip
    if recipe.structure == "images":
        return ImageNet(size=preparation.size, mean=preparation.pixel_mean, spread=preparation.pixel_spread, **sizes)
    if recipe.structure == "words":
        return Bag(words=len(preparation.vocabulary) + 2, **sizes)
    if recipe.structure in ("convolution", "recurrent"):
        kind = Convolutions if recipe.structure == "convolution" else Recurrent
        return kind(length=len(preparation.numbers) + sum(one.flag_missing for one in preparation.numbers), **sizes)
    raise UsageError(f"There is no network of the structure {recipe.structure}.")


def parameters_of(network: nn.Module) -> int:
    """How many numbers are trained."""
    return sum(one.numel() for one in network.parameters() if one.requires_grad)
