"""A share, or a rate, beside the value from which it is reported: where the decision is one number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.core.figure import Bar, Bars
from unstuck.core.words import number, share
from unstuck.figures.evidence.evidence_figure import EvidenceFigure, axis

if TYPE_CHECKING:
    from unstuck.analysis.run.training import Training
    from unstuck.core.finding import Finding

SHARES = ("erased_share", "evaluation_share", "empty_share", "short_sequences")
"""keys of evidence that is drawn so"""


def reported(finding: Finding, _: Training) -> EvidenceFigure | None:
    """LOP103, LOP104, LOS112, DAT121: the share, and the least share that is reported."""
    item = next((item for key in SHARES if (item := finding.measured(key)) is not None), None)
    if item is None or item.threshold is None:
        return None
    return EvidenceFigure(
        figure=Bars(
            title=item.label[:1].upper() + item.label[1:],
            description=f"{share(item.value)}; reported from {share(item.threshold)} on.",
            x=axis("share", [0.0, 1.0]),
            bars=(
                Bar(name="here", value=item.value, marked=True, note=share(item.value)),
                Bar(name="reported from", value=item.threshold, note=share(item.threshold)),
            ),
        ),
        sentence=f"The share here is {share(item.value)}; {share(item.threshold)} is reported.",
        decided=((item.key, item.value),),
    )


def rates(finding: Finding, _: Training) -> EvidenceFigure | None:
    """LOS110: the rate that would make the same steps with the mean, and the highest usual one."""
    item, terms = finding.measured("rate_with_mean"), finding.measured("rate_factor")
    if item is None or item.threshold is None or terms is None:
        return None
    written = item.value / terms.value
    return EvidenceFigure(
        figure=Bars(
            title="Learning rate / (1 − momentum)",
            description=f"{number(item.value)} with the mean.",
            x=axis("learning rate", [0.0, item.value, item.threshold]),
            bars=(
                Bar(name="with the sum", value=written, note=number(written)),
                Bar(name="the same steps with the mean", value=item.value, marked=True, note=number(item.value)),
                Bar(name="highest usual", value=item.threshold, note=number(item.threshold)),
            ),
        ),
        sentence=f"A rate of {number(written)} with the sum of {number(terms.value)} elements makes the steps of "
        f"{number(item.value)} with their mean.",
        decided=((item.key, item.value), ("rate_factor", terms.value)),
    )
