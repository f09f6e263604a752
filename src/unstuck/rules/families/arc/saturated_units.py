"""ARC102: tanh and sigmoid units whose outputs stay at the limits of their range."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from unstuck.analysis.run.activations import matching, name_of, since
from unstuck.analysis.run.training import Track, by_step
from unstuck.analysis.run.view import TrainingView
from unstuck.core import words
from unstuck.core.diagnosis import Verdict
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.core.vocabulary import BOUNDED
from unstuck.rules.rule import Rule, TooLittle, threshold

LEARNS = (Verdict.LEARNED, Verdict.LEARNING)
MOST_LAYERS = 3
"""layers that are reported"""
MIN_SAMPLED = 3
"""sampled steps whose median counts as the end"""


@dataclass(frozen=True)
class SaturatedUnits(Rule[TrainingView]):
    """Hidden tanh or sigmoid units are saturated: their outputs are near the limits, where the slope is small.

    ## What it measures

    For each hidden tanh or sigmoid: the share of its outputs within 1 % of a limit of the range, at the sampled steps.

    ## Why it hurts

    There the slope is below 4 % of its largest value. Each saturated layer shrinks the gradient by this factor, the
    layers before it hardly change, and the layer after it gets little more than signs.

    ## How it decides

    Most outputs are saturated from early in the training, or at its end while the network has not learned: a small
    network that has learned its task may end with saturated units. The output layer is not judged, because a
    confident classifier saturates correctly, nor is the narrow code of an autoencoder that has learned. Gates are not
    judged either: their values multiply others and should be near 0 or 1.

    ## Example

    ```python
    h = torch.tanh(self.hidden(x))   # x of 0 … 255, or weights drawn ten times too wide
    ```

    ## Remedies

    Standardise the inputs, initialise the weights with Glorot's scheme, or lower the learning rate.

    ## Known limits

    The units inside LSTM and GRU modules are not recorded. Binary codes that are no
    narrower than their neighbours look the same.

    ## References

    Glorot, Bengio, *Understanding the difficulty of training deep feedforward neural networks*, 2010.
    """

    code: ClassVar[str] = "ARC102"
    name: ClassVar[str] = "saturated-units"
    severity: ClassVar[Severity] = Severity.WARNING
    explained_by: ClassVar[tuple[str, ...]] = ("SCL101", "INI102", "INI104", "OPT102")
    needs: ClassVar[tuple[str, ...]] = ("activation",)
    figures: ClassVar[tuple[str, ...]] = ("units.saturated",)
    common_in_searches: ClassVar[bool] = True

    share: float = threshold(
        0.7, unit="share of outputs", source="inputs of 0 to 10 into tanh start at 0.6; healthy networks end below 0.4"
    )
    early: float = threshold(
        0.1, unit="share of the training", source="units saturated so early are not a result of learning"
    )
    learned: float = threshold(
        0.7, unit="share of the baseline loss removed", source="a network that removed so much learns"
    )

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """Every hidden layer that is saturated; the worst first, at most three."""
        hidden = []
        for track in view.training.tracked("activation"):
            if track.place.op not in BOUNDED:
                continue
            places = matching(view.training, track)
            if all(place.hidden and not place.gate for place in places) and (places or not view.training.graphs):
                hidden.append(track)
        if hidden and all(len(by_step(track, "saturated")[0]) < MIN_SAMPLED for track in hidden):
            raise TooLittle(f"outputs of a hidden tanh or sigmoid: {MIN_SAMPLED} sampled steps")
        saturated = [(late, finding) for track in hidden for late, finding in self._judge(view, track)]
        yield from (finding for _, finding in sorted(saturated, key=lambda pair: -pair[0])[:MOST_LAYERS])

    def _judge(self, view: TrainingView, track: Track) -> Iterator[tuple[float, Finding]]:
        steps, saturated = by_step(track, "saturated")
        if len(steps) < MIN_SAMPLED:
            return
        late = float(np.median(saturated[-max(MIN_SAMPLED, len(steps) // 3) :]))
        over = saturated >= self.share
        if late < self.share or not over[-1]:
            return
        first = since(steps, over)
        end = max((int(series.index[-1]) for series in view.training.losses), default=0)
        explained = view.status.explained
        learned = explained > self.learned if explained is not None else view.status.verdict in LEARNS
        activations = matching(view.training, track)
        code = bool(activations) and all(activation.bottleneck for activation in activations)
        if learned and (code or first > self.early * end):
            return
        layer = track.place.layer
        at = next(iter(matching(view.training, track)), None)
        yield late, self.finding(
            f"{words.share(late)} of the {track.place.op} outputs of {name_of(track)} are saturated since step {first}",
            view=view, place=view.module_place(layer), first_step=first,
            used_at=Place(layer=layer, file=at.file, line=at.line) if at is not None and at.file else None,
            evidence=(
                Evidence(
                    key="saturated_share", label="saturated outputs, median of the last third", value=late,
                    threshold=self.share, unit="share",
                ),
                Evidence(
                    key="saturated_share_at_start", label="saturated outputs at the first sampled step",
                    value=float(saturated[0]), unit="share",
                ),
            ),
            remedies=(_REMEDY,),
        )


_REMEDY = Remedy(
    name="smaller-inputs-and-weights",
    text="Standardise the inputs and initialise the weights with Glorot's scheme, so that units start unsaturated.",
    applicability=Applicability.TRIAL,
    code="nn.init.xavier_uniform_(layer.weight, gain=nn.init.calculate_gain('tanh'))",
)
