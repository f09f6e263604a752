"""The last hidden layer in two dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from unstuck.core.errors import UsageError
from unstuck.evaluate.inside.seen import called, looking
from unstuck.figures.model.scatter import scatter

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from unstuck.core.figure import Figure

Array = np.ndarray[Any, Any]
PCA, TSNE = "PCA", "t-SNE"
LEAST_FOR_TSNE = 50
"""examples: below it t-SNE shows what is not there"""
PERPLEXITY = 30.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Embedding:
    """Examples as points."""

    layer: str
    method: str
    points: Array  # (n, 2)
    labels: tuple[str, ...] = ()
    explained: float | None = None
    """share of the variance in both axes; None of t-SNE"""

    def figure(self) -> Figure:
        """A colour for each label."""
        return scatter(self.points, self.labels, layer=self.layer, method=self.method, explained=self.explained)

    def plot(self, ax: Axes | None = None) -> Axes:
        """The same with matplotlib."""
        from unstuck.show.matplotlib import draw

        return draw(self.figure(), ax)


def hidden(model: Any, batches: Sequence[Any]) -> tuple[str, Array]:
    """What goes into the last layer with weights, for all examples: its name, and (examples, width).

    Raises:
        UsageError: the network has no such layer.
    """
    found: dict[str, list[Array]] = {}
    last: list[str] = []
    hooks = []

    def note(name: str) -> Any:
        def before(_: torch.nn.Module, given: Any) -> None:
            if given and isinstance(given[0], torch.Tensor) and given[0].dim() >= 2:
                tensor = given[0].detach().float().cpu()
                pooled = tensor.flatten(2).mean(dim=2) if tensor.dim() == 4 else (
                    tensor.mean(dim=1) if tensor.dim() == 3 else tensor)  # fmt: skip
                found.setdefault(name, []).append(pooled.numpy())
                last.append(name)

        return before

    with looking(model) as network, torch.no_grad():
        try:
            for name, module in network.named_modules():
                if isinstance(module, (torch.nn.Linear, torch.nn.Conv2d, torch.nn.Conv1d)):
                    hooks.append(module.register_forward_pre_hook(note(name or "the network")))
            for batch in batches:
                called(network, batch)
        finally:
            for hook in hooks:
                hook.remove()
    if not last:
        raise UsageError("The network has no linear layer and no convolution, and so no last hidden layer.")
    return last[-1], np.concatenate(found[last[-1]])


def embedding(
    model: Any, batches: Sequence[Any], labels: Sequence[object] = (), *, method: str = PCA, seed: int = 0
) -> Embedding:
    """What goes into the last layer, in two dimensions.

    Args:
        model: the network.
        batches: inputs, as the network takes them.
        labels: one for each example.
        method: ``PCA`` or ``t-SNE``.
        seed: of t-SNE.

    Raises:
        UsageError: no such method, or too few examples for it.
    """
    name, values = hidden(model, batches)
    points, explained = in_two_dimensions(values, method, seed)
    return Embedding(
        layer=name, method=method, points=points, labels=tuple(map(str, labels)), explained=explained
    )


def in_two_dimensions(values: Array, method: str, seed: int) -> tuple[Array, float | None]:
    """The points, and of PCA the share of the variance that they have.

    Raises:
        UsageError: no such method, or too few examples for it.
    """
    if method not in (PCA, TSNE):
        raise UsageError(f"The methods are {PCA} and {TSNE}. Got {method}.")
    if len(values) < (LEAST_FOR_TSNE if method == TSNE else 3) or values.shape[1] < 2:
        raise UsageError(f"{method} needs more examples and two features. Got {values.shape[0]} of {values.shape[1]}.")
    from sklearn import decomposition, manifold

    parts = decomposition.PCA(min(2 if method == PCA else 30, *values.shape), random_state=seed)
    made = parts.fit_transform(values)
    if method == PCA:
        return np.asarray(made), float(parts.explained_variance_ratio_.sum())
    fitted = manifold.TSNE(2, perplexity=min(PERPLEXITY, (len(values) - 1) / 3), random_state=seed, init="pca")
    return np.asarray(fitted.fit_transform(made)), None
