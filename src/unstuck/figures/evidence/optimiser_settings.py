"""OPT106–108, OPT111, ARC111, ARC112: what a setting of the optimiser or of a layer does here."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from unstuck.analysis.run.clipping import clip_sites
from unstuck.analysis.run.rate_history import rate_histories
from unstuck.analysis.run.weight_decay import decay_of
from unstuck.core.figure import Bar, Bars, Curve, Figure, Level
from unstuck.core.words import number, share
from unstuck.figures.by_layer import norms
from unstuck.figures.evidence.calls import looks_axis, positions
from unstuck.figures.evidence.evidence_figure import EvidenceFigure, axis, numbers, value_of
from unstuck.figures.learning_curve import span, steps_axis
from unstuck.figures.learning_rate import learning_rate
from unstuck.figures.reduce import extremes

if TYPE_CHECKING:
    from unstuck.analysis.run.training import Training
    from unstuck.core.finding import Finding


def rate(finding: Finding, training: Training) -> EvidenceFigure | None:
    """OPT106: the learning rate of every step."""
    figure = learning_rate(training)
    histories = [history for history in rate_histories(training) if history.place == finding.place]
    if figure is None or not histories:
        return None
    history = histories[0]
    keys = {
        "last_rate": float(history.rate[-1]) / history.peak,
        "reached_rate": history.peak / history.nominal if history.nominal > 0 else math.nan,
        "first_share": float(history.rate[0]) / history.nominal if history.nominal > 0 else math.nan,
        "first_rate": float(history.rate[0]),
    }
    decided = tuple((key, value) for key, value in keys.items() if finding.measured(key) is not None)
    said = {"last_rate": "the last rate / the highest", "reached_rate": "the highest / the rate written",
            "first_share": "the first rate / the rate written", "first_rate": "the first rate"}  # fmt: skip
    shares = "".join(f"; {said[key]} is {number(value)}" for key, value in decided)
    return EvidenceFigure(
        figure=figure,
        sentence=f"The learning rate is {number(float(history.rate[0]))} at the first step, at most "
        f"{number(history.peak)}, and {number(float(history.rate[-1]))} at the last of {len(history.rate)} "
        f"steps{shares}.",
        decided=decided,
    )


def clipped(finding: Finding, training: Training) -> EvidenceFigure | None:
    """OPT108, OPT111: the gradient norm before clipping, and the threshold."""
    sites = [site for site in clip_sites(training) if site.place == finding.place]
    if not sites or not np.isfinite(sites[0].norm).any():
        return None
    site = sites[0]
    kept = np.isfinite(site.norm)
    x, y = extremes(site.x[kept] - span(training)[0], site.norm[kept])
    curve = Curve(name="norm before clipping", group=0, x=numbers(x), y=numbers(y))
    levels = [Level(y=site.threshold, label=f"threshold {number(site.threshold)}")]
    values = {
        "clipping_factor": float(np.median(site.over)) if len(site.over) else math.nan,
        "late_share": site.after_step, "scale": site.scale if site.scale is not None else math.nan,
        "clipped_norm": float(site.norm[kept].max()),
    }  # fmt: skip
    decided = tuple((key, value) for key, value in values.items() if finding.measured(key) is not None)
    told = {"clipping_factor": "the median norm / threshold", "late_share": "the share of calls after the step",
            "scale": "the norm left by clipping / the norm used", "clipped_norm": "the largest norm"}  # fmt: skip
    return EvidenceFigure(
        figure=Figure(
            title="Gradient norm before clipping",
            description=f"Threshold {number(site.threshold)}.",
            x=steps_axis(training),
            y=axis("gradient norm", [*y.tolist(), site.threshold]),
            curves=(curve,), levels=tuple(levels),
        ),
        sentence="Clipping is called " + f"{len(site.x)} times; "
        + "; ".join(f"{told[key]} is {number(value)}" for key, value in decided) + ".",
        decided=decided,
    )  # fmt: skip


def weights(finding: Finding, training: Training) -> EvidenceFigure | None:
    """OPT107: the norms of the weights over the run, each divided by its first."""
    decay, by_layer = decay_of(training), norms(training, "weight")
    if decay is None or not by_layer or finding.measured("norm_left") is None:
        return None
    steps = max((at for at, _ in by_layer.values()), key=len)
    curves = [norm / norm[0] for at, norm in by_layer.values() if np.array_equal(at, steps) and norm[0] > 0]
    if not curves:
        return None
    middle = np.median(curves, axis=0)
    curve = Curve(name="median over the layers", group=0, x=numbers(positions(training, steps)), y=numbers(middle),
                  dots=True, marked=True)  # fmt: skip
    return EvidenceFigure(
        figure=Figure(
            title="Norm of the weights",
            description=f"With a weight decay of {number(decay.decay)}.",
            x=looks_axis(training),
            y=axis("norm / first norm", [*middle.tolist(), 1.0]),
            curves=(curve,),
            levels=(Level(y=decay.shrunk, label=f"left of the matrices: {share(decay.shrunk)}"),),
        ),
        sentence=f"With a weight decay of {number(decay.decay)}, {share(decay.shrunk)} of the norm of a weight matrix "
        "is left.",
        decided=(("weight_decay", decay.decay), ("norm_left", decay.shrunk)),
    )


def dropped(finding: Finding, _: Training) -> EvidenceFigure | None:
    """ARC112: the share of the values that the strongest dropout sets to zero."""
    p = value_of(finding, "dropout")
    if math.isnan(p):
        return None
    bars = (
        Bar(name="set to zero", value=p, marked=True, note=share(p)),
        Bar(name="kept", value=1 - p, note=share(1 - p)),
    )
    return EvidenceFigure(
        figure=Bars(
            title="What dropout leaves", description=f"{share(p)} are set to zero.",
            x=axis("share of the values", [0.0, 1.0]), bars=bars,
        ),
        sentence=f"At every step {share(p)} of the values are set to zero.",
        decided=(("dropout", p),),
    )  # fmt: skip


def normalised(finding: Finding, _: Training) -> EvidenceFigure | None:
    """ARC111: the values for each channel, or the outputs that are normalised."""
    key = "values_per_channel" if finding.measured("values_per_channel") is not None else "normalised_outputs"
    value = value_of(finding, key)
    if math.isnan(value):
        return None
    what = "values for each channel" if key == "values_per_channel" else "outputs that are normalised"
    return EvidenceFigure(
        figure=Bars(
            title=what[:1].upper() + what[1:], description=f"{number(value)}.", x=axis(what, [0.0, value]),
            bars=(Bar(name=what, value=value, marked=True, note=number(value)),),
        ),
        sentence=f"There are {number(value)} {what}.",
        decided=((key, value),),
    )  # fmt: skip
