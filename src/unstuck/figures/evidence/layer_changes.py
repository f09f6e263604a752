"""OPT104: the gradient of each weight matrix."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from unstuck.analysis.run.layer_changes import layer_changes
from unstuck.core.figure import Bar, Bars
from unstuck.core.words import number
from unstuck.figures.evidence.evidence_figure import EvidenceFigure, axis
from unstuck.figures.evidence.layers import fold

if TYPE_CHECKING:
    from unstuck.analysis.run.training import Training
    from unstuck.core.finding import Finding


def gradients(finding: Finding, training: Training) -> EvidenceFigure | None:
    """Root mean squares, in the order of the forward; the first one is marked."""
    changes = layer_changes(training)
    if not changes or finding.measured("gradient_ratio") is None:
        return None
    most = max(one.gradient for one in changes)
    first = changes[0]
    if not most > 0 or not first.gradient > 0:
        return None
    bars = [
        Bar(name=one.layer or "?", value=one.gradient, marked=one is first, note=number(one.gradient))
        for one in changes if math.isfinite(one.gradient)
    ]  # fmt: skip
    return EvidenceFigure(
        figure=Bars(
            title="Gradient of each weight matrix", description=f"{number(first.gradient)} in the first.",
            x=axis("root mean square", [bar.value for bar in bars if bar.value > 0]), bars=tuple(fold(bars)),
        ),
        sentence=f"The gradient of {first.layer} is {number(first.gradient)}, the largest {number(most)}: a ratio of "
        f"{number(first.gradient / most)}. It moves by at most {number(first.total)} × its norm.",
        decided=(("gradient_ratio", first.gradient / most), ("first_moved", first.total)),
    )  # fmt: skip
