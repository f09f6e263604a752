"""SYS104: resident memory climbs from step to step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.memory import memory_of
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.words import number, share
from unstuck.rules.rule import Rule, TooLittle, threshold

MEGABYTE = 1 << 20


@dataclass(frozen=True)
class MemoryGrowth(Rule[TrainingView]):
    """The process takes more and more memory while it trains.

    ## What it measures

    The resident memory at the sampled steps, from a tenth of the run on.

    ## Why it hurts

    A longer run, or a larger batch, ends without memory. Where memory is swapped, each step takes longer.

    ## How it decides

    At the end it is `grown` of its size more than after a tenth of the run, at least `megabytes`, and each half of
    that time adds `each` of the growth or more: what is set up once, or read once, adds nothing later.

    ## Example

    ```python
    outputs.append(model(x).detach().clone())   # every output of the run is kept
    ```

    ## Remedies

    Keep numbers, not tensors; write what must be kept to a file.

    ## Known limits

    Which lines keep the memory is not known. A cache that is filled during the first epoch looks the same in a run of
    one epoch. Memory of an accelerator is not recorded.

    ## References

    Python documentation, `tracemalloc`.
    """

    code: ClassVar[str] = "SYS104"
    name: ClassVar[str] = "memory-growth"
    severity: ClassVar[Severity] = Severity.INFO
    explained_by: ClassVar[tuple[str, ...]] = ("LOP109",)
    needs: ClassVar[tuple[str, ...]] = ("loss", "sampled_step")
    figures: ClassVar[tuple[str, ...]] = ("memory.resident",)

    sampled: int = threshold(8, unit="sampled steps", source="fewer do not show a trend")
    grown: float = threshold(0.1, unit="share of the memory", source="126 sound runs: at most 0.018")
    megabytes: float = threshold(25.0, unit="MB", source="126 sound runs: at most 7")
    each: float = threshold(0.2, unit="share of the growth", source="provisional: it goes on to the end")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """From a tenth of the run to its end."""
        memory = memory_of(view.training)
        if memory is None or len(memory.step) < self.sampled:
            raise TooLittle(f"the resident memory at {self.sampled} sampled steps")
        growth = memory.growth / MEGABYTE
        if growth < self.megabytes or memory.growth < self.grown * memory.first:
            return
        if not self.each <= memory.first_half <= 1 - self.each:
            return
        steps = int(memory.step[-1] - memory.step[0])
        each = growth / max(1, steps)
        yield self.finding(
            f"the resident memory grows by {number(growth)} MB ({share(memory.growth / memory.first)}) in {steps} "
            f"steps, {number(each)} MB for each",
            view=view, place=view.loss_place(), first_step=int(memory.step[0]),
            evidence=(
                Evidence(key="memory_growth", label="growth of the resident memory", value=growth,
                         threshold=max(self.megabytes, self.grown * memory.first / MEGABYTE), unit="MB"),
                Evidence(key="first_half", label="share of it in the first half of the time", value=memory.first_half),
            ),
            remedies=(_REMEDY,),
        )  # fmt: skip


_REMEDY = Remedy(
    name="keep-numbers", text="Keep numbers instead of tensors, and write to a file what must be kept.",
    applicability=Applicability.MANUAL, code="history.append(loss.item())",
)  # fmt: skip
