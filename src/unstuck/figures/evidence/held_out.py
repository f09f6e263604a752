"""CRV104, CRV105, CRV106: the held-out loss beside the training loss."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from unstuck.analysis.run.held_out import around, beside, gap_of, jumps
from unstuck.core.figure import Figure, Level
from unstuck.core.words import count, number, share
from unstuck.figures.evidence.curve import curves, since_start, training_loss
from unstuck.figures.evidence.evidence_figure import EvidenceFigure, axis, same, value_of
from unstuck.figures.learning_curve import steps_axis

if TYPE_CHECKING:
    from unstuck.analysis.run.held_out import Beside
    from unstuck.analysis.run.training import Training
    from unstuck.core.finding import Finding

HELD_OUT = 4
"""group of colours"""


def gap(finding: Finding, training: Training) -> EvidenceFigure | None:
    """CRV104: how far the held-out loss lies above the training loss."""
    wanted, held_out = value_of(finding, "gap"), value_of(finding, "held_out_loss")
    for one in beside(training):
        found = gap_of(one)
        if found is None or not same(found.held_out - found.own, wanted):
            continue
        levels = (
            Level(y=found.own, label=f"training {number(found.own)}"),
            Level(y=found.held_out, label=f"held-out {number(held_out)}"),
        )
        return EvidenceFigure(
            figure=_figure(training, one, "A gap remains", levels),
            sentence=f"In the last third of the passes the held-out loss is {number(held_out)}, the training loss of "
            f"the same steps {number(found.own)}.",
            decided=(("held_out_loss", found.held_out), ("gap", found.held_out - found.own)),
        )
    return None


def jumping(finding: Finding, training: Training) -> EvidenceFigure | None:
    """CRV105: the held-out loss that jumps so much."""
    jump = value_of(finding, "jump")
    for one in beside(training):
        late = slice(len(one.x) // 3, None)
        level = float(np.mean(one.y[late]))
        mine = jumps(one.y[late]) / level if level > 0 else math.nan
        if same(mine, jump):
            return EvidenceFigure(
                figure=_figure(training, one, "The held-out loss jumps", (Level(y=level, label="its mean"),)),
                sentence=f"The loss of {count(one.rows, 'held-out example')} jumps by {share(mine)} of its mean "
                f"{number(level)} from pass to pass.",
                decided=(("jump", mine), ("rows", float(one.rows))),
            )  # fmt: skip
    return None


def below(finding: Finding, training: Training) -> EvidenceFigure | None:
    """CRV106: the held-out loss that lies below the training loss of the same steps."""
    held_out = value_of(finding, "held_out_loss")
    for one in beside(training):
        late = slice(len(one.x) // 2 - 1, None)
        x, y = one.x[late], one.y[late][1:-1]
        if len(x) < 3:
            continue
        own = around(one.curve, x)
        known = np.isfinite(own)
        level, mine = float(np.median(own[known])), float(np.median(y[known]))
        if same(mine, held_out):
            levels = (
                Level(y=level, label=f"training {number(level)}"), Level(y=mine, label=f"held-out {number(mine)}"),
            )  # fmt: skip
            return EvidenceFigure(
                figure=_figure(training, one, "The held-out loss is below the training loss", levels),
                sentence=f"In the last half of the passes the held-out loss is {number(mine)}, the training loss of "
                f"the same steps {number(level)}.",
                decided=(("held_out_loss", mine), ("training_loss", level)),
            )
    return None


def _figure(training: Training, one: Beside, title: str, levels: tuple[Level, ...]) -> Figure:
    drawn = (
        *training_loss(training),
        *curves(since_start(training, one.x), one.y, "held-out loss", HELD_OUT, marked=True),
    )
    values = [y for curve in drawn for y in curve.y] + [level.y for level in levels]
    return Figure(
        title=title, description=f"{count(len(one.x), 'pass', 'passes')} over held-out data.", x=steps_axis(training),
        y=axis("loss", values, wide=1e12), curves=drawn, levels=levels,
    )  # fmt: skip
