"""What each layer gives for one example, the first filters, and attention maps of convolutions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from unstuck.core.errors import UsageError
from unstuck.core.pictures import Pictures, Tile
from unstuck.evaluate.inside.seen import called, looking
from unstuck.preflight.batch import first_output
from unstuck.show.png import png

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = np.ndarray[Any, Any]
CONVOLUTIONS = (torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Conv3d)
MOST_MAPS = 16
"""channels that are shown of one layer"""


@dataclass(frozen=True, eq=False, kw_only=True)
class Activation:
    """The output of one layer for one example."""

    layer: str
    kind: str
    values: Array
    """without the axis of the batch: (channels, height, width) of a convolution"""
    convolves: bool = False

    @property
    def maps(self) -> Array | None:  # (channels, height, width)
        """Its channels as images; None where it has none."""
        return self.values if self.values.ndim == 3 and min(self.values.shape[1:]) > 1 else None

    @property
    def zeros(self) -> float:
        """Share of the values that are exactly zero."""
        return float((self.values == 0).mean())

    def attention(self, power: float = 2.0) -> Array:
        """Where it responds: the mean over the channels of |feature| to this power (Zagoruyko and Komodakis, 2017)."""
        return np.asarray((np.abs(self.values) ** power).mean(axis=0))

    def figure(self, most: int = MOST_MAPS) -> Pictures | None:
        """The channels that respond most, as images; None where it has none."""
        maps = self.maps
        if maps is None:
            return None
        order = np.argsort(-np.abs(maps).mean(axis=(1, 2)), kind="stable")[:most]
        tiles = tuple((Tile(caption=f"channel {at}", image=png(maps[at])),) for at in order)
        left_out = len(maps) - len(tiles)
        return Pictures(
            title=f"Feature maps of {self.layer} ({self.kind})",
            description="Dark is the lowest value of a map, light its highest."
            + (f" The {left_out} channels that respond least are left out." if left_out else ""),
            groups=tiles,
        )  # fmt: skip

    def plot(self, most: int = MOST_MAPS) -> Figure:
        """The same with matplotlib."""
        from unstuck.show.matplotlib_pictures import draw_images

        maps = self.maps
        if maps is None:
            raise UsageError(f"{self.layer} gives {self.values.shape}, and no feature maps of an image.")
        order = np.argsort(-np.abs(maps).mean(axis=(1, 2)), kind="stable")[:most]
        names = [f"channel {at}" for at in order]
        return draw_images([maps[at] for at in order], names, f"Feature maps of {self.layer}")


def activations(model: Any, inputs: Any, *, example: int = 0) -> tuple[Activation, ...]:
    """The output of each layer without layers inside, for one example, in the order of computation.

    Args:
        model: the network.
        inputs: a batch, as the network takes it.
        example: its position in the batch.

    Raises:
        UsageError: it is no torch module.
    """
    found: list[Activation] = []
    hooks = []

    def note(name: str) -> Any:
        def after(module: torch.nn.Module, _: Any, made: Any) -> None:
            tensor = made if isinstance(made, torch.Tensor) else first_output(made)
            if tensor is not None and tensor.dim() > 1 and len(tensor) > example:
                found.append(Activation(
                    layer=name, kind=type(module).__name__, values=tensor[example].detach().float().cpu().numpy(),
                    convolves=isinstance(module, CONVOLUTIONS),
                ))  # fmt: skip

        return after

    with looking(model) as network, torch.no_grad():
        try:
            for name, module in network.named_modules():
                if next(module.children(), None) is None:
                    hooks.append(module.register_forward_hook(note(name or "the network")))
            called(network, inputs)
        finally:
            for hook in hooks:
                hook.remove()
    return tuple(found)


def attention_of_convolutions(model: Any, inputs: Any, *, example: int = 0, power: float = 2.0) -> dict[str, Array]:
    """Where each convolution responds, for one example: the mean over its channels of |feature| to a power.

    Args:
        model: the network.
        inputs: a batch, as the network takes it.
        example: its position in the batch.
        power: 1 is the mean size of the features; more of it looks at the strongest only.

    Raises:
        UsageError: it has no convolution.
    """
    found = {one.layer: one.attention(power) for one in activations(model, inputs, example=example) if one.convolves}
    if not found:
        raise UsageError("The network has no convolution.")
    return found


@dataclass(frozen=True, eq=False, kw_only=True)
class Filters:
    """The weights of the first convolution."""

    layer: str
    weights: Array  # (filters, colours, height, width)

    def images(self) -> list[Array]:
        """(height, width, 3) of three colours; else (height, width), the mean over the channels."""
        if self.weights.shape[1] == 3:
            return [np.moveaxis(one, 0, -1) for one in self.weights]
        return [one.mean(axis=0) for one in self.weights]

    def figure(self, most: int = 64) -> Pictures:
        """Each as an image."""
        scale = float(np.abs(self.weights).max()) or 1.0
        tiles = tuple(
            (Tile(caption=f"filter {at}", image=png(one, -scale, scale)),)
            for at, one in enumerate(self.images()[:most])
        )
        return Pictures(
            title=f"Filters of {self.layer}", groups=tiles,
            description="The weights of the first convolution: grey is zero, all filters have one scale.",
        )  # fmt: skip

    def plot(self, most: int = 64) -> Figure:
        """The same with matplotlib."""
        from unstuck.show.matplotlib_pictures import draw_images

        scale = float(np.abs(self.weights).max()) or 1.0
        images = [(one + scale) / (2 * scale) if one.ndim == 3 else one for one in self.images()[:most]]
        return draw_images(images, [str(at) for at in range(len(images))], f"Filters of {self.layer}")


def filters(model: Any) -> Filters:
    """The weights of the first convolution of images.

    Raises:
        UsageError: there is none.
    """
    for name, module in getattr(model, "named_modules", dict)():
        if isinstance(module, torch.nn.Conv2d):
            return Filters(layer=name or "the network", weights=module.weight.detach().float().cpu().numpy())
    raise UsageError("The network has no convolution of images (nn.Conv2d), and so no filters to look at.")
