"""ARC101: rectified units that no example wakes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from unstuck.analysis.run.activations import matching, since
from unstuck.analysis.run.training import Track, by_step
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class DeadUnits(Rule[TrainingView]):
    """Many units behind a ReLU give zero for every example: no gradient reaches them, and they never come back.

    ## What it measures

    For each rectified hidden layer, how many of its units were above zero on no example of any of the last eight
    sampled batches; while there were fewer, on no example of any one of them.

    ## Why it hurts

    A ReLU that is never above zero passes no gradient. The weights that feed it stand still, and the layer is as
    narrow as what is left of it; with all units dead the network gives one constant.

    ## How it decides

    A fresh layer keeps some units silent, up to half of them on inputs of one sign, and a trained one specialises;
    more than that silent on hundreds of
    examples, up to the end of the training, is neither. Layers of less than eight units are told only when all
    are dead. The last layer is left alone (see ARC113), and so is a layer that works when another input is shown
    to it within the same step.

    ## Example

    ```python
    nn.init.constant_(layer.bias, -10.0)   # or one step with a learning rate that is far too high
    ```

    ## Remedies

    Remove what killed them (learning rate, scale of inputs, initialisation); else a leaky rectifier.

    ## Known limits

    Units that fire on rare examples only may be called dead where few examples were sampled. Experts and sparse
    codes that are meant to be silent look the same. Between sampled steps nothing is seen.

    ## References

    Lu, Shin, Su, Karniadakis, *Dying ReLU and initialization*, 2019. Glorot, Bordes, Bengio, *Deep sparse rectifier
    neural networks*, 2011.
    """

    code: ClassVar[str] = "ARC101"
    name: ClassVar[str] = "dead-units"
    severity: ClassVar[Severity] = Severity.WARNING
    explained_by: ClassVar[tuple[str, ...]] = ("OPT102", "INI104", "SCL101")
    needs: ClassVar[tuple[str, ...]] = ("activation",)
    figures: ClassVar[tuple[str, ...]] = ("units.dead",)
    common_in_searches: ClassVar[bool] = True

    share: float = threshold(
        0.6, unit="share of a layer's units", source="inputs of one sign silence up to half of a fresh layer"
    )
    units: float = threshold(8, unit="units", source="half of fewer is a few units")
    examples: float = threshold(
        128, unit="examples and positions", source="a unit that fires on one in twenty is silent on them once in 700"
    )

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """Every hidden layer that has died; the worst first, at most three."""
        found = []
        for track in view.training.tracked("activation"):
            if track.place.get("op") in ("relu", "threshold") and all(one.hidden for one in matching(view, track)):
                found += list(self._judge(view, track))
        yield from (finding for _, finding in sorted(found, key=lambda one: -one[0])[:3])

    def _judge(self, view: TrainingView, track: Track) -> Iterator[tuple[float, Finding]]:
        steps, dead = by_step(track, "dead")
        when, silent = by_step(track, "silent")
        if not len(when):
            return
        units = float(np.nanmax(track["units"]))
        rows = float(np.nansum(track["count"] / track["units"]))
        if len(steps):
            number, over = float(dead[-1]), silent >= self.share * units
        else:
            number, over = float(silent[-3:].min()), silent >= self.share * units
            if len(when) < 3:
                return
        share = number / units
        if share < self.share or (units < self.units and share < 1) or rows < self.examples:
            return
        first = since(when, over)
        layer = track.place.get("layer")
        at = next(iter(matching(view, track)), None)
        yield share, self.finding(
            f"{number:.0f} of {units:.0f} units of {_name(track)} are above zero on no example since step {first}",
            view=view, place=view.module_place(layer), first_step=first,
            used_at=Place(layer=layer, file=at.file, line=at.line) if at is not None and at.file else None,
            evidence=(
                Evidence(label="dead units", value=share, threshold=self.share, unit=f"share of {units:.0f}"),
                Evidence(label="silent units at the first sampled step", value=float(silent[0]) / units,
                         unit=f"share of {units:.0f}"),
                Evidence(label="examples and positions looked at", value=rows, threshold=self.examples),
            ),
            remedies=(_REMEDY,),
        )  # fmt: skip


def _name(track: Track) -> str:
    layer = track.place.get("layer")
    return f"`{layer}`" if layer else f"the activation `{track.place.get('name')}`"


_REMEDY = Remedy(
    name="leaky-relu",
    text="Lower the learning rate or set the biases to zero; a leaky rectifier lets dead units come back.",
    applicability=Applicability.TRIAL,
    code="nn.LeakyReLU(0.01)",
)
