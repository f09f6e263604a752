"""Which figure shows the evidence of which rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.figures.evidence import (
    answers,
    given,
    labels,
    layers,
    loop,
    losses,
    movement,
    scales,
    tried,
    turn,
    units,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from unstuck.analysis.run.training import Training
    from unstuck.core.finding import Finding
    from unstuck.figures.evidence.told import EvidenceFigure

    Maker = Callable[[Finding, Training], EvidenceFigure | None]

FIGURES: Mapping[str, tuple[Maker, ...]] = {
    "ARC101": (units.dead,),
    "ARC102": (units.saturated,),
    "ARC103": (layers.chain,),
    "ARC109": (layers.untouched,),
    "ARC113": (given.cut_off,),
    "CRV101": (losses.flat,),
    "CRV103": (turn.overfitting,),
    "CRV107": (losses.diverging,),
    "CRV110": (losses.above_trivial,),
    "DAT102": (answers.majority,),
    "DAT114": (labels.encoding,),
    "LOP101": (loop.left_over,),
    "LOP102": (loop.no_update,),
    "LOP108": (loop.detached,),
    "LOP111": (turn.still_falling,),
    "LOS101": (losses.on_a_floor, given.probabilities),
    "LOS102": (losses.on_a_floor, given.probabilities),
    "LOS103": (given.scores,),
    "LOS104": (labels.regressed, given.amounts),
    "LOS105": (given.always_one,),
    "LOS106": (given.out_of_reach, losses.beyond_bound),
    "LOS107": (loop.pairs,),
    "LOS108": (labels.width,),
    "NUM101": (losses.not_a_number, losses.at_the_edge),
    "OPT101": (movement.too_short, tried.with_the_change),
    "OPT102": (movement.too_long, tried.with_the_change),
    "OPT105": (layers.untouched,),
    "OPT109": (tried.with_the_change,),
    "OPT110": (tried.with_the_change,),
    "SCL101": (scales.inputs,),
    "SCL102": (scales.targets,),
    "SPL103": (answers.in_order,),
}
"""by the code of a rule: the makers in the order in which they are tried"""


def evidence_figure(finding: Finding, training: Training) -> EvidenceFigure | None:
    """The figure of a finding; None where the record lacks what it needs, or tells another number than the finding."""
    for make in FIGURES.get(finding.code, ()):
        found = make(finding, training)
        if found is not None and found.agrees(finding):
            return found
    return None
