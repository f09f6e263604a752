"""LOP109: graphs of earlier steps are kept alive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.view import TrainingView
from unstuck.core import words
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.record.events import SampledStep
from unstuck.rules.rule import Rule, TooLittle, threshold

MEGABYTE = 1 << 20


@dataclass(frozen=True)
class GrowingGraph(Rule[TrainingView]):
    """The graphs of earlier steps stay alive: losses or states are kept with everything that they were made of.

    ## What it measures

    The graph of a loss is marked at each sampled step. Later it shows whether something still holds it. Beside that:
    the resident memory, and the number of operations in the graph of each loss.

    ## Why it hurts

    Memory grows with every step. Where a state is handed on with its graph, each backward goes through all earlier
    steps as well, and takes longer than the one before.

    ## How it decides

    Of the graphs that were marked so far nearly all are alive at the end, the one of the first steps among them. If
    memory has grown by `memory` or more since a tenth of the run, or the graphs themselves grow from step to step, it
    is a warning, else a note: a graph that a backward has gone through holds little. Graphs that are dropped from time
    to time (losses gathered over an epoch, states cut off every few steps) are no finding.

    ## Example

    ```python
    total = total + loss                      # instead of loss.item(): every graph is kept
    history.append(loss)
    ```

    ## Remedies

    Keep numbers: `loss.item()` or `loss.detach()`. Cut a state off before the next step with `state.detach()`.

    ## Known limits

    Outputs that are kept in evaluation have no backward, so their graphs are not marked.

    ## References

    PyTorch documentation, "Frequently asked questions": "My model reports cuda runtime error(2): out of memory".
    """

    code: ClassVar[str] = "LOP109"
    name: ClassVar[str] = "growing-graph"
    severity: ClassVar[Severity] = Severity.WARNING
    needs: ClassVar[tuple[str, ...]] = ("loss", "sampled_step")
    figures: ClassVar[tuple[str, ...]] = ("shares.reported",)

    planted: int = threshold(5, unit="graphs", source="fewer may be the losses of one epoch")
    kept: float = threshold(0.8, unit="share of the graphs", source="some losses are not kept: the last batch, a skip")
    early: float = threshold(0.1, unit="share of the steps", source="kept since the first steps: never dropped")
    memory: float = threshold(0.05, unit="share of the resident memory", source="allocators move by less")
    grown: float = threshold(2.0, unit="times the first graph", source="sentences differ in length by less at random")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """What was alive at the last sampled step."""
        steps = [step for step in view.training.sampled_steps if step.graphs_planted or step.nodes]
        if not steps or steps[-1].graphs_planted < self.planted:
            raise TooLittle(f"{self.planted} sampled steps whose graphs were marked")
        last = steps[-1]
        share = last.graphs_kept / last.graphs_planted
        since = last.oldest_graph
        if share < self.kept or since is None or since - steps[0].step > self.early * (last.step - steps[0].step):
            return
        growth, resident = _memory(steps, self.early)
        longer = self._grows(steps)
        harms = longer or growth >= self.memory * resident
        what = f"{words.number(growth / MEGABYTE)} MB more memory than after the first steps"
        if longer:
            what = f"{steps[0].nodes} operations at the first step, {last.nodes} at step {last.step}"
        yield self.finding(
            f"the graphs of earlier steps are kept: {last.graphs_kept} of {last.graphs_planted} are alive at step "
            f"{last.step}, {what}",
            view=view, place=view.loss_place(), first_step=since, severity=None if harms else Severity.INFO,
            evidence=(
                Evidence(
                    key="kept_share", label="graphs of earlier sampled steps that are alive", value=share,
                    threshold=self.kept, unit="share",
                ),
                Evidence(
                    key="memory_growth", label="growth of the resident memory", value=growth / MEGABYTE,
                    threshold=self.memory * resident / MEGABYTE, unit="MB",
                ),
                Evidence(key="operations_at_end", label="operations in the last graph", value=float(last.nodes)),
            ),
            remedies=(_REMEDY,),
        )  # fmt: skip

    def _grows(self, steps: Sequence[SampledStep]) -> bool:
        """Whether the graph of the loss becomes larger all the time, as far as it was walked."""
        nodes = [step.nodes for step in steps if step.nodes]
        return len(nodes) >= self.planted and nodes == sorted(nodes) and nodes[-1] >= self.grown * nodes[0]


def _memory(steps: Sequence[SampledStep], early: float) -> tuple[float, float]:
    """(growth since the first steps, resident memory at the end), both in bytes; zeros where they are not known."""
    last = steps[-1]
    known = [
        step.memory for step in steps
        if step.memory is not None and step.step - steps[0].step >= early * (last.step - steps[0].step)
    ]  # fmt: skip
    return (float(known[-1] - known[0]), float(known[-1])) if known else (0.0, 1.0)


_REMEDY = Remedy(
    name="keep-numbers",
    text="Keep the loss as a number, and hand states on without their graph.",
    applicability=Applicability.MANUAL,
    code="total += loss.item()\nhistory.append(loss.detach())\nstate = state.detach()",
)
