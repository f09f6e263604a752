"""The norm of the whole gradient at the sampled steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from unstuck.core.figure import Axis, Curve, Figure
from unstuck.figures.by_layer import norms
from unstuck.figures.learning_curve import FEW, span, steps_axis
from unstuck.figures.reduce import columns_of, extremes

if TYPE_CHECKING:
    from unstuck.analysis.run.training import Training


def gradient_norm(training: Training) -> Figure | None:
    """Over all layers that were sampled together; None where none was."""
    by_layer = norms(training, "gradient")
    if not by_layer:
        return None
    steps = max((at for at, _ in by_layer.values()), key=len)
    layers = [norm for at, norm in by_layer.values() if np.array_equal(at, steps)]
    with np.errstate(over="ignore"):
        whole = np.sqrt(np.sum(np.square(layers), axis=0))
    x = steps - span(training)[0]
    finite = np.isfinite(whole)
    above = whole[finite & (whole > 0)]
    if not len(above):
        return None
    # A gradient of exactly zero lies on the floor of the logarithmic scale.
    low, high = float(above.min()), float(above.max())
    floor = low / (1.3 if len(above) == finite.sum() else 3.0)
    at, values = extremes(x[finite], np.maximum(whole[finite], floor))
    curve = Curve(
        name="gradient norm", group=0, x=tuple(at.tolist()), y=tuple(values.tolist()), dots=len(at) <= FEW
    )
    return Figure(
        title="Norm of the gradient",
        description=f"Over {len(layers)} layers, between {low:.3g} and {high:.3g}.",
        x=steps_axis(training),
        y=Axis(label="gradient norm", low=floor, high=high * 1.3, log=True),
        curves=(curve,),
        not_numbers=tuple(columns_of(x[~finite]).tolist()),
    )
