"""ARC101: rectified units that output zero for every example."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from unstuck.analysis.run.activations import matching, name_of, since
from unstuck.analysis.run.training import Track, by_step
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.core.vocabulary import RECTIFIERS
from unstuck.rules.rule import Rule, TooLittle, threshold

MOST_LAYERS = 3
"""layers that are reported"""
MIN_SAMPLED = 3
"""sampled steps that show silent units, where dead ones are not known yet"""


@dataclass(frozen=True)
class DeadUnits(Rule[TrainingView]):
    """Many units of a ReLU output zero for every example: they get no gradient, and they do not recover.

    ## What it measures

    For each hidden ReLU layer: how many of its units output zero for every example of the last eight sampled batches.
    While there are fewer than eight, for every example of a single batch.

    ## Why it hurts

    A ReLU that outputs zero passes no gradient. The weights before it do not change, and the layer is only as wide as
    its remaining units. If all units are dead, the network predicts a constant.

    ## How it decides

    A new layer has some silent units: up to half of them for inputs of one sign. A trained layer has some too, because
    units specialise. The rule fires where more than 60 % are silent on hundreds of examples until the end of the
    training. Layers with fewer than eight units are reported only if all are dead. The last layer is not judged (see
    ARC113), and neither is a layer that works for another input within the same step.

    ## Example

    ```python
    nn.init.constant_(layer.bias, -10.0)   # or one step with a learning rate that is far too high
    ```

    ## Remedies

    Remove the cause (learning rate, scale of inputs, initialisation), or use a leaky ReLU.

    ## Known limits

    Units that are active only for rare examples may be called dead where few examples were sampled. Experts and
    sparse codes, which are silent by design, look the same. Only sampled steps are recorded.

    ## References

    Lu, Shin, Su, Karniadakis, *Dying ReLU and initialization*, 2019. Glorot, Bordes, Bengio, *Deep sparse rectifier
    neural networks*, 2011.
    """

    code: ClassVar[str] = "ARC101"
    name: ClassVar[str] = "dead-units"
    severity: ClassVar[Severity] = Severity.WARNING
    explained_by: ClassVar[tuple[str, ...]] = ("OPT102", "INI104", "SCL101", "LOS113")
    needs: ClassVar[tuple[str, ...]] = ("activation",)
    figures: ClassVar[tuple[str, ...]] = ("units.dead",)
    common_in_searches: ClassVar[bool] = True

    share: float = threshold(
        0.6, unit="share of a layer's units", source="for inputs of one sign, up to half of a new layer is silent"
    )
    units: float = threshold(8, unit="units", source="half of a smaller layer is only a few units")
    examples: float = threshold(
        128, unit="examples and positions", source="a unit active on 1 in 20 is silent on all of them once in 700"
    )

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """Every hidden layer that has died; the worst first, at most three."""
        hidden = [
            track for track in view.training.tracked("activation")
            if track.place.op in RECTIFIERS and all(activation.hidden for activation in matching(view.training, track))
        ]  # fmt: skip
        if not hidden:
            return
        known = [track for track in hidden if self._can_be_judged(track)]
        if not known:
            raise TooLittle(f"outputs of a hidden ReLU: {self.examples:.0f} examples, {MIN_SAMPLED} sampled steps")
        dead = [(share, finding) for track in known for share, finding in self._judge(view, track)]
        yield from (finding for _, finding in sorted(dead, key=lambda pair: -pair[0])[:MOST_LAYERS])

    def _can_be_judged(self, track: Track) -> bool:
        sampled = len(by_step(track, "silent")[0])
        enough = len(by_step(track, "dead")[0]) > 0 or sampled >= MIN_SAMPLED
        return sampled > 0 and enough and _num_examples(track) >= self.examples

    def _judge(self, view: TrainingView, track: Track) -> Iterator[tuple[float, Finding]]:
        dead = by_step(track, "dead")[1]
        steps, silent = by_step(track, "silent")
        units = float(np.nanmax(track["units"]))
        number = float(dead[-1]) if len(dead) else float(silent[-MIN_SAMPLED:].min())
        share = number / units
        if share < self.share or (units < self.units and share < 1):
            return
        first = since(steps, silent >= self.share * units)
        layer = track.place.layer
        at = next(iter(matching(view.training, track)), None)
        who = f"all {units:.0f} units" if number == units else f"{number:.0f} of {units:.0f} units"
        yield share, self.finding(
            f"{who} of {name_of(track)} output zero for every example since step {first}",
            view=view, place=view.module_place(layer), first_step=first,
            used_at=Place(layer=layer, file=at.file, line=at.line) if at is not None and at.file else None,
            evidence=(
                Evidence(
                    key="dead_share", label="dead units", value=share, threshold=self.share,
                    unit=f"share of {units:.0f}",
                ),
                Evidence(
                    key="silent_share_at_start", label="silent units at the first sampled step",
                    value=float(silent[0]) / units, unit=f"share of {units:.0f}",
                ),
                Evidence(
                    key="num_examples", label="examples and positions recorded", value=_num_examples(track),
                    threshold=self.examples,
                ),
            ),
            remedies=(_REMEDY,),
        )


def _num_examples(track: Track) -> float:
    """Examples (and positions of each) that a layer's outputs were recorded for."""
    return float(np.nansum(track["count"] / track["units"]))


_REMEDY = Remedy(
    name="leaky-relu",
    text="Lower the learning rate, or set the biases to zero. A leaky ReLU lets dead units recover.",
    applicability=Applicability.TRIAL,
    code="nn.LeakyReLU(0.01)",
)
