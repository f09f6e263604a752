"""LOP108: the loss is disconnected from the parameters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from unstuck.analysis.run.parameters import (
    OptimizerHistory,
    all_parameters,
    ended_without_gradient,
    optimizers,
    reached,
    sampled_gradients,
)
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.record import events
from unstuck.record.schema import Kind
from unstuck.rules.rule import Rule, TooLittle, threshold


class Cut(NamedTuple):
    """The last loss that was computed with gradients enabled and carries none."""

    function: str
    place: Place


@dataclass(frozen=True)
class DetachedLoss(Rule[TrainingView]):
    """The loss is disconnected from every parameter: backward raises an error, or runs and reaches nothing.

    ## What it measures

    Whether backward raised an error because its loss carries no gradient. If not: which leaves the loss reaches, by
    the autograd graph, and how many of the optimiser's parameters had a gradient at the sampled steps.

    ## Why it hurts

    The network gets no gradient. A new tensor with `requires_grad=True` hides the error, and the network then
    learns nothing, without any message.

    ## How it decides

    One of two: (a) The program ended in that error. (b) No leaf of any graph is a parameter of a network or of an
    optimiser, or the loss itself is a leaf, while an optimiser steps and finds no gradient at any sampled step. A
    network whose parameters are all switched off is reported by ARC109.

    ## Example

    ```python
    loss = criterion(torch.tensor(model(x).tolist(), requires_grad=True), y)
    loss = torch.tensor(loss.item(), requires_grad=True)
    ```

    ## Remedies

    Compute the loss from the network's own output. Remove `.detach()`, `.data`, `.item()`, `.numpy()`,
    `torch.tensor(...)`, `argmax` and `no_grad` between output and loss, and `requires_grad_()` after them.

    ## Known limits

    The record does not show where exactly the graph was cut. The line given is that of the loss.

    ## References

    PyTorch documentation, "Autograd mechanics".
    """

    code: ClassVar[str] = "LOP108"
    name: ClassVar[str] = "detached-loss"
    severity: ClassVar[Severity] = Severity.ERROR
    of_first_steps: ClassVar[bool] = True
    figures: ClassVar[tuple[str, ...]] = ("loop.reached_parameters",)
    proves_stuck: ClassVar[bool] = True

    sampled_steps: float = threshold(3, unit="sampled steps", source="a first step may find no gradient by design")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """By the error that ended the run; else by what the graphs reach."""
        if ended_without_gradient(view.training.part):
            if self._ended_here(view):
                yield self._raised(view)
            return
        yield from self._reaches_nothing(view)

    def _ended_here(self, view: TrainingView) -> bool:
        """Whether the last backward was this training's, or there was none; and some parameter requires a gradient."""
        parameters = view.training.parameters.values()
        if parameters and not any(parameter.requires_grad for parameter in parameters):
            return False
        rows = view.training.part.rows(Kind.BACKWARD)
        own = {series.id for series in view.training.losses}
        return int(rows["source"][-1]) in own if len(rows) else view.training.number == 0

    def _raised(self, view: TrainingView) -> Finding:
        rows = view.training.part.rows(Kind.BACKWARD)
        called = Place()
        for series in view.training.losses:
            if int(rows["source"][-1]) == series.id:
                called = Place(file=series.file, line=series.line)
        cut = _cut(view)
        step = int(rows["index"][-1]) if len(rows) else 0
        loss = cut.function if cut is not None and cut.function else "the loss"
        return self.finding(
            f"{loss} is disconnected from every parameter: backward raised an error at call {step + 1}",
            view=view, place=cut.place if cut is not None else called, used_at=called, first_step=step,
            evidence=(
                Evidence(
                    key="backward_calls", label="calls of backward, the failed one included", value=float(step + 1),
                    unit="calls",
                ),
                _REACHED,
            ),
            remedies=(_REMEDY,),
        )

    def _reaches_nothing(self, view: TrainingView) -> Iterator[Finding]:
        training = view.training
        part = training.part
        if not training.losses:
            raise TooLittle("a loss on which backward was called")
        own = optimizers(part, training)
        known = set(all_parameters(part)) | {p for optimizer in optimizers(part) for p in optimizer.parameters}
        if not own or reached(training) & known:
            return
        sampled = [
            gradients for optimizer in own for _, gradients in sampled_gradients(part, optimizer.number)
            if gradients.stepped and gradients.parameters
        ]  # fmt: skip
        if any(gradients.none < gradients.parameters for gradients in sampled):
            return
        if len(sampled) < self.sampled_steps:
            raise TooLittle(f"{self.sampled_steps:.0f} sampled steps of an optimiser")
        yield self._disconnected(view, own, len(sampled))

    def _disconnected(self, view: TrainingView, own: tuple[OptimizerHistory, ...], num_sampled: int) -> Finding:
        held = sum(len(optimizer.parameters) for optimizer in own)
        reason = "it reaches only a new tensor" if view.training.graphs else "it is itself a new tensor"
        return self.finding(
            f"the loss is disconnected from all {held} parameters of {own[0].class_name}: {reason}",
            view=view, place=_place(view), used_at=view.loss_place(), first_step=0,
            evidence=(
                _REACHED,
                Evidence(
                    key="without_gradient_share", label="sampled steps at which every gradient was None", value=1.0,
                    threshold=1.0, unit="share",
                ),
                Evidence(
                    key="sampled_steps", label="sampled steps", value=float(num_sampled), threshold=self.sampled_steps,
                    unit="steps",
                ),
            ),
            remedies=(_REMEDY,),
        )


def _place(view: TrainingView) -> Place:
    """The line of the loss; else of the first operation with a line, of the cut, or of backward."""
    graphs = view.training.graphs
    losses = [node for graph in graphs for node in graph.nodes[:1] if node.file is not None]
    nodes = [node for graph in graphs for node in graph.nodes if node.file is not None]
    node = next(iter([*losses, *nodes]), None)
    if node is not None:
        return Place(file=node.file, line=node.line)
    cut = _cut(view)
    return cut.place if cut is not None else view.loss_place()


def _cut(view: TrainingView) -> Cut | None:
    """Function and line of the last loss that was computed with gradients enabled and carries none."""
    losses = view.training.part.of(events.Detached)
    if not losses:
        return None
    return Cut(losses[-1].function, Place(file=losses[-1].file, line=losses[-1].line))


_REACHED = Evidence(
    key="reached_parameters", label="parameters reached by the loss", value=0.0, threshold=1.0, unit="parameters"
)
_REMEDY = Remedy(
    name="keep-the-graph",
    text="Compute the loss from the network's own output, without detaching, converting or copying it.",
    applicability=Applicability.SAFE,
    code="output = model(x)              # no .detach(), .data, .item(), .numpy(), torch.tensor(...)\n"
    "loss = criterion(output, y)\nloss.backward()",
)
