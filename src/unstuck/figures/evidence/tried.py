"""OPT101, OPT102, OPT109, OPT110 where an experiment decided: how much is learned without the change, and with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.core.figure import Axis, Bar, Bars, Level
from unstuck.core.words import number, share
from unstuck.figures.evidence.evidence_figure import EvidenceFigure, find

if TYPE_CHECKING:
    from unstuck.analysis.run.training import Training
    from unstuck.core.finding import Finding

WITH = "the same with "


def with_the_change(finding: Finding, _: Training) -> EvidenceFigure | None:
    """The means over the pairs of control and treatment; their curves stand in the part on proof."""
    without, treated = find(finding, "share of the constant answer's loss taken away"), find(finding, WITH)
    pairs = find(finding, "pairs of control and treatment")
    if without is None or treated is None or pairs is None or without.threshold is None or treated.threshold is None:
        return None
    change = treated.label.removeprefix(WITH)
    return EvidenceFigure(
        figure=Bars(
            title="What the one change does",
            description=f"{share(without.value)} without, {share(treated.value)} with.",
            x=Axis(label="the constant answer's loss taken away", unit="share", low=0.0, high=1.0),
            bars=(
                Bar(name="as it is", value=without.value, marked=True),
                Bar(name=f"with {change}", value=treated.value),
            ),
            levels=(
                Level(y=without.threshold, label=f"hardly learned: to {share(without.threshold)}"),
                Level(y=treated.threshold, label=f"learned: from {share(treated.threshold)}"),
            ),
        ),
        sentence=f"As it is the network takes {share(without.value)} of the constant answer's loss away, with "
        f"{change} alone "
        f"{share(treated.value)} (means of {number(pairs.value)} pairs).",
        decided=((without.label, without.value), (treated.label, treated.value)),
    )
