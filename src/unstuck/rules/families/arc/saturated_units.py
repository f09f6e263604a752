"""ARC102: tanh and sigmoid units pinned at their ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from unstuck.analysis.run.activations import matching, since
from unstuck.analysis.run.training import Track, by_step
from unstuck.analysis.run.view import TrainingView
from unstuck.core import words
from unstuck.core.diagnosis import Verdict
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.rules.rule import Rule, threshold

LEARNS = (Verdict.LEARNED, Verdict.LEARNING)


@dataclass(frozen=True)
class SaturatedUnits(Rule[TrainingView]):
    """Hidden tanh or sigmoid units stand at the ends of their range, where their slope is next to nothing.

    ## What it measures

    For each hidden tanh or sigmoid, the share of its outputs within 1 % of the range of an end, at the sampled steps.

    ## Why it hurts

    There the slope is below 4 % of its largest value: the gradient that passes through shrinks by as much at each such
    layer, the layers below hardly move, and the layer above sees little more than signs.

    ## How it decides

    Most outputs at the ends, from early in the training on, or at its end without having learned: a small network that
    has learned its task may well end in signs. The output layer is left alone, for a sure classifier is
    right to saturate, and so are gates, whose values multiply others and are meant to be open or shut.

    ## Example

    ```python
    h = torch.tanh(self.hidden(x))   # x of 0 … 255, or weights drawn ten times too wide
    ```

    ## Remedies

    Scale the inputs; draw the weights with Glorot's spread; lower the learning rate.

    ## Known limits

    Inside LSTM and GRU modules nothing is seen. Codes that are meant to be binary look the same.

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
        0.7, unit="share of outputs", source="coordinates 0 … 10 into tanh begin with 0.6; healthy nets end below 0.4"
    )
    early: float = threshold(
        0.1, unit="share of the training", source="saturated so early, it was not learning that did it"
    )
    learned: float = threshold(
        0.7, unit="share of the trivial loss", source="a network that has taken away so much learns"
    )

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """Every hidden layer that is saturated; the worst first, at most three."""
        found = []
        for track in view.training.tracked("activation"):
            if track.place.get("op") not in ("tanh", "sigmoid"):
                continue
            places = matching(view, track)
            if all(one.hidden and not one.gate for one in places) and (places or not view.training.graphs):
                found += list(self._judge(view, track))
        yield from (finding for _, finding in sorted(found, key=lambda one: -one[0])[:3])

    def _judge(self, view: TrainingView, track: Track) -> Iterator[tuple[float, Finding]]:
        steps, saturated = by_step(track, "saturated")
        if len(steps) < 3:
            return
        late = float(np.median(saturated[-max(3, len(steps) // 3) :]))
        over = saturated >= self.share
        if late < self.share or not over[-1]:
            return
        first = since(steps, over)
        end = max((int(series.index[-1]) for series in view.training.losses), default=0)
        explained = view.status.explained
        learned = explained > self.learned if explained is not None else view.status.verdict in LEARNS
        if first > self.early * end and learned:
            return
        layer = track.place.get("layer")
        at = next(iter(matching(view, track)), None)
        name = f"`{layer}`" if layer else f"the activation `{track.place.get('name')}`"
        yield late, self.finding(
            f"{words.share(late)} of the {track.place['op']} outputs of {name} stand at the ends of their range since "
            f"step {first}",
            view=view, place=view.module_place(layer), first_step=first,
            used_at=Place(layer=layer, file=at.file, line=at.line) if at is not None and at.file else None,
            evidence=(
                Evidence(label="outputs within 1 % of an end, median of the last third", value=late,
                         threshold=self.share, unit="share"),
                Evidence(label="outputs within 1 % of an end, first sampled step", value=float(saturated[0]),
                         unit="share"),
            ),
            remedies=(_REMEDY,),
        )  # fmt: skip


_REMEDY = Remedy(
    name="smaller-inputs-and-weights",
    text="Standardise the inputs and draw the weights with Glorot's spread, so that units begin where they are steep.",
    applicability=Applicability.TRIAL,
    code="nn.init.xavier_uniform_(layer.weight, gain=nn.init.calculate_gain('tanh'))",
)
