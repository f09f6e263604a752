"""LOP111: the run ended while the loss was still falling."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from unstuck.analysis.run.curves import curve_of, evaluations, line, over_epochs, same_kind
from unstuck.analysis.run.updates import rates
from unstuck.analysis.run.view import TrainingView
from unstuck.core.diagnosis import Verdict
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.rules.needs_progress import needs_progress
from unstuck.rules.rule import Rule, TooLittle, threshold

Array = np.ndarray[Any, Any]


LATE = 0.26
"""of the highest rate: that of the last of three epochs along a half cosine; more epochs end lower"""


class Forecast(NamedTuple):
    """Where a falling loss should go."""

    gain: float
    """expected fall if the run were twice as long"""
    fall: float
    """in the last third"""
    end: float
    """the loss at the end"""
    error: float
    """standard error of the fall"""


@dataclass(frozen=True)
class StoppedTooEarly(Rule[TrainingView]):
    """The loss was still improving at the last step, by an amount that matters.

    ## What it measures

    The held-out loss where there is one (five evaluations or more), else the training loss: its fall in the last
    third of the run, its fall in the third before, and the further fall to expect if the run were twice as long.

    ## Why it hurts

    The result depends on when the run stopped, not on what the network can learn. Comparisons between such runs
    compare how fast they begin.

    ## How it decides

    The fall in the last third is beyond noise. Each further third is expected to gain less, by the factor by which
    the last third gained less than the one before. Three such thirds together must gain 10 % of the present loss and
    5 % of the baseline loss (or of the first loss). The rule does not fire where a schedule has lowered the learning
    rate to a twentieth, or would with its next step (the run ended by design), where the held-out loss is level, or
    while the program still runs. It is a warning where the fall in the last third is `much` of the baseline loss, else
    an information: most of it is learned.

    ## Example

    ```python
    for epoch in range(2):   # the held-out loss falls from 1.9 to 1.3 in the second epoch
    ```

    ## Remedies

    Train until the held-out loss is level, with early stopping to end the run.

    ## Known limits

    The forecast extends the last two thirds of one run. It does not foresee a plateau before a second fall.

    ## References

    Prechelt: Early stopping, but when? (1998); 40 of 233 real silent faults are too few epochs (peers, docs/log.md).
    """

    code: ClassVar[str] = "LOP111"
    name: ClassVar[str] = "stopped-too-early"
    severity: ClassVar[Severity] = Severity.WARNING
    explained_by: ClassVar[tuple[str, ...]] = ("OPT101", "OPT106", "OPT108")
    needs: ClassVar[tuple[str, ...]] = ("loss",)
    figures: ClassVar[tuple[str, ...]] = ("held_out_minimum.still_falling",)
    common_in_searches: ClassVar[bool] = True

    evaluations: int = threshold(5, unit="evaluations", source="fewer do not give a line")
    steps: int = threshold(10, unit="steps", source="fewer do not give a line")
    sigmas: float = threshold(4.0, unit="standard errors", source="docs/log.md")
    gain: float = threshold(0.1, unit="share of the present loss", source="docs/log.md")
    matters: float = threshold(0.05, unit="share of the baseline loss", source="docs/log.md")
    much: float = threshold(
        0.25, unit="share of the baseline loss", source="after few epochs: 0.27, 0.30; sound scripts: up to 0.23"
    )
    ended: float = threshold(0.05, unit="last rate / highest rate", source="a schedule that reached its end")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """The held-out loss first; the training loss where nothing was held out."""
        status = view.status
        loss = view.training.loss
        if view.record.running:
            raise TooLittle("the end of the run")
        needs_progress(view)
        if status.verdict in (Verdict.STUCK, Verdict.DIVERGED):
            return
        used = rates(view.training)
        if len(used) and min(float(np.mean(used[-3:])), next_rate(used)) < self.ended * float(used.max()):
            return
        if loss is None or len(loss.value) < self.steps:
            raise TooLittle(f"{self.steps} backward calls")
        held_out = [
            evaluation for evaluation in evaluations(view.training)
            if len(evaluation.x) >= self.evaluations and not evaluation.trained_on
            and same_kind(evaluation.function, loss.function)
        ]  # fmt: skip
        smooth = over_epochs(view.training, curve_of(view.training, loss))
        forecast = self._forecast(*smooth, status.reference, "the training loss")
        for evaluation in held_out:
            if forecast is not None:
                forecast = self._forecast(evaluation.x, evaluation.y, status.reference, "the held-out loss")
        if forecast is None:
            return
        what = "held-out loss" if held_out else "training loss"
        least = max(self.gain * forecast.end, self.matters * abs(status.reference))
        yield self.finding(
            f"the {what} was still falling at step {status.steps} (by {forecast.fall:.3g} in the last third, to "
            f"{forecast.end:.4g}): training twice as long should lower it by about {forecast.gain:.3g}",
            view=view, place=view.loss_place(), first_step=status.steps - 1,
            severity=Severity.WARNING if forecast.fall >= self.much * abs(status.reference) else Severity.INFO,
            evidence=(
                Evidence(
                    key="expected_gain", label=f"fall of the {what} to expect in a run twice as long",
                    value=forecast.gain, threshold=least,
                ),
                Evidence(
                    key="fall_in_last_third", label=f"fall of the {what} in the last third", value=forecast.fall,
                    threshold=self.sigmas * forecast.error,
                ),
                Evidence(key="loss_at_end", label=f"{what} at the end", value=forecast.end),
            ),
            remedies=(_REMEDY,),
        )

    def _forecast(self, x: Array, y: Array, reference: float, what: str) -> Forecast | None:
        """What the loss should gain in a run twice as long; None where it is level, or where the gain is too small."""
        kept = np.isfinite(y)
        x, y = x[kept], y[kept]
        if len(y) < self.evaluations:
            raise TooLittle(f"{self.evaluations} finite values of {what}")
        third = max(4, round(len(y) / 3))
        late = line(x[-third:], y[-third:])
        before = line(x[-2 * third : -third], y[-2 * third : -third])
        fall = -late.change
        end = late.middle - fall / 2
        error = max(late.error, 1e-12)
        if not math.isfinite(fall) or fall < self.sigmas * error or end <= 0:
            return None
        slower = 1.0 if not math.isfinite(before.change) or before.change >= 0 else min(1.0, fall / -before.change)
        gain = min(fall * (slower + slower**2 + slower**3), end)
        if gain < max(self.gain * end, self.matters * abs(reference)):
            return None
        return Forecast(gain, fall, end, error)


def next_rate(used: Array) -> float:
    """Where the schedule goes with its next step, where it moves epoch by epoch: a parabola through its last three.

    Infinite where there are fewer, where one of them lasted longer, and far from the end, which a parabola cannot see.
    """
    starts = np.flatnonzero(np.diff(used, prepend=np.nan) != 0)
    lengths, levels = np.diff(np.append(starts, len(used))), used[starts]
    if len(levels) < 3 or len(set(lengths[-3:].tolist())) > 1 or lengths[-1] < 2:
        return math.inf
    before, middle, last = (float(level) for level in levels[-3:])
    late = before > middle > last and last <= LATE * float(used.max())
    return 3 * last - 3 * middle + before if late else math.inf


_REMEDY = Remedy(
    name="train-longer",
    text="Train until the held-out loss has been level for some epochs, and keep the best state.",
    applicability=Applicability.TRIAL,
    code="if held_out < best: best, state, waited = held_out, copy.deepcopy(model.state_dict()), 0",
)
