"""LOP101: gradients pile up from step to step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from unstuck.analysis.run.parameters import RAW, Optimizer, backward_place, optimizers, reached, windows_of
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.record.reader import Event
from unstuck.record.schema import Kind
from unstuck.rules.rule import Rule, threshold

Told = tuple[tuple[int, Event], ...]


@dataclass(frozen=True)
class MissingZeroGrad(Rule[TrainingView]):
    """The gradients of the step before are still there when the next backward adds its own.

    ## What it measures

    At the sampled steps, for each optimiser: whether its gradients were empty or zero when any backward call of
    that step began, and the norm of what was left over.

    ## Why it hurts

    `backward` adds to `.grad`. Without `zero_grad` every step follows the sum of all gradients since the first
    step: an undamped momentum, which overshoots, swings, and takes the learning rate for many times its value.

    ## How it decides

    A step of accumulation begins clean and is healthy, and so is a network whose gradients are dirtied by another
    network's loss and cleared before its own. Only a step counts that was seen from its beginning and in which not
    one backward began clean, and only when nearly all sampled steps after the first are so, and the loss reaches
    the optimiser's own parameters.

    ## Example

    ```python
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()          # and nothing clears the gradients
    ```

    ## Remedies

    Call `optimizer.zero_grad()` before each backward.

    ## Known limits

    Sparse gradients are not looked at. Of parameters moved by hand only dense leaves are seen. Momentum written
    by hand as a gradient that is scaled down and kept looks the same.

    ## References

    PyTorch documentation, `torch.Tensor.backward`: "this function accumulates gradients in the leaves".
    """

    code: ClassVar[str] = "LOP101"
    name: ClassVar[str] = "missing-zero-grad"
    severity: ClassVar[Severity] = Severity.ERROR
    needs: ClassVar[tuple[str, ...]] = ("loss", "sampled_step")
    figures: ClassVar[tuple[str, ...]] = ("loop.left_over",)

    windows: float = threshold(3, unit="sampled steps", source="fewer may be a single accumulation")
    dirty: float = threshold(
        0.75, unit="share of sampled steps", source="cleared once in four steps or less: an epoch of four batches"
    )
    left_over: float = threshold(
        0.02, unit="share of the gradient", source="below it only few parameters are left uncleared"
    )

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """Each optimiser of its own; then the leaves moved by hand."""
        part = view.training.part
        touched = reached(view.training)
        for optimizer in optimizers(part, view.training):
            if optimizer.parameters & touched:
                told = windows_of(part, optimizer.number)
                yield from self._judge(view, tuple(one for one in told if _whole(view, one[0], optimizer)), optimizer)
        if not view.training.optimizers:
            raw = [(int(w["step"]), w["optimizers"][RAW]) for w in view.training.sampled_steps if RAW in w["optimizers"]]
            yield from self._judge(view, tuple(raw), None)

    def _judge(self, view: TrainingView, told: Told, optimizer: Optimizer | None) -> Iterator[Finding]:
        steps = [(step, g) for step, g in told if g["stepped"] and g["entries"]][1:]
        dirty = [(step, g) for step, g in steps if not g["clean"] and g["stale_norm"] != 0]
        if len(dirty) < self.windows or len(dirty) < self.dirty * len(steps):
            return
        shares = [g["stale_norm"] / g["norm"] for _, g in dirty if g["norm"] > 0]
        share = float(np.median(shares)) if shares else 1.0
        finite = [g["norm"] for _, g in dirty if np.isfinite(g["norm"])]
        growth = finite[-1] / finite[0] if finite and finite[0] > 0 else float("nan")
        whose = f"of {optimizer.kind} " if optimizer is not None else ""
        place = backward_place(view.training, optimizer.parameters if optimizer else frozenset())
        yield self.finding(
            f"gradients {whose}are not cleared between steps: at {len(dirty)} of {len(steps)} sampled steps "
            "those of the steps before were still there",
            view=view, place=place, used_at=optimizer.place if optimizer else Place(),
            severity=None if share >= self.left_over else Severity.WARNING,
            first_step=dirty[0][0],
            evidence=(
                Evidence(
                    label="sampled steps that began with old gradients", value=len(dirty) / len(steps),
                    threshold=self.dirty, unit="share",
                ),
                Evidence(
                    label="norm left over ÷ norm of the gradient applied, median", value=share,
                    threshold=self.left_over,
                ),
                Evidence(label="gradient norm, last ÷ first sampled", value=growth),
            ),
            remedies=(_REMEDY if optimizer is not None else _BY_HAND,),
        )


def _whole(view: TrainingView, step: int, optimizer: Optimizer) -> bool:
    """Whether the window that opened at ``step`` saw all of the optimiser's step.

    It did, if since the optimiser's last step no loss was differentiated that reaches its parameters: else it
    opened in the midst of an accumulation, of which the clean beginning was not seen.
    """
    taken = view.training.steps_of(optimizer.number)["index"]
    taken = taken[taken <= step]
    if not len(taken):
        return step == 0
    others = {
        graph.series for graph in view.training.graphs if not any(n.leaf in optimizer.parameters for n in graph.nodes)
    } - {graph.series for graph in view.training.graphs if any(n.leaf in optimizer.parameters for n in graph.nodes)}
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
