"""ARC101, ARC102: the share of a layer's units that are dead, of its outputs that are saturated, over the training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from unstuck.analysis.run.training import by_step
from unstuck.core.figure import Axis, Curve, Figure, Level, Moment
from unstuck.core.words import number, share
from unstuck.figures.evidence.calls import looks_axis, positions
from unstuck.figures.evidence.evidence_figure import EvidenceFigure, find, limit_of, numbers, same

if TYPE_CHECKING:
    from unstuck.analysis.run.training import Track, Training
    from unstuck.core.finding import Finding
    from unstuck.figures.evidence.evidence_figure import Array

MOST_OTHERS = 12
"""other layers that are drawn faintly beside it"""


def dead(finding: Finding, training: Training) -> EvidenceFigure | None:
    """ARC101: units above zero on no example."""
    limit = limit_of(finding, "dead units")
    for track in _tracks(finding, training, ("relu", "threshold")):
        steps, silent = _share_of(track, "silent")
        if limit is None or not len(steps):
            continue
        when, gone = _share_of(track, "dead")
        last = float(gone[-1]) if len(when) else float(silent[-3:].min())
        others = [_share_of(one, "silent") for one in training.tracked("activation") if one is not track]
        units = number(float(np.nanmax(track["units"])))
        name = "units never above zero"
        found = EvidenceFigure(
            figure=_figure(finding, training, (steps, silent), others, limit, last, "Silent units", name),
            sentence=f"{share(last)} of the {units} units are above zero on no example at the end; "
            f"{share(float(silent[0]))} were so at the first sampled step.",
            decided=(("dead units", last), ("silent units at the first sampled step", float(silent[0]))),
        )
        if found.agrees(finding):
            return found
    return None


def saturated(finding: Finding, training: Training) -> EvidenceFigure | None:
    """ARC102: outputs within 1 % of an end."""
    item = find(finding, "outputs within 1 % of an end, median")
    for track in _tracks(finding, training, ("tanh", "sigmoid")):
        steps, values = by_step(track, "saturated")
        if item is None or item.threshold is None or len(steps) < 3:
            continue
        late = float(np.median(values[-max(3, len(steps) // 3) :]))
        if not same(late, item.value):
            continue
        others = [by_step(one, "saturated") for one in training.tracked("activation") if one is not track]
        return EvidenceFigure(
            figure=_figure(
                finding,
                training,
                (steps, values),
                others,
                item.threshold,
                late,
                "Outputs at an end",
                "outputs within 1 % of an end",
            ),
            sentence=f"{share(late)} of the outputs stand at the ends of their range in the last third of the "
            f"training; "
            f"{share(item.threshold)} is too much.",
            decided=(
                ("outputs within 1 % of an end, median", late),
                ("outputs within 1 % of an end, first", float(values[0])),
            ),
        )
    return None


def _tracks(finding: Finding, training: Training, kinds: tuple[str, ...]) -> list[Track]:
    """The activations of the finding's layer."""
    layer = finding.place.layer
    return [
        track
        for track in training.tracked("activation")
        if track.place.get("op") in kinds and track.place.get("layer") == layer
    ]


def _share_of(track: Track, column: str) -> tuple[Array, Array]:
    steps, values = by_step(track, column)
    return steps, values / float(np.nanmax(track["units"])) if len(steps) else values


def _figure(
    finding: Finding,
    training: Training,
    mine: tuple[Array, Array],
    others: list[tuple[Array, Array]],
    limit: float,
    value: float,
    title: str,
    label: str,
) -> Figure:
    steps, values = mine
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
            Level(y=limit, label=f"too many from {share(limit)}"),
            Level(y=value, label=f"{layer}: {share(value)}"),
        ),
    )
