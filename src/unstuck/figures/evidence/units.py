"""ARC101, ARC102: the share of a layer's units that are dead, or of its outputs that are saturated, over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from unstuck.analysis.run.training import by_step
from unstuck.core.figure import Axis, Curve, Figure, Level, Moment
from unstuck.core.vocabulary import BOUNDED, RECTIFIERS
from unstuck.core.words import number, share
from unstuck.figures.evidence.calls import looks_axis, positions
from unstuck.figures.evidence.evidence_figure import EvidenceFigure, limit_of, numbers, same

if TYPE_CHECKING:
    from collections.abc import Collection

    from unstuck.analysis.run.training import Track, Training
    from unstuck.core.finding import Finding
    from unstuck.figures.evidence.evidence_figure import Array

MOST_OTHERS = 12
"""other layers that are drawn faintly"""


def dead(finding: Finding, training: Training) -> EvidenceFigure | None:
    """ARC101: units that output zero for every example."""
    limit = limit_of(finding, "dead_share")
    for track in _tracks(finding, training, RECTIFIERS):
        steps, silent = _share_of(track, "silent")
        if limit is None or not len(steps):
            continue
        dead_units = _share_of(track, "dead")[1]
        last = float(dead_units[-1]) if len(dead_units) else float(silent[-3:].min())
        others = [_share_of(other, "silent") for other in training.tracked("activation") if other is not track]
        units = number(float(np.nanmax(track["units"])))
        label = "dead units"
        figure = EvidenceFigure(
            figure=_figure(finding, training, (steps, silent), others, limit, last, "Silent units", label),
            sentence=f"{share(last)} of the {units} units output zero for every example at the end, "
            f"{share(float(silent[0]))} at the first sampled step.",
            decided=(("dead_share", last), ("silent_share_at_start", float(silent[0]))),
        )
        if figure.agrees(finding):
            return figure
    return None


def saturated(finding: Finding, training: Training) -> EvidenceFigure | None:
    """ARC102: outputs within 1 % of a limit of their range."""
    evidence = finding.measured("saturated_share")
    for track in _tracks(finding, training, BOUNDED):
        steps, values = by_step(track, "saturated")
        if evidence is None or evidence.threshold is None or len(steps) < 3:
            continue
        late = float(np.median(values[-max(3, len(steps) // 3) :]))
        if not same(late, evidence.value):
            continue
        others = [by_step(other, "saturated") for other in training.tracked("activation") if other is not track]
        return EvidenceFigure(
            figure=_figure(
                finding,
                training,
                (steps, values),
                others,
                evidence.threshold,
                late,
                "Saturated outputs",
                "outputs within 1 % of a limit",
            ),
            sentence=f"{share(late)} of the outputs are saturated in the last third of the training. "
            f"{share(evidence.threshold)} or more is too much.",
            decided=(("saturated_share", late), ("saturated_share_at_start", float(values[0]))),
        )
    return None


def _tracks(finding: Finding, training: Training, operations: Collection[str]) -> list[Track]:
    """The activations of the finding's layer."""
    layer = finding.place.layer
    return [
        track
        for track in training.tracked("activation")
        if track.place.op in operations and track.place.layer == layer
    ]


def _share_of(track: Track, column: str) -> tuple[Array, Array]:
    steps, values = by_step(track, column)
    return steps, values / float(np.nanmax(track["units"])) if len(steps) else values


def _figure(
    finding: Finding,
    training: Training,
    judged: tuple[Array, Array],
    others: list[tuple[Array, Array]],
    limit: float,
    value: float,
    title: str,
    label: str,
) -> Figure:
    steps, values = judged
    layer = f"layer {finding.place.layer}" if finding.place.layer else "this layer"
    curves = [
        Curve(name="other layers", group=3, x=numbers(positions(training, at)), y=numbers(y), faint=True)
        for at, y in others[:MOST_OTHERS]
        if len(at)
    ]
    curves.append(
        Curve(name=layer, group=0, x=numbers(positions(training, steps)), y=numbers(values), dots=True, marked=True)
    )
    since = finding.first_step
    moments = (Moment(x=float(positions(training, [since])[0]), label=f"since step {number(since)}"),) if since else ()
    return Figure(
        title=f"{title} of {layer}",
        description=f"{share(value)}.",
        x=looks_axis(training),
        y=Axis(label=label, unit="share", low=0.0, high=1.12),
        curves=tuple(curves),
        moments=moments,
        levels=(
            Level(y=limit, label=f"too many: from {share(limit)}"),
            Level(y=value, label=f"{layer}: {share(value)}"),
        ),
    )
