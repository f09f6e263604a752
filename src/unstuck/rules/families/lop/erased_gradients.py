"""LOP103: gradients are cleared between backward and step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from unstuck.analysis.run.loop_calls import StepCalls, step_calls
from unstuck.analysis.run.parameters import OptimizerHistory, backward_place, optimizers, reached, sampled_gradients
from unstuck.analysis.run.view import TrainingView
from unstuck.core import words
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.record.events import GradientFacts
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True)
class ErasedGradients(Rule[TrainingView]):
    """Gradients are cleared after backward and before the step that should use them.

    ## What it measures

    At the sampled steps, for each optimiser: the order of the calls of backward, `zero_grad` and `step`, and how many
    of its parameters have a gradient when it steps.

    ## Why it hurts

    `step` finds no gradient. Weights stay as they are, or only decay. Where several batches are gathered for one step
    and each clears the gradients of the one before, all but the last batch are lost.

    ## How it decides

    All gradients: at nearly all sampled steps every parameter is without a gradient or has one of zeros, although a
    loss that reaches it was differentiated and the gradients were cleared in between. Some of them: at nearly all
    sampled steps the same line called backward several times, the gradients were cleared between the calls, and the
    step used what the last call left. Gradients that were looked at, put together by hand or used by another optimiser
    before they were cleared do not count, nor do those of a loss on another line (attacks, penalties, two-pass
    optimisers).

    ## Example

    ```python
    loss.backward()
    optimizer.zero_grad()     # must stand before backward
    optimizer.step()
    ```

    ## Remedies

    Clear the gradients before the first backward of a step, or after the step.

    ## Known limits

    Clearing is seen where it is a call of `zero_grad`. Gradients that are clipped after several backward calls cannot
    be told from gradients put together by hand: there, lost batches are not reported.

    ## References

    PyTorch documentation, `torch.optim.Optimizer.zero_grad`.
    """

    code: ClassVar[str] = "LOP103"
    name: ClassVar[str] = "erased-gradients"
    severity: ClassVar[Severity] = Severity.ERROR
    of_first_steps: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("loss", "graph", "sampled_step", "optimizer")
    figures: ClassVar[tuple[str, ...]] = ("shares.reported",)
    proves_stuck: ClassVar[bool] = True

    sampled_steps: float = threshold(3, unit="sampled steps", source="fewer may be a warm-up, or a step skipped once")
    share: float = threshold(0.75, unit="share of sampled steps", source="255 healthy optimisers: at most 0.08")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """Each optimiser whose parameters a loss reaches."""
        touched = reached(view.training)
        own = [one for one in optimizers(view.training.part, view.training) if one.parameters & touched and one.steps]
        if not own:
            raise TooLittle("an optimiser that steps and whose parameters a loss reaches")
        looked = [(one, _looked_at(view, one)) for one in own]
        if all(len(sampled) < self.sampled_steps for _, sampled in looked):
            raise TooLittle(f"{self.sampled_steps:.0f} sampled steps of an optimiser")
        for optimizer, sampled in looked:
            if len(sampled) < self.sampled_steps:
                continue
            calls = list(step_calls(view.training, optimizer))
            yield from self._all(view, optimizer, sampled, calls)
            yield from self._some(view, optimizer, sampled, calls)

    def _all(
        self, view: TrainingView, optimizer: OptimizerHistory, sampled: Mapping[int, GradientFacts],
        calls: list[StepCalls],
    ) -> Iterator[Finding]:  # fmt: skip
        empty = [facts for facts in sampled.values() if facts.none + facts.zero >= facts.parameters and not facts.norm]
        cleared = sum(bool(one.erased) and not one.kept for one in calls)
        if len(empty) < self.share * len(sampled) or cleared < max(self.sampled_steps, self.share * len(calls)):
            return
        yield self._finding(
            view, optimizer,
            f"the gradients of {optimizer.class_name} are cleared between backward and step: at {len(empty)} of "
            f"{len(sampled)} sampled steps none of its {words.count(empty[0].parameters, 'parameter')} had one",
            len(empty) / len(sampled), 1.0, _ORDER,
        )  # fmt: skip

    def _some(
        self, view: TrainingView, optimizer: OptimizerHistory, sampled: Mapping[int, GradientFacts],
        calls: list[StepCalls],
    ) -> Iterator[Finding]:  # fmt: skip
        whole = [one for one in calls if len(one.erased) + len(one.kept) > 1]
        lossy = [one for one in whole if one.erased and one.kept and len({*one.erased, *one.kept}) == 1]
        used = [facts for facts in sampled.values() if facts.entries > 1]
        intact = [facts for facts in used if facts.intact and facts.clean == facts.entries and facts.norm]
        if len(lossy) < max(self.sampled_steps, self.share * len(whole)):
            return
        if len(intact) < max(self.sampled_steps, self.share * len(used)):
            return
        lost = sum(len(one.erased) for one in lossy)
        total = lost + sum(len(one.kept) for one in lossy)
        each = float(np.median([len(one.erased) + len(one.kept) for one in lossy]))
        yield self._finding(
            view, optimizer,
            f"{lost} of {total} batches are lost: backward is called {each:.3g} times for a step of "
            f"{optimizer.class_name}, and the gradients are cleared in between",
            len(lossy) / len(whole), lost / total, _ONCE,
        )  # fmt: skip

    def _finding(
        self, view: TrainingView, optimizer: OptimizerHistory, message: str, share: float, lost: float,
        remedy: Remedy,
    ) -> Finding:  # fmt: skip
        return self.finding(
            message, view=view, place=backward_place(view.training, optimizer.parameters), used_at=optimizer.place,
            first_step=0,
            evidence=(
                Evidence(
                    key="erased_share", label="sampled steps whose gradients were cleared after backward", value=share,
                    threshold=self.share, unit="share",
                ),
                Evidence(
                    key="lost_share", label="backward calls whose gradients no step used", value=lost, unit="share",
                ),
            ),
            remedies=(remedy,),
        )  # fmt: skip


def _looked_at(view: TrainingView, optimizer: OptimizerHistory) -> dict[int, GradientFacts]:
    """Sampled step → the gradients of an optimiser that stepped after a backward."""
    sampled = sampled_gradients(view.training.part, optimizer.number)
    return {step: facts for step, facts in sampled if facts.stepped and facts.parameters and facts.entries}


_ORDER = Remedy(
    name="zero-grad-first",
    text="Clear the gradients before backward, not between backward and step.",
    applicability=Applicability.SAFE,
    code="optimizer.zero_grad()\nloss.backward()\noptimizer.step()",
)
_ONCE = Remedy(
    name="zero-grad-per-step",
    text="Clear the gradients once per step, not once per batch.",
    applicability=Applicability.MANUAL,
    code="loss.backward()\nif (at + 1) % accumulate == 0:\n    optimizer.step()\n    optimizer.zero_grad()",
)
