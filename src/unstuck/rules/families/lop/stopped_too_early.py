"""LOP111: the run ended while the loss was still falling."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from unstuck.analysis.run.curves import curve_of, evaluations, line, over_epochs, same_kind
from unstuck.analysis.run.updates import rates
from unstuck.analysis.run.view import TrainingView
from unstuck.core.diagnosis import Verdict
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.rules.rule import Rule, threshold

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class StoppedTooEarly(Rule[TrainingView]):
    """Still improving at the last step, by an amount that matters.

    ## What it measures

    The held-out loss where there is one (five evaluations or more), else the training loss: its fall in the last
    third of the run, its fall in the third before, and what the two promise if the run were twice as long.

    ## Why it hurts

    The result is that of the clock, not of the network: comparisons between such runs compare their beginnings.

    ## How it decides

    The fall in the last third is beyond noise. Each further third is taken to gain less by the factor by which
    the last gained less than the one before; three such thirds together must promise 10 % of the present loss,
    and 5 % of the constant answer's (or of the first loss). A rate that a schedule has brought down to a
    twentieth ended the run by design, and the rule is silent; so it is where the held-out loss is level,
    and while the program still runs.

    ## Example

    ```python
    for epoch in range(2):   # the held-out loss falls from 1.9 to 1.3 in the second
    ```

    ## Remedies

    Train on until the held-out loss is level, with early stopping to end it.

    ## Known limits

    A law of diminishing returns is fitted to two thirds of one run: a plateau before a second fall is not foreseen.

    ## References

    Prechelt: Early stopping, but when? (1998); 40 of 233 real silent faults are too few epochs (peers, docs/log.md).
    """

    code: ClassVar[str] = "LOP111"
    name: ClassVar[str] = "stopped-too-early"
    severity: ClassVar[Severity] = Severity.WARNING
    explained_by: ClassVar[tuple[str, ...]] = ("OPT101", "OPT106", "OPT108")
    needs: ClassVar[tuple[str, ...]] = ("loss",)
    figures: ClassVar[tuple[str, ...]] = ("turn.still_falling",)
    common_in_searches: ClassVar[bool] = True

    evaluations: int = threshold(5, unit="evaluations", source="fewer give no line")
    steps: int = threshold(10, unit="steps", source="fewer give no line")
    sigmas: float = threshold(4.0, unit="standard errors", source="docs/log.md")
    promise: float = threshold(0.1, unit="share of the present loss", source="docs/log.md")
    matters: float = threshold(0.05, unit="share of the constant answer's loss", source="docs/log.md")
    ended: float = threshold(0.05, unit="last rate / highest rate", source="a schedule that came to its end")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """Held-out first; the training loss where nothing was held out."""
        s = view.status
        loss = view.training.loss
        if view.record.running or loss is None or not s.objective or s.verdict in (Verdict.STUCK, Verdict.DIVERGED):
            return
        used = rates(view.training)
        if len(used) and float(np.mean(used[-3:])) < self.ended * float(used.max()):
            return
        held = [
            one for one in evaluations(view.training)
            if len(one.x) >= self.evaluations and not one.trained_on and same_kind(one.function, loss.function)
        ]  # fmt: skip
        smooth = over_epochs(view.training, curve_of(view.training, loss))
        promised = self._promise(*smooth, s.reference, least=self.evaluations)
        if len(loss.value) < self.steps:
            return
        for one in held:
            promised = self._promise(one.x, one.y, s.reference, least=self.evaluations) if promised else None
        if promised is None:
            return
        gain, fall, now, error = promised
        what = "held-out loss" if held else "training loss"
        yield self.finding(
            f"the {what} was still falling at step {s.steps}: by {fall:.3g} in the last third, to {now:.4g}; "
            f"as many steps again promise {gain:.3g} more",
            view=view, place=view.loss_place(), first_step=s.steps - 1,
            evidence=(
                Evidence(label=f"{what}: gain promised by as many steps again", value=gain,
                         threshold=max(self.promise * now, self.matters * abs(s.reference))),
                Evidence(label=f"{what}: fall in the last third", value=fall, threshold=self.sigmas * error),
                Evidence(label=f"{what} at the end", value=now),
            ),
            remedies=(_REMEDY,),
        )  # fmt: skip

    def _promise(
        self, x: Array, y: Array, reference: float, *, least: int
    ) -> tuple[float, float, float, float] | None:
        """Promised gain, fall in the last third, value at the end, error of the fall; None where it does not matter."""
        kept = np.isfinite(y)
        x, y = x[kept], y[kept]
        if len(y) < least:
            return None
        third = max(4, round(len(y) / 3))
        late = line(x[-third:], y[-third:])
        before = line(x[-2 * third : -third], y[-2 * third : -third])
        fall = -late.change
        now = late.middle - fall / 2
        error = max(late.error, 1e-12)
        if not math.isfinite(fall) or fall < self.sigmas * error or now <= 0:
            return None
        slower = 1.0 if not math.isfinite(before.change) or before.change >= 0 else min(1.0, fall / -before.change)
        gain = min(fall * (slower + slower**2 + slower**3), now)
        if gain < max(self.promise * now, self.matters * abs(reference)):
            return None
        return gain, fall, now, error


_REMEDY = Remedy(
    name="train-longer",
    text="Train on until the held-out loss has been level for a while, and keep the best state.",
    applicability=Applicability.TRIAL,
    code="if held_out < best: best, state, waited = held_out, copy.deepcopy(model.state_dict()), 0",
)
