"""CRV101: the training loss does not fall."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.status import BETTER_SHARE, SIGMAS, falls, is_loaded
from unstuck.analysis.run.view import TrainingView
from unstuck.core.diagnosis import Verdict
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.rules.needs_progress import needs_progress
from unstuck.rules.rule import ANY_CAUSE, Rule, TooLittle, threshold


@dataclass(frozen=True)
class FlatTrainingLoss(Rule[TrainingView]):
    """The training loss ends where it started.

    ## What it measures

    The main training loss at its end (the last tenth of the run, or the last epoch if that is longer) and at its
    start (the median of the first few values), each with its standard error.

    ## Why it hurts

    A loss that does not fall means that the network learns nothing. Common causes are wrong wiring, a learning rate
    that is far too low or too high, and inputs that do not belong to their labels. This is a symptom: more data or more
    epochs do not help.

    ## How it decides

    The rule fires if the end is not below the start by three standard errors and 2 %, if the loss did not rise far
    (CRV107), and if it was not low from the start: where the baseline loss is known, the network must not be better
    than the baseline. Losses that do not measure progress are not judged: adversarial losses, policy losses, and
    losses with targets that the network makes. A loss so noisy that a fall could hide in the noise is not judged.

    ## Example

    ```python
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-7)   # 2.303 at the start, 2.303 at the end
    ```

    ## Remedies

    Fix the causes that are reported with it first. If there are none, train on one batch of 16 examples. If that
    fails, the wiring is wrong. If it works, look at the learning rate or the data.

    ## Known limits

    A hand-written loss that starts at its lowest value (a network loaded from a file) is not judged.

    ## References

    Goodfellow, Bengio, Courville: Deep Learning, chapter 11.5 (debugging strategies: fit a tiny data set).
    """

    code: ClassVar[str] = "CRV101"
    name: ClassVar[str] = "flat-training-loss"
    severity: ClassVar[Severity] = Severity.ERROR
    explained_by: ClassVar[tuple[str, ...]] = (ANY_CAUSE,)
    needs: ClassVar[tuple[str, ...]] = ("loss",)
    figures: ClassVar[tuple[str, ...]] = ("losses.flat",)
    common_in_searches: ClassVar[bool] = True

    fall: float = threshold(BETTER_SHARE, unit="share of the first loss", source="docs/log.md")
    sigmas: float = threshold(SIGMAS, unit="standard errors", source="one false alarm in 700 runs of pure noise")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """By the training status: stuck, and not below its own start."""
        status = view.status
        needs_progress(view)
        if status.verdict is Verdict.TOO_SHORT:
            raise TooLittle("more steps, or a loss with less noise")
        if status.verdict is not Verdict.STUCK or falls(status):
            return
        if status.baseline is None and is_loaded(view.training):
            raise TooLittle("a known baseline loss, because weights were loaded")
        error = math.hypot(status.noise, status.first_noise)
        yield self.finding(
            f"the training loss is flat: {status.first:.4g} at the start, {status.last:.4g} after {status.steps} steps",
            view=view, place=view.loss_place(), first_step=0,
            evidence=(
                Evidence(key="loss_fall", label="fall of the loss", value=status.first - status.last,
                         threshold=max(self.sigmas * error, self.fall * abs(status.first))),
                Evidence(key="loss_at_start", label="loss at the start", value=status.first),
                Evidence(key="loss_at_end", label="loss at the end", value=status.last),
                Evidence(key="standard_error", label="standard error of the fall", value=error),
            ),
            remedies=(_REMEDY,),
        )  # fmt: skip


_REMEDY = Remedy(
    name="fit-one-batch",
    text="Train on one batch of 16 examples. A correct network brings its loss near zero.",
    applicability=Applicability.MANUAL,
    code="batch = next(iter(loader))   # then take 200 steps on this batch",
)
