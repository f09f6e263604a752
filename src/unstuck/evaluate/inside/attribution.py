"""Which parts of an input a prediction rests on: occlusion and gradients, by Captum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from unstuck.core.errors import UsageError
from unstuck.core.figure import Axis, Bar, Bars
from unstuck.core.heat_map import HeatMap
from unstuck.core.words import number
from unstuck.evaluate.inside.seen import looking, output_of
from unstuck.figures.model.grids import grid

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = np.ndarray[Any, Any]
Tensor = torch.Tensor
OCCLUSION, GRADIENT, INTEGRATED = "occlusion", "gradient × input", "integrated gradients"
MOST_BARS = 20
PATCHES = 8
"""along the longer side of an image, where the size of a patch is not given"""


@dataclass(frozen=True, eq=False, kw_only=True)
class Attribution:
    """How much each number of one input adds to one output."""

    method: str
    target: int | None
    """number of the output; None of a network with one"""
    values: Array
    """of the shape of the input, without the axis of the batch"""
    output: float
    """that is explained"""
    names: tuple[str, ...] = ()
    """of columns or tokens"""

    @property
    def image(self) -> Array | None:  # (height, width)
        """Summed over the colours; None where the input is no image."""
        if self.values.ndim == 2 and min(self.values.shape) > 1 and not self.names:
            return self.values
        return np.asarray(self.values.sum(axis=0)) if self.values.ndim == 3 else None

    def figure(self) -> HeatMap | Bars:
        """An image, or a bar for each column or token: what adds to the output, and what takes from it."""
        of = "" if self.target is None else f" of output {self.target}"
        title = f"{self.method[:1].upper()}{self.method[1:]}{of}"
        image = self.image
        if image is not None:
            high = float(np.abs(image).max()) or 1.0
            rows, columns = (tuple(map(str, range(size))) for size in image.shape)
            return grid(
                image, rows, columns, title=title, scale="adds to the output", x="column of pixels", low=-high,
                high=high, diverging=True,
            )  # fmt: skip
        flat = self.values.reshape(len(self.values), -1).sum(axis=1)
        names = self.names or tuple(f"input {at}" for at in range(len(flat)))
        order = np.argsort(-np.abs(flat), kind="stable")[:MOST_BARS]
        high = float(np.abs(flat).max()) or 1.0
        return Bars(
            title=title, description="Sizes; the sign stands behind the bar.",
            x=Axis(label="share in the output", low=0.0, high=high),
            bars=tuple(Bar(name=names[at], value=float(abs(flat[at])), note=number(float(f"{flat[at]:.3g}")),
                           marked=bool(flat[at] < 0)) for at in order),
        )  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """The same with matplotlib."""
        from unstuck.show.matplotlib import new_axes
        from unstuck.show.matplotlib_grid import draw_grid

        figure = self.figure()
        if isinstance(figure, HeatMap):
            return draw_grid(figure, ax)
        axes = ax if ax is not None else new_axes((5.0, 0.3 * len(figure.bars) + 1))
        axes.barh([bar.name for bar in figure.bars], [-bar.value if bar.marked else bar.value for bar in figure.bars])
        axes.invert_yaxis()
        axes.set_title(figure.title, loc="left", fontsize="medium")
        return axes


def occlusion(
    model: Any, inputs: Tensor, *, target: int | None = None, example: int = 0,
    patch: int | Sequence[int] | None = None, baseline: float = 0.0, names: Sequence[str] = (),
) -> Attribution:  # fmt: skip
    """How much the output falls when a part of the input is replaced by a constant.

    Args:
        model: the network.
        inputs: a batch of images, columns or tokens.
        target: number of the output; by default the largest.
        example: its position in the batch.
        patch: side of the square that is covered, in pixels; of columns and tokens one after another.
        baseline: what it is covered with.
        names: of columns or tokens.

    Raises:
        UsageError: Captum is missing, or the inputs are no tensor.
    """
    attr = _captum()
    one = _example(inputs, example)
    with looking(model) as network, torch.no_grad():
        scores = _Scores(network)
        number, value = scores.chosen(one, target)
        window = _window(one, patch)
        step = tuple(min(size, whole) for size, whole in zip(window, one.shape[1:], strict=True))
        found = attr.Occlusion(scores).attribute(
            one, sliding_window_shapes=window, strides=step, target=number, baselines=_constant(one, baseline),
            perturbations_per_eval=16,
        )  # fmt: skip
    return _made(OCCLUSION, found, number, value, names)


def gradients(
    model: Any, inputs: Tensor, *, target: int | None = None, example: int = 0, integrated: bool = False,
    steps: int = 32, names: Sequence[str] = (),
) -> Attribution:  # fmt: skip
    """The gradient of the output with respect to the input, times the input; of tokens at their embeddings.

    Args:
        model: the network.
        inputs: a batch of images, columns or tokens.
        target: number of the output; by default the largest.
        example: its position in the batch.
        integrated: the mean gradient on the way from zero to the input (Sundararajan, Taly and Yan, 2017).
        steps: of that way.
        names: of columns or tokens.

    Raises:
        UsageError: Captum is missing, or the inputs are no tensor.
    """
    attr = _captum()
    one = _example(inputs, example)
    options: dict[str, Any] = {"n_steps": steps} if integrated else {}
    with looking(model) as network, torch.enable_grad():
        for parameter in network.parameters():
            parameter.requires_grad_(False)
        scores = _Scores(network)
        number, value = scores.chosen(one, target)
        if one.is_floating_point():
            method = attr.IntegratedGradients(scores) if integrated else attr.InputXGradient(scores)
            found = method.attribute(one.requires_grad_(), target=number, **options)
        else:
            layer = next((part for part in network.modules() if isinstance(part, torch.nn.Embedding)), None)
            if layer is None:
                raise UsageError("Whole numbers have a gradient at an nn.Embedding only, and the network has none.")
            layer.weight.requires_grad_()
            method = attr.LayerIntegratedGradients(scores, layer) if integrated else attr.LayerGradientXActivation(
                scores, layer)  # fmt: skip
            found = method.attribute(one, target=number, **options).sum(dim=-1)
    return _made(INTEGRATED if integrated else GRADIENT, found, number, value, names)


class _Scores(torch.nn.Module):
    """The network as a function that gives one tensor (examples, outputs) or (examples,)."""

    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, inputs: Tensor) -> Tensor:
        given = output_of(self.network, inputs)
        return given.flatten(2).mean(dim=2) if given.dim() > 2 else given.squeeze(1) if (
            given.dim() == 2 and given.shape[1] == 1) else given  # fmt: skip

    def chosen(self, one: Tensor, target: int | None) -> tuple[int | None, float]:
        """The output that is explained, and its value."""
        with torch.no_grad():
            given = self(one)[0]
        if given.dim() == 0:
            return None, float(given)
        if target is not None and not 0 <= target < len(given):
            raise UsageError(f"The network has {len(given)} outputs, counted from 0. Got the target {target}.")
        number = int(given.argmax()) if target is None else target
        return number, float(given[number])


def _captum() -> Any:
    try:
        import captum.attr
    except ModuleNotFoundError as error:
        raise UsageError("Attribution needs Captum. Install it: pip install 'unstuck[inside]'") from error
    return captum.attr


def _example(inputs: Any, example: int) -> Tensor:
    if not isinstance(inputs, Tensor) or inputs.dim() < 2:
        raise UsageError(f"Attribution needs a batch as one tensor (examples, …). Got {type(inputs).__name__}.")
    if not 0 <= example < len(inputs):
        raise UsageError(f"The batch has {len(inputs)} examples, counted from 0. Got {example}.")
    return inputs[example : example + 1].detach().clone()


def _window(one: Tensor, patch: int | Sequence[int] | None) -> tuple[int, ...]:
    """What is covered at once."""
    if patch is not None and not isinstance(patch, int):
        return tuple(patch)
    if one.dim() == 4:
        side = patch or max(1, -(-max(one.shape[2:]) // PATCHES))
        return (one.shape[1], min(side, one.shape[2]), min(side, one.shape[3]))
    if one.dim() == 3:
        return (patch or 1, one.shape[2])
    return (patch or 1,)


def _constant(one: Tensor, baseline: float) -> Any:
    return float(baseline) if one.is_floating_point() else int(baseline)


def _made(method: str, found: Tensor, target: int | None, value: float, names: Sequence[str]) -> Attribution:
    values = found[0].detach().float().cpu().numpy()
    known = tuple(map(str, names)) if len(names) == len(values) else ()
    return Attribution(method=method, target=target, values=values, output=value, names=known)
