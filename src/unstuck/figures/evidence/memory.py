"""SYS104: the resident memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.analysis.run.memory import memory_of
from unstuck.core.figure import Curve, Figure, Level
from unstuck.core.words import number
from unstuck.figures.evidence.curve import since_start
from unstuck.figures.evidence.evidence_figure import EvidenceFigure, axis, limit_of, numbers
from unstuck.figures.learning_curve import steps_axis

if TYPE_CHECKING:
    from unstuck.analysis.run.training import Training
    from unstuck.core.finding import Finding

MEGABYTE = 1 << 20


def resident(finding: Finding, training: Training) -> EvidenceFigure | None:
    """At the sampled steps, with the size from which growth is reported."""
    memory, limit = memory_of(training), limit_of(finding, "memory_growth")
    if memory is None or limit is None:
        return None
    size, growth = memory.bytes / MEGABYTE, memory.growth / MEGABYTE
    level = memory.first / MEGABYTE + limit
    return EvidenceFigure(
        figure=Figure(
            title="Resident memory", description=f"{number(growth)} MB more at the end.", x=steps_axis(training),
            y=axis("MB", [*size.tolist(), level], zero=False),
            curves=(Curve(name="resident memory", group=0, x=numbers(since_start(training, memory.step)),
                          y=numbers(size), dots=True, marked=True),),
            levels=(Level(y=level, label=f"reported from {number(level)} MB on"),),
        ),
        sentence=f"The resident memory grows by {number(growth)} MB, {number(memory.first_half)} of it in the first "
        "half of the time.",
        decided=(("memory_growth", growth), ("first_half", memory.first_half)),
    )  # fmt: skip
