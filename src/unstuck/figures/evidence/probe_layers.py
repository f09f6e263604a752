"""What probes saw layer by layer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from unstuck.analysis.probe.depth import factor_of, hidden_layers, plain_layers
from unstuck.core.figure import Axis, Bar, Bars, Curve, Figure, Level
from unstuck.core.outcome import TooLittle
from unstuck.core.words import number
from unstuck.figures.evidence.evidence_figure import EvidenceFigure, axis
from unstuck.record.events.probe.network import CureTrial, DepthCures, Signals

if TYPE_CHECKING:
    from unstuck.analysis.probe.view import ProbeView
    from unstuck.core.finding import Finding

MOST_BARS = 24
SMALLEST = 1e-30
"""what a logarithmic axis shows in place of zero"""


def activations(_finding: Finding | None, view: ProbeView) -> EvidenceFigure | None:
    """How much the output of each hidden layer differs between examples, as it is and initialised to suit."""
    event = view.one(Signals)
    hidden = [] if event is None else hidden_layers(event)
    if event is None or len(hidden) < 2:
        return None
    own = [layer.example_spread or 0.0 for layer in hidden]
    repaired = [layer.example_spread or 0.0 for layer in event.repaired if not layer.last and layer.weight_spread]
    figure = by_layer(
        "Spread over the examples, layer by layer", "spread over the examples",
        {"as it is": own, "initialised to suit the activations": repaired},
    )  # fmt: skip
    return EvidenceFigure(
        figure=figure, sentence="Where a line ends far below its beginning, the last layers see no difference."
    )


def gradients(_finding: Finding | None, view: ProbeView) -> EvidenceFigure | None:
    """Norm of the gradient of each layer's weights, as it is and initialised to suit."""
    event = view.one(Signals)
    if event is None or len(event.layers) < 2:
        return None
    own = [layer.weight_gradient or 0.0 for layer in event.layers]
    repaired = [layer.weight_gradient or 0.0 for layer in event.repaired]
    figure = by_layer(
        "Gradient norm of the weights, layer by layer", "gradient norm",
        {"as it is": own, "initialised to suit the activations": repaired},
    )  # fmt: skip
    return EvidenceFigure(figure=figure, sentence="The first layer is on the left.")


def initialisation(_finding: Finding | None, view: ProbeView) -> EvidenceFigure | None:
    """Spread of the weights of each layer over the spread that suits its activation."""
    try:
        layers = [layer for layer in plain_layers(view) if layer.weight_spread]
    except TooLittle:
        return None
    if not layers:
        return None
    bars = tuple(
        Bar(name=layer.name or layer.class_name, value=factor_of(layer), note=f"{number(factor_of(layer))} ×")
        for layer in layers[:MOST_BARS]
    )
    high = max(1.2, *(bar.value for bar in bars))
    figure = Bars(
        title="Weights against the initialisation that suits", bars=bars, levels=(Level(y=1.0, label="suits"),),
        description="Standard deviation of the weights over that of He (ReLU), Glorot (tanh, sigmoid), LeCun (SELU).",
        x=Axis(label="spread of the weights / fitting spread", low=0.0, high=high),
    )  # fmt: skip
    return EvidenceFigure(figure=figure, sentence=figure.description)


def cures(_finding: Finding | None, view: ProbeView) -> EvidenceFigure | None:
    """Loss of each short training with a cure."""
    event = view.one(DepthCures)
    if event is None:
        return None
    curves = tuple(
        Curve(
            name=trial.name, group=at, x=tuple(map(float, range(len(trial.losses)))), y=smooth(trial.losses),
            marked=trial.name == "as it is",
        )
        for at, trial in enumerate(event.trials) if trial.losses
    )  # fmt: skip
    values = [value for curve in curves for value in curve.y if math.isfinite(value)]
    baseline = event.baseline_loss
    figure = Figure(
        title="Cures of depth", description="Short trainings of the network as it is and with each cure.",
        x=Axis(label="step", low=0.0, high=float(event.steps), whole=True),
        y=axis("loss", [*values, *([baseline] if baseline is not None else [])]), curves=curves,
        levels=() if baseline is None else (Level(y=baseline, label="constant baseline"),),
    )  # fmt: skip
    return EvidenceFigure(figure=figure, sentence="The lowest line at the end is the best cure here.")


def cure_figures(view: ProbeView) -> list[Figure]:
    """Layer by layer: gradients at the start; inactive units, dominating units and changes at the end."""
    event = view.one(DepthCures)
    if event is None:
        return []
    shown = (
        ("Gradient norm at the start, layer by layer", "gradient norm", lambda one: one.gradients),
        ("Inactive units at the end, layer by layer", "share of inactive units", lambda one: one.inactives),
        ("Dominating units at the end, layer by layer", "largest unit / equal share", lambda one: one.dominating),
        ("Change of the weights, layer by layer", "change / weight norm", lambda one: one.changes),
    )
    return [by_layer(title, label, _of_each(event.trials, pick)) for title, label, pick in shown]


def _of_each(trials: Sequence[CureTrial], pick: object) -> dict[str, Sequence[float]]:
    assert callable(pick)
    return {trial.name: pick(trial) for trial in trials}


def by_layer(title: str, label: str, lines: dict[str, Sequence[float]]) -> Figure:
    """One line for each way, one point for each layer."""
    logarithmic = "share" not in label
    curves = tuple(
        Curve(
            name=name, group=at, x=tuple(float(n + 1) for n in range(len(values))), dots=len(values) <= MOST_BARS,
            y=tuple(max(value, SMALLEST) if logarithmic else value for value in values), marked=name == "as it is",
        )
        for at, (name, values) in enumerate(lines.items()) if len(values)
    )  # fmt: skip
    values = [value for curve in curves for value in curve.y if math.isfinite(value)]
    longest = max((len(curve.x) for curve in curves), default=1)
    return Figure(
        title=title, description=f"{label}, from the first layer to the last", curves=curves,
        x=Axis(label="layer", low=0.5, high=longest + 0.5, whole=True), y=axis(label, values),
    )  # fmt: skip


def smooth(losses: Sequence[float], keep: float = 0.8) -> tuple[float, ...]:
    """A running mean, for the eye."""
    out: list[float] = []
    for loss in losses:
        out.append(loss if not out else keep * out[-1] + (1 - keep) * loss)
    return tuple(out)
