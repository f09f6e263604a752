"""OPT101, OPT102, OPT109, OPT110 after an experiment: how much is learned without the change, and with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.core.figure import Axis, Bar, Bars, Level
from unstuck.core.words import number, share
from unstuck.figures.evidence.evidence_figure import EvidenceFigure

if TYPE_CHECKING:
    from unstuck.analysis.run.training import Training
    from unstuck.core.finding import Finding


def with_the_change(finding: Finding, _: Training) -> EvidenceFigure | None:
    """The means over the pairs of control and treated run; the part on proof shows their curves."""
    control, treated = finding.measured("share_learned_control"), finding.measured("share_learned_treated")
    pairs = finding.measured("num_pairs")
    if control is None or treated is None or pairs is None or control.threshold is None or treated.threshold is None:
        return None
    return EvidenceFigure(
        figure=Bars(
            title="Effect of the one change",
            description=f"{share(control.value)} without, {share(treated.value)} with.",
            x=Axis(label="share of the baseline loss removed", unit="share", low=0.0, high=1.0),
            bars=(
                Bar(name="without the change", value=control.value, marked=True),
                Bar(name="with the change", value=treated.value),
            ),
            levels=(
                Level(y=control.threshold, label=f"hardly learned: up to {share(control.threshold)}"),
                Level(y=treated.threshold, label=f"learned: from {share(treated.threshold)}"),
            ),
        ),
        sentence=f"The network removes {share(control.value)} of the baseline loss without the change, and "
        f"{share(treated.value)} with it (means of {number(pairs.value)} pairs).",
        decided=(("share_learned_control", control.value), ("share_learned_treated", treated.value)),
    )
