"""LOP108: the graph is cut between output and loss."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.parameters import RAISED, all_parameters, optimizers, reached, windows_of
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.record import events
from unstuck.record.reader import Event
from unstuck.record.schema import Kind
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class DetachedLoss(Rule[TrainingView]):
    """The loss is not connected with any parameter: backward fails, or runs and reaches nothing.

    ## What it measures

    Whether backward raised because its loss carries no gradient; else, by the autograd graph, which leaves the
    loss reaches, and at the sampled steps how many of the optimiser's parameters had a gradient.

    ## Why it hurts

    No gradient arrives at the network. A tensor made anew with `requires_grad=True` silences the error, and then
    nothing is learned without a word.

    ## How it decides

    (a) The program ended in that error. (b) Not one leaf of any graph is a parameter of a network or of an
    optimiser, or the loss itself is a leaf, while an optimiser steps and finds not one gradient at any sampled
    step. A network of which every parameter is switched off is the matter of ARC109.

    ## Example

    ```python
    loss = criterion(torch.tensor(model(x).tolist(), requires_grad=True), y)
    loss = torch.tensor(loss.item(), requires_grad=True)
    ```

    ## Remedies

    Compute the loss from the network's own output: no `.detach()`, `.data`, `.item()`, `.numpy()`,
    `torch.tensor(...)`, `argmax` or `no_grad` on the way, and no `requires_grad_()` on what comes after.

    ## Known limits

    Where exactly the graph was cut is not seen; the line given is that of the loss.

    ## References

    PyTorch documentation, "Autograd mechanics".
    """

    code: ClassVar[str] = "LOP108"
    name: ClassVar[str] = "detached-loss"
    severity: ClassVar[Severity] = Severity.ERROR
    figures: ClassVar[tuple[str, ...]] = ("loop.detached",)
    proves_stuck: ClassVar[bool] = True

    windows: float = threshold(3, unit="sampled steps", source="a first step may find no gradient by design")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """By the error that ended the run; else by what the graphs reach."""
        part = view.training.part
        end: Event = next(iter(part.of(events.End)), {})
        if RAISED in str(end.get("message", "")):
            if self._ended_here(view):
                yield self._raised(view)
            return
        yield from self._reaches_nothing(view)

    def _ended_here(self, view: TrainingView) -> bool:
        """The last backward was this training's, or there was none at all; and something wanted a gradient."""
        told = view.training.parameters.values()
        if told and not any(parameter["requires_grad"] for parameter in told):
            return False
        rows = view.training.part.rows(Kind.BACKWARD)
        mine = {series.id for series in view.training.losses}
        return int(rows["source"][-1]) in mine if len(rows) else view.training.number == 0

    def _raised(self, view: TrainingView) -> Finding:
        rows = view.training.part.rows(Kind.BACKWARD)
        called = Place()
        for series in view.training.losses:
            if int(rows["source"][-1]) == series.id:
                called = Place(file=series.file, line=series.line)
        cut = _cut(view)
        step = int(rows["index"][-1]) if len(rows) else 0
        function = f"the {cut[0]} " if cut is not None and cut[0] else "the loss "
        return self.finding(
            f"{function}carries no gradient: backward raised at call {step + 1}, for no parameter is connected with it",
            view=view, place=cut[1] if cut is not None else called, used_at=called, first_step=step,
            evidence=(
                Evidence(label="backward calls until the error", value=float(step + 1), unit="calls"),
                Evidence(label="parameters reached by the loss", value=0.0, threshold=1.0, unit="parameters"),
            ),
            remedies=(_REMEDY,),
        )

    def _reaches_nothing(self, view: TrainingView) -> Iterator[Finding]:
        training = view.training
        part = training.part
        mine = optimizers(part, training)
        known = set(all_parameters(part)) | {p for o in optimizers(part) for p in o.parameters}
        if not training.losses or not mine or reached(training) & known:
            return
        told = [g for o in mine for _, g in windows_of(part, o.number) if g["stepped"] and g["parameters"]]
        held = sum(len(o.parameters) for o in mine)
        if len(told) < self.windows or any(g["none"] < g["parameters"] for g in told):
            return
        node = next((n for g in training.graphs for n in g.nodes if n.file is not None), None)
        loss = next((n for g in training.graphs for n in g.nodes[:1] if n.file is not None), node)
        cut = _cut(view)
        place = view.loss_place()
        if loss is not None:
            place = Place(file=loss.file, line=loss.line)
        elif cut is not None:
            place = cut[1]
        what = "reaches a new tensor, and" if training.graphs else "is itself a new tensor: it"
        yield self.finding(
            f"the loss {what} has no way to any of the {held} parameters that {mine[0].kind} holds",
            view=view, place=place, used_at=view.loss_place(), first_step=0,
            evidence=(
                Evidence(label="parameters reached by the loss", value=0.0, threshold=1.0, unit="parameters"),
                Evidence(label="steps at which every gradient was None", value=1.0, threshold=1.0, unit="share"),
                Evidence(label="sampled steps", value=float(len(told)), threshold=self.windows, unit="steps"),
            ),
            remedies=(_REMEDY,),
        )


def _cut(view: TrainingView) -> tuple[str | None, Place] | None:
    """Function and line of the last loss that was computed with gradients on and carried none."""
    told = view.training.part.of(events.Detached)
    if not told:
        return None
    return told[-1].get("function"), Place(file=told[-1].get("file"), line=told[-1].get("line"))


_REMEDY = Remedy(
    name="keep-the-graph",
    text="Compute the loss from the network's own output, without detaching, converting or wrapping it anew.",
    applicability=Applicability.SAFE,
    code="output = model(x)              # no .detach(), .data, .item(), .numpy(), torch.tensor(...)\n"
    "loss = criterion(output, y)\nloss.backward()",
)
