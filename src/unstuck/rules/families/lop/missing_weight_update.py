"""LOP102: nothing ever moves the weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from unstuck.analysis.run.parameters import (
    Optimizer,
    backward_calls,
    backward_place,
    optimizers,
    reached,
    stays,
    windows_of,
)
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.record import events
from unstuck.record.reader import Event, Part
from unstuck.record.schema import NO_SOURCE, Kind
from unstuck.rules.rule import Rule, threshold

MAX_ROWS = 1 << 16
"""of the tape, read for the order of calls"""


@dataclass(frozen=True)
class MissingWeightUpdate(Rule[TrainingView]):
    """The loss is computed, and no weight ever changes: no step, no backward, or steps that move nothing.

    ## What it measures

    Calls of backward and of each optimiser's `step`; at the sampled steps, how many parameters had a gradient and
    how many moved; for tensors updated by hand, whether they moved between two backward calls.

    ## Why it hurts

    The network answers at the end as it did at the beginning; the loss only follows the batches.

    ## How it decides

    (a) An optimiser never steps, though losses that reach its parameters were differentiated again and again and
    nothing else moves these. (b) It steps, and moves not one parameter at any sampled step, because its rate is 0,
    because no gradient ever reaches what it holds, or because the gradients are cleared between backward and step.
    (c) It steps or clears gradients, and nothing ever calls backward. (d) There is no optimiser, and tensors stay
    as they are while the same losses come round again. Gradients that are zero by themselves are another fault,
    and so is a rate that is only too small.

    ## Example

    ```python
    loss.backward()
    optimizer.step            # named, and not called
    ```

    ## Remedies

    Call `loss.backward()` and then `optimizer.step()` once a batch, over the parameters of the network that is used.

    ## Known limits

    Gradients delivered by `torch.autograd.grad` to a hand-written update of a copy are not followed. A loop
    without an optimiser in which no loss value repeats is taken for an analysis, not for a training.

    ## References

    PyTorch documentation, `torch.optim`: "taking an optimization step".
    """

    code: ClassVar[str] = "LOP102"
    name: ClassVar[str] = "missing-weight-update"
    severity: ClassVar[Severity] = Severity.ERROR
    explained_by: ClassVar[tuple[str, ...]] = ("LOP103", "LOP108", "ARC109", "OPT105")
    figures: ClassVar[tuple[str, ...]] = ("loop.no_update",)
    proves_stuck: ClassVar[bool] = True

    calls: float = threshold(20, unit="calls", source="a gradient scaler may skip its first 16 steps")
    windows: float = threshold(3, unit="sampled steps", source="a warm-up may begin at rate 0")
    repeats: float = threshold(
        0.5, unit="share of distinct loss values", source="every value came at least twice: the same data, unmoved"
    )

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """Never differentiated; else each optimiser of its own; else the tensors moved by hand."""
        part = view.training.part
        if not len(part.rows(Kind.BACKWARD)):
            if view.training.number == 0:
                yield from self._no_backward(view, part)
            return
        mine = optimizers(part, view.training)
        stepping = frozenset(p for o in optimizers(part) if o.steps for p in o.parameters)
        for optimizer in mine:
            if not optimizer.steps:
                yield from self._never_steps(view, optimizer, stepping)
            else:
                yield from self._moves_nothing(view, optimizer)
        if not mine:
            yield from self._still_by_hand(view)

    # ---- (a) an optimiser that never steps -----------------------------------------------------------

    def _never_steps(self, view: TrainingView, optimizer: Optimizer, stepping: frozenset[int]) -> Iterator[Finding]:
        touched = optimizer.parameters & reached(view.training)
        calls = backward_calls(view.training)
        if not touched or touched <= stepping or calls < self.calls or _moved_by_hand(view, touched):
            return
        yield self.finding(
            f"{optimizer.kind} never steps: backward was called {calls} times, step not once",
            view=view, place=backward_place(view.training, optimizer.parameters), used_at=optimizer.place,
            first_step=0,
            evidence=(
                Evidence(label="calls of step", value=0.0, threshold=1.0, unit="calls"),
                Evidence(label="calls of backward", value=float(calls), threshold=self.calls, unit="calls"),
            ),
            remedies=(_STEP,),
        )

    # ---- (b) steps that move nothing -----------------------------------------------------------------

    def _moves_nothing(self, view: TrainingView, optimizer: Optimizer) -> Iterator[Finding]:
        part = view.training.part
        told = [(s, g) for s, g in windows_of(part, optimizer.number) if g["stepped"] and g["parameters"]]
        if len(told) < self.windows or any(g["moved"] for _, g in told):
            return
        why = self._reason(view, optimizer, [g for _, g in told])
        if why is None:
            return
        reason, evidence, remedy = why
        yield self.finding(
            f"{optimizer.steps} steps of {optimizer.kind} moved no weight: {reason}",
            view=view, place=optimizer.place, used_at=backward_place(view.training, optimizer.parameters),
            first_step=told[0][0],
            evidence=(
                Evidence(
                    label="parameters moved at the sampled steps", value=0.0, threshold=1.0, unit="parameters"
                ),
                Evidence(label="sampled steps", value=float(len(told)), threshold=self.windows, unit="steps"),
                evidence,
            ),
            remedies=(remedy,),
        )

    def _reason(self, view: TrainingView, optimizer: Optimizer, told: list[Event]) -> tuple[str, Evidence, Remedy] | None:
        without = all(g["none"] == g["parameters"] for g in told)
        if without and not optimizer.parameters & reached(view.training):
            truth = Evidence(label="parameters without a gradient", value=1.0, threshold=1.0, unit="share")
            return f"none of its {told[0]['parameters']} parameters ever gets a gradient", truth, _PARAMETERS
        erased = _erased_share(view.training.part, optimizer.number)
        if without or (erased > 0.5 and all(g["norm"] == 0 for g in told)):
            truth = Evidence(label="steps whose gradients were cleared before", value=max(erased, float(without)),
                             threshold=0.5, unit="share")
            return "the gradients are cleared between backward and step", truth, _ORDER
        rates = view.training.steps_of(optimizer.number)["value"]
        if len(rates) and not np.any(rates) and not any(group.get("lr", 1) for group in optimizer.groups):
            return "the learning rate is 0", Evidence(label="learning rate", value=0.0, threshold=0.0), _RATE
        return None

    # ---- (c) no backward at all ----------------------------------------------------------------------

    def _no_backward(self, view: TrainingView, part: Part) -> Iterator[Finding]:
        end: Event = next(iter(part.of(events.End)), {})
        counted = {int(number): int(steps) for number, steps in (end.get("steps") or {}).items()}
        blind = part.of(events.BlindStep)
        if not counted or part.of(events.AutogradGrad) or any(event["norm"] != 0 for event in blind):
            return
        steps = max(counted.values())
        cleared = len(part.rows(Kind.ZERO_GRAD))
        losses = sum(len(series.value) for series in view.training.evals)
        stepped = bool(blind) and steps >= self.calls
        if cleared < self.calls and losses < self.calls:  # a schedule that is only drawn steps as well
            return
        if not stepped and not (cleared >= self.calls and end.get("pending", 0) >= self.calls):
            return
        loss = next(iter(view.training.evals), None)
        made = next((Place(file=e.get("file"), line=e.get("line")) for e in blind), view.optimizer_place())
        yield self.finding(
            f"nothing calls backward: {losses} losses were computed and {steps} steps taken, without one gradient",
            view=view, place=Place(file=loss.file, line=loss.line) if loss is not None else made, used_at=made,
            first_step=0,
            evidence=(
                Evidence(label="calls of backward", value=0.0, threshold=1.0, unit="calls"),
                Evidence(label="calls of step", value=float(steps), threshold=self.calls, unit="calls"),
                Evidence(label="calls of zero_grad", value=float(cleared), threshold=self.calls, unit="calls"),
            ),
            remedies=(_BACKWARD,),
        )

    # ---- (d) tensors updated by hand -----------------------------------------------------------------

    def _still_by_hand(self, view: TrainingView) -> Iterator[Finding]:
        training = view.training
        updates = training.tracked("update")
        calls = backward_calls(training)
        seen = [track for track in updates if len(track.step) >= self.windows - 1]
        if calls < self.calls or not seen or _moved_by_hand(view, None) or _evaluating(view):
            return
        names = {track.place["name"] for track in seen}
        weights = [track for track in training.tracked("weight") if track.place["name"] in names]
        if not all(stays(track) for track in weights):
            return
        values = np.concatenate([series.value for series in training.losses])
        distinct = len(np.unique(values)) / len(values)
        rounds = _rounds(training.part)
        if distinct > self.repeats and rounds < 2:
            return
        yield self.finding(
            f"no tensor moves: {calls} backward calls, and {len(names)} tensors with a gradient stay as they were",
            view=view, place=view.loss_place(), first_step=0,
            evidence=(
                Evidence(label="norm of the update, largest", value=0.0, threshold=0.0),
                Evidence(
                    label="distinct loss values", value=distinct, threshold=self.repeats, unit="share of calls"
                ),
                Evidence(label="passes over the loader", value=float(rounds), unit="passes"),
            ),
            remedies=(_BY_HAND,),
        )


def _moved_by_hand(view: TrainingView, parameters: frozenset[int] | None) -> bool:
    """Whether any sampled update of these parameters (of any, for None) was not zero."""
    names = {view.training.parameters[p]["name"] for p in parameters or () if p in view.training.parameters}
    return any(
        bool(np.any(track["norm"] != 0)) for track in view.training.tracked("update")
        if parameters is None or track.place.get("parameter") in parameters
        or ("parameter" not in track.place and (not names or _same_name(str(track.place["name"]), names)))
    )


def _same_name(raw: str, names: set[str]) -> bool:
    """A leaf's own name against full ones, which may begin with the network's name."""
    return any(name == raw or name.endswith("." + raw) for name in names)


def _evaluating(view: TrainingView) -> bool:
    roots = [module for model in view.training.models for module in model["modules"][:1]]
    return bool(roots) and not any(module.get("training", True) for module in roots)


def _rounds(part: Part) -> int:
    sources = part.rows(Kind.EPOCH)["source"]
    return int(np.unique(sources, return_counts=True)[1].max()) if len(sources) else 0


def _erased_share(part: Part, number: int) -> float:
    """Of this optimiser's sampled steps, the share before which its gradients were cleared after the backward."""
    erased = steps = 0
    ready = cleared = False
    seen = False
    for row in part.tape[:MAX_ROWS]:
        kind, source = int(row["kind"]), int(row["source"])
        if kind == Kind.BACKWARD:
            ready, cleared = True, False
        elif kind == Kind.ZERO_GRAD and source in (number, NO_SOURCE):
            cleared, seen = ready, True
        elif kind == Kind.STEP and source == number:
            if seen:  # cleared within a sampled step: only there the order of calls is kept
                steps += 1
                erased += cleared
            ready = cleared = seen = False
    return erased / steps if steps else 0.0


_STEP = Remedy(
    name="call-step",
    text="Step the optimiser after each backward.",
    applicability=Applicability.SAFE,
    code="loss.backward()\noptimizer.step()",
)
_PARAMETERS = Remedy(
    name="optimise-the-network-in-use",
    text="Give the optimiser the parameters of the network whose output goes into the loss, and keep its graph.",
    applicability=Applicability.MANUAL,
    code="optimizer = torch.optim.Adam(model.parameters())   # after the model was made, and of that model",
)
_ORDER = Remedy(
    name="zero-grad-first",
    text="Clear the gradients before backward, not between backward and step.",
    applicability=Applicability.SAFE,
    code="optimizer.zero_grad()\nloss.backward()\noptimizer.step()",
)
_RATE = Remedy(
    name="set-learning-rate",
    text="Set a learning rate above 0; check what the schedule makes of it.",
    applicability=Applicability.TRIAL,
    code="optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)",
)
_BACKWARD = Remedy(
    name="call-backward",
    text="Call backward on the loss before the step.",
    applicability=Applicability.SAFE,
    code="loss.backward()\noptimizer.step()",
)
_BY_HAND = Remedy(
    name="update-in-place",
    text="Change the tensors themselves: an assignment to a loop variable makes a copy and leaves them as they are.",
    applicability=Applicability.SAFE,
    code="with torch.no_grad():\n    for p in parameters:\n        p -= rate * p.grad",
)
