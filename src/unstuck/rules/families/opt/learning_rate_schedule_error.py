"""OPT106: a schedule that takes the learning rate away too early, never brings it, or runs at the wrong pace."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from unstuck.analysis.run.curves import epoch_length
from unstuck.analysis.run.rate_history import RateHistory, rate_histories
from unstuck.analysis.run.shortfall import Fall, fall_before, much_left
from unstuck.analysis.run.view import TrainingView
from unstuck.core import words
from unstuck.core.diagnosis import Ended, Verdict
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.rules.needs_progress import needs_progress
from unstuck.rules.rule import Rule, TooLittle, threshold

OWN_START = frozenset({"OneCycleLR", "CyclicLR"})
"""schedules that set the initial rate of the groups themselves"""


@dataclass(frozen=True)
class LearningRateScheduleError(Rule[TrainingView]):
    """The schedule does not do in this run what it was meant to do: the learning rate is almost nothing for too long.

    ## What it measures

    The learning rate of every step, the schedule that sets it with its settings, and how the loss fell while the rate
    was high and afterwards.

    ## Why it hurts

    At a hundredth of the rate the weights stay where they are: the remaining epochs are lost. The run looks finished,
    or like a network that cannot learn more. A schedule that is stepped at every batch instead of once per epoch runs
    through its whole course within the first epochs.

    ## How it decides

    One of these holds:

    - the rate is below 1 % of its highest value for the last 30 % of the steps or more, and when it went down the loss
      was still falling, or half of the loss was left;
    - the rate rises (or stays low) to the end and never reaches half of the rate that was written: the warm-up is
      longer than the run, or the schedule is never stepped. A warning where the loss was still falling or half of it
      is left, else info;
    - a cosine is stepped at every batch, with a period shorter than an epoch;
    - a schedule whose factor is above 1 has raised the rate threefold or more, and the loss diverged or is stuck;
    - the optimiser's state came from a checkpoint and the schedule begins at its first step again;
    - the first rate of the schedule was never used: `scheduler.step()` comes before `optimizer.step()` (info).

    Where the loss had levelled off before the rate went down, as with `ReduceLROnPlateau`, nothing is reported.

    ## Example

    ```python
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=10, gamma=0.1)
    for inputs, labels in loader:
        ...
        scheduler.step()   # at every batch: after 20 batches the rate is a hundredth
    ```

    ## Remedies

    Step a schedule that counts epochs once per epoch. Give a schedule that counts steps the number of steps of the
    whole run. Save and load the state of the scheduler together with that of the optimiser.

    ## Known limits

    Only the rate of the first parameter group is recorded at every step. Where neither a loader nor an evaluation
    marks the epochs, the rule does not say that the schedule is stepped too often, only that the rate is gone.

    ## References

    PyTorch documentation, `torch.optim`: "How to adjust learning rate"; Loshchilov and Hutter: SGDR (2017).
    """

    code: ClassVar[str] = "OPT106"
    name: ClassVar[str] = "learning-rate-schedule-error"
    severity: ClassVar[Severity] = Severity.WARNING
    needs: ClassVar[tuple[str, ...]] = ("loss", "optimizer")
    figures: ClassVar[tuple[str, ...]] = ("optimiser_settings.rate",)

    nothing: float = threshold(0.01, unit="rate / highest rate", source="two drops to a tenth, He et al. 2016")
    idle: float = threshold(0.3, unit="share of the steps", source="published step schedules spend at most 0.25")
    high: float = threshold(0.1, unit="rate / highest rate", source="one drop to a tenth")
    early: float = threshold(0.15, unit="share of the steps", source="before it, half of the rate counts as high")
    reached: float = threshold(0.5, unit="rate / rate written", source="a warm-up that ends in the run reaches 1")
    rises: float = threshold(3.0, unit="rate / first rate", source="below: noise of the rate itself")
    most: float = threshold(1e4, unit="rate / first rate", source="above: a learning-rate range test")
    cycles: float = threshold(2.0, unit="periods of a cosine", source="one descent is half of a period")
    steps: float = threshold(20, unit="steps", source="with fewer, the run is too short")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """Each optimiser's rates; the first thing that is wrong with them."""
        histories = [one for one in rate_histories(view.training) if len(one.rate) >= self.steps]
        if not histories:
            raise TooLittle(f"{self.steps:.0f} steps of an optimiser at a rate above 0")
        if view.record.running:
            raise TooLittle("the end of the run")
        found = [finding for one in histories for finding in self._of(view, one)]
        if not found and not any(len(one.changes) or one.schedules for one in histories):
            return
        if not found:
            needs_progress(view)
        yield from found

    def _of(self, view: TrainingView, history: RateHistory) -> Iterator[Finding]:
        judges = [self._begun_again, self._cycling, self._skipped]
        if view.status.objective:
            judges[1:1] = [self._gone, self._never_there, self._growing]
        for judge in judges:
            findings = tuple(judge(view, history))
            if findings:
                yield from findings
                return

    # ---- the rate goes away --------------------------------------------------------------------------

    def _gone(self, view: TrainingView, history: RateHistory) -> Iterator[Finding]:
        last, high = history.last_above(self.nothing), history.last_above(self.high)
        idle = 1.0 - (last + 1) / len(history.rate)
        if idle < self.idle or view.status.verdict is Verdict.DIVERGED or not len(history.changes):
            return
        falling = fall_before(view.training, float(history.x[high]))
        if falling is None and high + 1 < self.early * len(history.rate):
            falling = fall_before(view.training, float(history.x[history.last_above(0.5)]))
        if not falling and not much_left(view.training):
            return
        step, steps = int(history.x[last]), len(history.rate)
        how = " at every batch" if history.is_per_step else ""
        harm = (
            f"the loss was still falling (by {falling.fall:.3g} to {falling.end:.4g})"
            if falling else f"the loss ends at {view.status.last:.4g}"
        )  # fmt: skip
        yield self.finding(
            f"the learning rate is below {words.share(self.nothing)} of its highest value ({history.peak:.3g}) from "
            f"step {step} of {steps} on: {history.words} changes it{how}, and {harm}",
            view=view, place=history.place, used_at=view.loss_place(), first_step=step,
            evidence=(
                Evidence(key="idle_share", label="share of the steps at almost no rate", value=idle,
                         threshold=self.idle, unit="share"),
                Evidence(key="last_rate", label="last rate / highest rate",
                         value=float(history.rate[-1]) / history.peak, threshold=self.nothing),
                Evidence(key="loss_at_end", label="loss at the end", value=view.status.last),
            ),
            remedies=(_PER_EPOCH,) if history.is_per_step else (_SLOWER,),
        )  # fmt: skip

    # ---- the rate never comes ------------------------------------------------------------------------

    def _never_there(self, view: TrainingView, history: RateHistory) -> Iterator[Finding]:
        rate, steps = history.rate, len(history.rate)
        share = history.peak / history.nominal if history.nominal > 0 else 1.0
        rising = bool((np.diff(rate[steps // 2 :]) >= 0).all()) and rate[-1] >= history.peak * (1 - 1e-6)
        if share >= self.reached or not rising or (not len(history.changes) and not history.schedules):
            return
        if view.record.manifest.ended != Ended.FINISHED:
            return  # it was stopped before the warm-up was over
        falling = fall_before(view.training, math.inf)
        harm = falling is not None or much_left(view.training)
        why = "is longer than the run" if len(history.changes) else "is never stepped"
        yield self.finding(
            f"the warm-up {why}: {history.words} brings the learning rate to {history.peak:.3g} in {steps} steps, "
            f"{words.share(share)} of {history.nominal:.3g}" + _still(falling),
            view=view, place=history.place, used_at=view.loss_place(), first_step=0,
            severity=None if harm else Severity.INFO,
            evidence=(
                Evidence(key="reached_rate", label="highest rate / rate written", value=share,
                         threshold=self.reached),
                Evidence(key="rate_factor", label="factor to the rate written", value=1 / share),
                Evidence(key="optimizer_steps", label="steps", value=float(steps)),
            ),
            remedies=(_SHORTER,),
        )  # fmt: skip

    # ---- the rate goes where nobody wanted it --------------------------------------------------------

    def _growing(self, view: TrainingView, history: RateHistory) -> Iterator[Finding]:
        growth = float(history.rate[-1] / history.rate[0]) if history.rate[0] > 0 else math.inf
        gammas = [schedule.settings.get("gamma") for schedule in history.schedules]
        above = [gamma for gamma in gammas if isinstance(gamma, int | float) and gamma > 1]
        bad = view.status.verdict in (Verdict.DIVERGED, Verdict.STUCK)
        if not above or not bad or not self.rises <= growth <= self.most:
            return
        yield self.finding(
            f"{history.words} raises the learning rate from {history.rate[0]:.3g} to {history.rate[-1]:.3g}: its "
            f"factor of {above[0]:g} is above 1, and the loss ends at {view.status.last:.4g}",
            view=view, place=history.place, used_at=view.loss_place(),
            first_step=int(history.x[history.changes[0]]),
            evidence=(
                Evidence(key="growth", label="last rate / first rate", value=growth, threshold=self.rises),
                Evidence(key="gamma", label="factor of the schedule", value=float(above[0]), threshold=1.0),
            ),
            remedies=(_SLOWER,),
        )

    def _cycling(self, view: TrainingView, history: RateHistory) -> Iterator[Finding]:
        schedule, epoch = history.schedule, epoch_length(view.training)
        period = schedule.settings.get("T_max") if schedule is not None else None
        if not isinstance(period, int | float) or schedule is None or schedule.name != "CosineAnnealingLR":
            return
        cycles = len(history.rate) / (2 * max(1.0, period))
        if not history.is_per_step or cycles < self.cycles or epoch is None or period >= epoch:
            return
        yield self.finding(
            f"{history.words} is stepped at every batch: the learning rate falls to {history.rate.min():.3g} and rises "
            f"again {cycles:.0f} times in {len(history.rate)} steps; {period:g} is less than an epoch of "
            f"{epoch:.0f} steps",
            view=view, place=history.place, used_at=view.loss_place(), first_step=int(history.x[0]),
            evidence=(
                Evidence(key="cycles", label="periods of the cosine", value=cycles, threshold=self.cycles),
                Evidence(key="steps_per_epoch", label="steps of an epoch", value=epoch, threshold=float(period)),
            ),
            remedies=(_PER_EPOCH,),
        )

    def _begun_again(self, view: TrainingView, history: RateHistory) -> Iterator[Finding]:
        schedule = history.schedule
        if schedule is None or not schedule.had_schedule or history.restored or schedule.name in OWN_START:
            return
        if history.nominal <= 0 or history.rate[0] >= self.reached * history.nominal or not len(history.changes):
            return
        yield self.finding(
            f"the schedule begins again at a learning rate of {history.rate[0]:.3g}, "
            f"{words.share(history.rate[0] / history.nominal)} of {history.nominal:.3g}: the optimiser's state came "
            f"from a checkpoint, that of {history.words} did not",
            view=view, place=history.place, used_at=view.optimizer_place(), first_step=int(history.x[0]),
            evidence=(
                Evidence(key="first_share", label="first rate / rate written",
                         value=float(history.rate[0]) / history.nominal, threshold=self.reached),
            ),
            remedies=(_RESTORE,),
        )  # fmt: skip

    def _skipped(self, view: TrainingView, history: RateHistory) -> Iterator[Finding]:
        schedule = history.schedule
        first = schedule.first_rate if schedule is not None else None
        if schedule is None or first is None or schedule.had_schedule or history.restored or schedule.step:
            return
        if not len(history.changes) or np.isclose(history.rate[0], first, rtol=1e-4, atol=0.0):
            return
        yield self.finding(
            f"the first learning rate of {history.words}, {first:.3g}, is never used: the first step has "
            f"{history.rate[0]:.3g}",
            view=view, place=history.place, first_step=int(history.x[0]), severity=Severity.INFO,
            evidence=(
                Evidence(key="first_rate", label="rate of the first step", value=float(history.rate[0]),
                         threshold=float(first)),
            ),
            remedies=(_AFTER,),
        )  # fmt: skip


def _still(falling: Fall | None) -> str:
    return f"; the loss still falls at the end (to {falling.end:.4g})" if falling is not None else ""


_PER_EPOCH = Remedy(
    name="no-schedule",
    text="Step the schedule once per epoch, after the loop over the batches.",
    applicability=Applicability.TRIAL,
    code="for epoch in range(epochs):\n    train_one_epoch()\n    scheduler.step()",
)
_SLOWER = Remedy(
    name="no-schedule",
    text="Let the learning rate fall over the whole run: try a constant rate first.",
    applicability=Applicability.TRIAL,
    code="scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs)",
)
_SHORTER = Remedy(
    name="no-schedule",
    text="Make the warm-up at most a tenth of the steps of the run, and step the schedule as often as it counts.",
    applicability=Applicability.TRIAL,
    code="scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, 0.1, total_iters=total_steps // 10)",
)
_RESTORE = Remedy(
    name="restore-schedule",
    text="Save the scheduler's state with the checkpoint, and load it after the optimiser's.",
    applicability=Applicability.MANUAL,
    code="optimizer.load_state_dict(state['optimizer'])\nscheduler.load_state_dict(state['scheduler'])",
)
_AFTER = Remedy(
    name="schedule-after-optimiser",
    text="Call scheduler.step() after optimizer.step().",
    applicability=Applicability.MANUAL,
    code="optimizer.step()\nscheduler.step()",
)
