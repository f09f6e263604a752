"""Draw several small images side by side with matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unstuck.show.matplotlib import new_axes, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from matplotlib.figure import Figure

ACROSS = 8


def draw_images(images: Sequence[np.ndarray[Any, Any]], names: Sequence[str], title: str, cmap: str = "gray") -> Figure:
    """One pyplot figure with a panel for each image."""
    across = min(ACROSS, len(images))
    down = -(-len(images) // across)
    whole = new_axes((1.1 * across + 0.4, 1.3 * down + 0.5))
    figure: Figure = whole.figure  # type: ignore[assignment]
    whole.remove()
    panels = figure.subplots(down, across, squeeze=False)
    for panel in panels.flat:
        panel.set_axis_off()
    for panel, image, name in zip(panels.flat, images, names, strict=False):
        panel.imshow(image, cmap=cmap if image.ndim == 2 else None)
        panel.set_title(plain(name), fontsize="x-small")
    figure.suptitle(plain(title), fontsize="medium")
    return figure
