"""LOP101: gradients add up from step to step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from unstuck.analysis.run.parameters import (
    OptimizerHistory,
    Sampled,
    backward_place,
    optimizers,
    reached,
    sampled_gradients,
)
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.record import events
from unstuck.record.schema import Kind
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True)
class MissingZeroGrad(Rule[TrainingView]):
    """The gradients of earlier steps are still there when the next backward adds its own.

    ## What it measures

    At the sampled steps, for each optimiser: whether its gradients were empty or zero when a backward call of that
    step began, and the norm of the old gradients.

    ## Why it hurts

    `backward` adds to `.grad`. Without `zero_grad` every step follows the sum of all gradients since the first
    step. This acts as momentum without damping: it overshoots, oscillates, and multiplies the learning rate.

    ## How it decides

    Gradient accumulation is healthy: its steps begin with empty gradients. So is a network whose gradients are
    filled by another network's loss and cleared before its own backward. Only a step counts that was recorded from
    its first backward call, and in which no backward call began with empty gradients. The rule fires when nearly all
    sampled steps after the first are like this, and the loss reaches the optimiser's own parameters.

    ## Example

    ```python
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()          # and nothing clears the gradients
    ```

    ## Remedies

    Call `optimizer.zero_grad()` before each backward.

    ## Known limits

    Sparse gradients are not checked. Of tensors that are updated by hand, only those with dense gradients are
    recorded. Momentum written by hand, as a gradient that is scaled down and kept, looks the same.

    ## References

    PyTorch documentation, `torch.Tensor.backward`: "this function accumulates gradients in the leaves".
    """

    code: ClassVar[str] = "LOP101"
    name: ClassVar[str] = "missing-zero-grad"
    severity: ClassVar[Severity] = Severity.ERROR
    of_first_steps: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("loss", "sampled_step")
    figures: ClassVar[tuple[str, ...]] = ("loop.left_over_gradients",)

    sampled_steps: float = threshold(3, unit="sampled steps", source="fewer may be one accumulation of gradients")
    uncleared: float = threshold(
        0.75, unit="share of sampled steps", source="cleared at most once in four steps: an epoch of four batches"
    )
    left_over: float = threshold(
        0.02, unit="share of the gradient norm", source="below it, only few parameters are not cleared"
    )

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """Each optimiser by itself; where there is none, the tensors that are updated by hand."""
        part = view.training.part
        used: list[tuple[OptimizerHistory | None, Sampled]] = [(None, _steps_by_hand(view))]
        if view.training.optimizers:
            if not view.training.graphs:
                raise TooLittle("the autograd graph above a loss")
            touched = reached(view.training)
            used = [
                (optimizer, _whole_steps(view, optimizer))
                for optimizer in optimizers(part, view.training) if optimizer.parameters & touched
            ]  # fmt: skip
        later = [(optimizer, _later_steps(steps)) for optimizer, steps in used]
        if later and all(len(steps) < self.sampled_steps for _, steps in later):
            raise TooLittle(f"{self.sampled_steps:.0f} sampled steps after the first, recorded from their start")
        for judged, steps in later:
            yield from self._judge(view, steps, judged)

    def _judge(self, view: TrainingView, steps: Sampled, optimizer: OptimizerHistory | None) -> Iterator[Finding]:
        dirty = [(step, gradients) for step, gradients in steps if not gradients.clean and gradients.stale_norm != 0]
        if len(dirty) < self.sampled_steps or len(dirty) < self.uncleared * len(steps):
            return
        ratios = [gradients.stale_norm / gradients.norm for _, gradients in dirty if gradients.norm > 0]
        left_over = float(np.median(ratios)) if ratios else 1.0
        finite = [gradients.norm for _, gradients in dirty if np.isfinite(gradients.norm)]
        growth = finite[-1] / finite[0] if finite and finite[0] > 0 else float("nan")
        whose = f"of {optimizer.class_name} " if optimizer is not None else ""
        place = backward_place(view.training, optimizer.parameters if optimizer else frozenset())
        yield self.finding(
            f"gradients {whose}are not cleared between steps: {len(dirty)} of {len(steps)} sampled steps began with "
            "old gradients",
            view=view, place=place, used_at=optimizer.place if optimizer else Place(),
            severity=None if left_over >= self.left_over else Severity.WARNING,
            first_step=dirty[0][0],
            evidence=(
                Evidence(
                    key="uncleared_share", label="sampled steps that began with old gradients",
                    value=len(dirty) / len(steps), threshold=self.uncleared, unit="share",
                ),
                Evidence(
                    key="left_over_ratio", label="norm of old gradients / norm of the applied gradient, median",
                    value=left_over, threshold=self.left_over,
                ),
                Evidence(key="gradient_growth", label="gradient norm, last / first sampled step", value=growth),
            ),
            remedies=(_REMEDY if optimizer is not None else _BY_HAND,),
        )


def _later_steps(sampled: Sampled) -> Sampled:
    """The steps that were taken, without the first: before it there are no gradients to clear."""
    return tuple((step, gradients) for step, gradients in sampled if gradients.stepped and gradients.entries)[1:]


def _steps_by_hand(view: TrainingView) -> Sampled:
    """The sampled steps of the tensors that no optimiser holds."""
    return tuple(
        (sampled.step, sampled.optimizers[events.RAW_LEAVES])
        for sampled in view.training.of(events.SampledStep) if events.RAW_LEAVES in sampled.optimizers
    )  # fmt: skip


def _whole_steps(view: TrainingView, optimizer: OptimizerHistory) -> Sampled:
    """The sampled steps of an optimiser that were recorded from their first backward call."""
    sampled = sampled_gradients(view.training.part, optimizer.number)
    return tuple((step, gradients) for step, gradients in sampled if _is_whole(view, step, optimizer))


def _is_whole(view: TrainingView, step: int, optimizer: OptimizerHistory) -> bool:
    """Whether the sampled step that began at ``step`` holds all of the optimiser's step.

    It does, if no loss that reaches the optimiser's parameters was differentiated since the optimiser's last step.
    Else it began in the middle of an accumulation, whose clean beginning was not recorded.
    """
    taken = view.training.steps_of(optimizer.number)["index"]
    taken = taken[taken <= step]
    if not len(taken):
        return step == 0
    reaching: dict[bool, set[int]] = {True: set(), False: set()}
    for graph in view.training.graphs:
        reaching[any(node.leaf in optimizer.parameters for node in graph.nodes)].add(graph.series)
    others = reaching[False] - reaching[True]
    rows = view.training.part.rows(Kind.BACKWARD)
    between = rows[(rows["index"] >= taken[-1]) & (rows["index"] < step)]
    return all(int(source) in others for source in between["source"])


_REMEDY = Remedy(
    name="zero-grad",
    text="Clear the gradients before each backward.",
    applicability=Applicability.SAFE,
    code="optimizer.zero_grad()\nloss.backward()\noptimizer.step()",
)
_BY_HAND = Remedy(
    name="zero-grad",
    text="Clear the gradient of every tensor after its update.",
    applicability=Applicability.SAFE,
    code="with torch.no_grad():\n    w -= rate * w.grad\n    w.grad = None",
)
