"""A number beside the value from which it is reported: where the decision is one number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.core.figure import Bar, Bars
from unstuck.core.words import number, share
from unstuck.figures.evidence.evidence_figure import EvidenceFigure, axis

if TYPE_CHECKING:
    from unstuck.analysis.run.training import Training
    from unstuck.core.finding import Finding

NUMBERS = (
    "erased_share", "evaluation_share", "empty_share", "short_sequences", "argument", "training_share", "graded_share",
    "trained_share", "kept_share", "optimizers_made", "replaced_parameters",
    "kl_weight", "num_terms", "lost_share", "empty_gradient", "loss_left",
)  # fmt: skip
"""keys of evidence that is drawn so"""


def reported(finding: Finding, _: Training) -> EvidenceFigure | None:
    """The number that decides, and the least that is reported (LOP103–107, LOS112, ARC117 and others)."""
    item = next((item for key in NUMBERS if (item := finding.measured(key)) is not None), None)
    if item is None:
        return None
    is_share = item.unit == "share"
    say = share if is_share else number
    bars = [Bar(name="here", value=item.value, marked=True, note=say(item.value))]
    if item.threshold is not None:
        bars.append(Bar(name="reported from", value=item.threshold, note=say(item.threshold)))
    least = f"; reported from {say(item.threshold)} on" if item.threshold is not None else ""
    label = item.label[:1].upper() + item.label[1:]
    return EvidenceFigure(
        figure=Bars(
            title=label,
            description=f"{say(item.value)}{least}.",
            x=axis("share" if is_share else item.unit or item.label, [0.0, *(bar.value for bar in bars)]),
            bars=tuple(bars),
        ),
        sentence=f"{label}: {say(item.value)}{least}.",
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
