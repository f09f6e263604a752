"""The loss around a solution, and along the path of training (Li, Xu, Taylor, Studer and Goldstein, 2018).

Directions are random, and normalised filter by filter: each filter of a direction has the norm of the network's filter.
Biases and the weights of norms stay as they are, as in the paper. S = steps from one end to the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from unstuck.core.errors import UsageError
from unstuck.core.figure import Axis, Curve, Figure
from unstuck.evaluate.inside.seen import looking, output_of
from unstuck.figures.model.grids import grid

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from unstuck.core.heat_map import HeatMap

Array = np.ndarray[Any, Any]
Tensor = torch.Tensor
State = Mapping[str, Tensor]
Loss = Callable[[Any, Any], Tensor]
STEPS = 21


@dataclass(frozen=True, eq=False, kw_only=True)
class Landscape:
    """The loss on a line or a square through the weights."""

    x: Array  # (S,)
    losses: Array  # (S,) of one direction, (S, S) of two: a row for each y
    y: Array | None = None
    path: Array | None = None  # (checkpoints, 2)
    """of training, in the same directions"""
    explained: float | None = None
    """share of the path's variance in both directions"""
    name: str = ""

    def figure(self) -> Figure | HeatMap:
        """A curve, or a heat map of the logarithm."""
        of = f" ({self.name})" if self.name else ""
        if self.y is None:
            low, high = float(np.nanmin(self.losses)), float(np.nanmax(self.losses))
            return Figure(
                title=f"Loss along a random direction{of}", description="1 is as far as the weights are from zero.",
                x=Axis(label="distance", low=float(self.x[0]), high=float(self.x[-1])),
                y=Axis(label="loss", low=min(0.0, low), high=high * 1.05 or 1.0),
                curves=(Curve(name=self.name or "loss", group=0, x=tuple(map(float, self.x)),
                              y=tuple(map(float, self.losses)), dots=True),),
            )  # fmt: skip
        logs = np.log10(np.maximum(self.losses, 1e-12))
        names = [f"{value:.2g}" for value in self.x]
        return grid(
            logs[::-1], [f"{value:.2g}" for value in self.y[::-1]], names, title=f"Loss in two directions{of}",
            scale="log10 of the loss", x="first direction", low=float(np.nanmin(logs)), high=float(np.nanmax(logs)),
        )  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """With matplotlib; of two directions as contours, with the path of training."""
        from unstuck.show.matplotlib import draw, new_axes

        if self.y is None:
            figure = self.figure()
            assert isinstance(figure, Figure)
            return draw(figure, ax)
        axes = ax if ax is not None else new_axes((4.6, 4.0))
        logs = np.log10(np.maximum(self.losses, 1e-12))
        shown = axes.contourf(self.x, self.y, logs, levels=24, cmap="viridis")
        axes.figure.colorbar(shown, ax=axes, label="log10 of the loss")
        if self.path is not None:
            axes.plot(self.path[:, 0], self.path[:, 1], "o-", color="white", markersize=2.5, linewidth=1)
        axes.set_title(self.name or "Loss in two directions", loc="left", fontsize="medium")
        return axes


def landscape(
    model: Any, loss: Loss, batches: Sequence[tuple[Any, Any]], *, directions: int = 1, reach: float = 1.0,
    steps: int = STEPS, seed: int = 0, name: str = "",
) -> Landscape:  # fmt: skip
    """The loss around the weights of a network in one or two random directions.

    Args:
        model: the network, in evaluation mode meanwhile; it is left as it was.
        loss: of outputs and targets, a mean.
        batches: (inputs, targets).
        directions: 1 or 2.
        reach: how far: 1 is as far as the weights are from zero.
        steps: from one end to the other.
        seed: of the directions.
        name: for the figure.

    Raises:
        UsageError: it is no torch module, or there are not one or two directions.
    """
    if directions not in (1, 2):
        raise UsageError(f"A landscape has 1 or 2 directions. Got {directions}.")
    random = torch.Generator().manual_seed(seed)
    with looking(model) as network, torch.no_grad():
        start = {key: one.detach().clone() for key, one in network.named_parameters()}
        ways = [normalised(start, random) for _ in range(directions)]
        x = np.linspace(-reach, reach, steps)
        if directions == 1:
            losses = [_loss_at(network, start, ways, (float(one),), loss, batches) for one in x]
            return Landscape(x=x, losses=np.array(losses), name=name)
        square = [[_loss_at(network, start, ways, (float(a), float(b)), loss, batches) for a in x] for b in x]
        return Landscape(x=x, y=x, losses=np.array(square), name=name)


def path_of_training(
    model: Any, loss: Loss, batches: Sequence[tuple[Any, Any]], checkpoints: Sequence[State], *, steps: int = STEPS,
    margin: float = 0.25, name: str = "",
) -> Landscape:  # fmt: skip
    """The loss in the plane in which training moved most: principal components of the checkpoints.

    Args:
        model: the network; the last checkpoint is the centre.
        loss: of outputs and targets, a mean.
        batches: (inputs, targets).
        checkpoints: `state_dict` of the network at three or more moments, the last at the end.
        steps: from one end to the other.
        margin: of the path's length that is shown beyond it.
        name: for the figure.

    Raises:
        UsageError: there are fewer than three checkpoints.
    """
    if len(checkpoints) < 3:
        raise UsageError(f"A path needs three checkpoints or more. Got {len(checkpoints)}.")
    with looking(model) as network, torch.no_grad():
        keys = [key for key, _ in network.named_parameters()]
        last = {key: checkpoints[-1][key].detach().clone() for key in keys}
        flat = torch.stack([
            torch.cat([(one[key] - last[key]).flatten().float() for key in keys]) for one in checkpoints
        ])  # fmt: skip
        _, sizes, ways = torch.linalg.svd(flat, full_matrices=False)
        points = (flat @ ways[:2].T).numpy()
        plane = [_unflattened(way, last) for way in ways[:2]]
        low, high = points.min(axis=0), points.max(axis=0)
        wide = margin * max(float((high - low).max()), 1e-12)
        x, y = (np.linspace(low[at] - wide, high[at] + wide, steps) for at in (0, 1))
        network.load_state_dict(dict(checkpoints[-1]))
        square = [[_loss_at(network, last, plane, (float(a), float(b)), loss, batches) for a in x] for b in y]
    share = float((sizes[:2] ** 2).sum() / (sizes**2).sum()) if float(sizes.sum()) else 0.0
    return Landscape(x=x, y=y, losses=np.array(square), path=points, explained=share, name=name)


def normalised(start: State, random: torch.Generator) -> dict[str, Tensor]:
    """A random direction, each filter with the norm of the network's; zero for biases and norms."""
    found = {}
    for key, weight in start.items():
        if weight.dim() < 2:
            found[key] = torch.zeros_like(weight)
            continue
        way = torch.randn(weight.shape, generator=random).to(weight)
        scale = weight.flatten(1).norm(dim=1) / way.flatten(1).norm(dim=1).clamp_min(1e-12)
        found[key] = way * scale.reshape(-1, *[1] * (weight.dim() - 1))
    return found


def _unflattened(flat: Tensor, like: State) -> dict[str, Tensor]:
    found, begin = {}, 0
    for key, one in like.items():
        found[key] = flat[begin : begin + one.numel()].reshape(one.shape).to(one)
        begin += one.numel()
    return found


def _loss_at(
    network: torch.nn.Module, start: State, ways: Sequence[State], at: Sequence[float], loss: Loss,
    batches: Sequence[tuple[Any, Any]],
) -> float:  # fmt: skip
    for key, parameter in network.named_parameters():
        parameter.copy_(start[key] + sum(step * way[key] for step, way in zip(at, ways, strict=True)))
    total, count = 0.0, 0
    for inputs, targets in batches:
        total += float(loss(output_of(network, inputs), targets)) * len(targets)
        count += len(targets)
    return total / max(1, count)
