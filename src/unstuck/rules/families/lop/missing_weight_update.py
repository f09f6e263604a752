"""LOP102: no weight is ever updated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from unstuck.analysis.run.parameters import (
    OptimizerHistory,
    Sampled,
    backward_calls,
    backward_place,
    end_of,
    is_unchanged,
    optimizers,
    reached,
    sampled_gradients,
)
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.record import events
from unstuck.record.reader import Part
from unstuck.record.schema import NO_SOURCE, Kind
from unstuck.rules.rule import Rule, TooLittle, threshold

MAX_ROWS = 1 << 16
"""rows of the timeline that are read for the order of calls"""


class Reason(NamedTuple):
    """Why steps change nothing: in words, as evidence, and how to fix it."""

    words: str
    evidence: Evidence
    remedy: Remedy


@dataclass(frozen=True)
class MissingWeightUpdate(Rule[TrainingView]):
    """The loss is computed, and no weight ever changes: no step, no backward, or steps that change nothing.

    ## What it measures

    Calls of backward and of each optimiser's `step`. At the sampled steps: how many parameters had a gradient and
    how many changed. For tensors that are updated by hand: whether they changed between two backward calls.

    ## Why it hurts

    The network predicts at the end what it predicted at the beginning. The loss changes only with the batches.

    ## How it decides

    One of four: (a) An optimiser never steps, although losses that reach its parameters were differentiated many
    times and nothing else updates these parameters. (b) It steps, and changes no parameter at any sampled step,
    because its learning rate is 0, because no gradient ever reaches its parameters, or because the gradients are
    cleared between backward and step. (c) It steps or clears gradients, and nothing ever calls backward. (d) There
    is no optimiser, and tensors stay unchanged while the same loss values come again. Gradients that are zero by
    themselves are another fault, and so is a learning rate that is only too low.

    ## Example

    ```python
    loss.backward()
    optimizer.step            # the parentheses are missing: step is not called
    ```

    ## Remedies

    Call `loss.backward()` and then `optimizer.step()` once per batch, over the parameters of the network that is used.

    ## Known limits

    Gradients from `torch.autograd.grad` that update a copy by hand are not followed. A loop without an optimiser in
    which no loss value repeats counts as an analysis, not as a training.

    ## References

    PyTorch documentation, `torch.optim`: "taking an optimization step".
    """

    code: ClassVar[str] = "LOP102"
    name: ClassVar[str] = "missing-weight-update"
    severity: ClassVar[Severity] = Severity.ERROR
    of_first_steps: ClassVar[bool] = True
    explained_by: ClassVar[tuple[str, ...]] = ("LOP103", "LOP108", "ARC109", "OPT105")
    figures: ClassVar[tuple[str, ...]] = ("loop.missing_call", "loop.unchanged_parameters", "loop.unchanged_tensors")
    proves_stuck: ClassVar[bool] = True

    calls: float = threshold(20, unit="calls", source="a gradient scaler may skip its first 16 steps")
    sampled_steps: float = threshold(3, unit="sampled steps", source="a warm-up may begin at learning rate 0")
    repeats: float = threshold(
        0.5, unit="share of distinct loss values", source="every value came at least twice: same data, same weights"
    )

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """No backward at all; else each optimiser by itself; else the tensors that are updated by hand."""
        part = view.training.part
        if not len(part.rows(Kind.BACKWARD)):
            if view.training.number == 0:
                yield from self._no_backward(view, part)
            return
        own = optimizers(part, view.training)
        if not own:
            yield from self._unchanged_by_hand(view)
            return
        missing = [self._missing(view, optimizer) for optimizer in own]
        reasons = [reason for reason in missing if reason is not None]
        if len(reasons) == len(own):
            raise TooLittle(reasons[0])
        stepping = frozenset(p for optimizer in optimizers(part) if optimizer.steps for p in optimizer.parameters)
        for optimizer in own:
            if not optimizer.steps:
                yield from self._never_steps(view, optimizer, stepping)
            else:
                yield from self._changes_nothing(view, optimizer)

    def _missing(self, view: TrainingView, optimizer: OptimizerHistory) -> str | None:
        """What is missing to judge an optimiser; None where it can be judged."""
        if not optimizer.steps:
            return f"{self.calls:.0f} backward calls" if backward_calls(view.training) < self.calls else None
        sampled = _steps_of(view, optimizer)
        if len(sampled) < self.sampled_steps and not any(gradients.moved for _, gradients in sampled):
            return f"{self.sampled_steps:.0f} sampled steps of an optimiser"
        return None

    # ---- (a) an optimiser that never steps -----------------------------------------------------------

    def _never_steps(
        self, view: TrainingView, optimizer: OptimizerHistory, stepping: frozenset[int]
    ) -> Iterator[Finding]:
        touched = optimizer.parameters & reached(view.training)
        calls = backward_calls(view.training)
        if not touched or touched <= stepping or calls < self.calls or _is_updated_by_hand(view, touched):
            return
        yield self.finding(
            f"{optimizer.class_name} never steps: backward was called {calls} times and step 0 times",
            view=view, place=backward_place(view.training, optimizer.parameters), used_at=optimizer.place,
            first_step=0,
            evidence=(
                Evidence(key="optimizer_steps", label="calls of step", value=0.0, threshold=1.0, unit="calls"),
                Evidence(
                    key="backward_calls", label="calls of backward", value=float(calls), threshold=self.calls,
                    unit="calls",
                ),
            ),
            remedies=(_STEP,),
        )

    # ---- (b) steps that change nothing ---------------------------------------------------------------

    def _changes_nothing(self, view: TrainingView, optimizer: OptimizerHistory) -> Iterator[Finding]:
        sampled = _steps_of(view, optimizer)
        if len(sampled) < self.sampled_steps or any(gradients.moved for _, gradients in sampled):
            return
        reason = self._reason(view, optimizer, sampled)
        if reason is None:
            return
        yield self.finding(
            f"{optimizer.steps} steps of {optimizer.class_name} changed no weight: {reason.words}",
            view=view, place=optimizer.place, used_at=backward_place(view.training, optimizer.parameters),
            first_step=sampled[0][0],
            evidence=(
                Evidence(
                    key="changed_parameters", label="parameters changed at the sampled steps", value=0.0,
                    threshold=1.0, unit="parameters",
                ),
                Evidence(
                    key="sampled_steps", label="sampled steps", value=float(len(sampled)), threshold=self.sampled_steps,
                    unit="steps",
                ),
                reason.evidence,
            ),
            remedies=(reason.remedy,),
        )

    def _reason(self, view: TrainingView, optimizer: OptimizerHistory, sampled: Sampled) -> Reason | None:
        gradients = [facts for _, facts in sampled]
        without = all(facts.none == facts.parameters for facts in gradients)
        if without and not optimizer.parameters & reached(view.training):
            share = Evidence(
                key="without_gradient_share", label="parameters without a gradient", value=1.0, threshold=1.0,
                unit="share",
            )
            return Reason(f"none of its {gradients[0].parameters} parameters ever gets a gradient", share, _PARAMETERS)
        cleared = _share_cleared_before_step(view.training.part, optimizer.number)
        if without or (cleared > 0.5 and all(facts.norm == 0 for facts in gradients)):
            share = Evidence(
                key="cleared_share", label="steps whose gradients were cleared after backward",
                value=max(cleared, float(without)), threshold=0.5, unit="share",
            )
            return Reason("the gradients are cleared between backward and step", share, _ORDER)
        rates = view.training.steps_of(optimizer.number)["value"]
        unset = not any(group.lr is None or group.lr for group in optimizer.groups)
        if len(rates) and not np.any(rates) and unset:
            rate = Evidence(key="learning_rate", label="learning rate", value=0.0, threshold=0.0)
            return Reason("the learning rate is 0", rate, _RATE)
        return None

    # ---- (c) no backward at all ----------------------------------------------------------------------

    def _no_backward(self, view: TrainingView, part: Part) -> Iterator[Finding]:
        end = end_of(part)
        blind = part.of(events.BlindStep)
        if end is None or not end.steps:
            raise TooLittle("an optimiser that steps")
        if part.of(events.AutogradGrad) or any(step.norm != 0 for step in blind):
            return
        steps = max(end.steps.values())
        cleared = len(part.rows(Kind.ZERO_GRAD))
        losses = sum(len(series.value) for series in view.training.evals)
        stepped = bool(blind) and steps >= self.calls
        if cleared < self.calls and losses < self.calls:  # a loop that only plots a schedule steps as well
            return
        if not stepped and not (cleared >= self.calls and end.pending >= self.calls):
            return
        loss = next(iter(view.training.evals), None)
        made = next((Place(file=step.file, line=step.line) for step in blind), view.optimizer_place())
        yield self.finding(
            f"backward is never called: {losses} losses were computed and {steps} steps taken without a gradient",
            view=view, place=Place(file=loss.file, line=loss.line) if loss is not None else made, used_at=made,
            first_step=0,
            evidence=(
                Evidence(key="backward_calls", label="calls of backward", value=0.0, threshold=1.0, unit="calls"),
                Evidence(
                    key="optimizer_steps", label="calls of step", value=float(steps), threshold=self.calls,
                    unit="calls",
                ),
                Evidence(
                    key="zero_grad_calls", label="calls of zero_grad", value=float(cleared), threshold=self.calls,
                    unit="calls",
                ),
            ),
            remedies=(_BACKWARD,),
        )

    # ---- (d) tensors updated by hand -----------------------------------------------------------------

    def _unchanged_by_hand(self, view: TrainingView) -> Iterator[Finding]:
        training = view.training
        calls = backward_calls(training)
        if _is_updated_by_hand(view, None) or _is_evaluating(view):
            return
        if calls < self.calls:
            raise TooLittle(f"{self.calls:.0f} backward calls")
        updates = [track for track in training.tracked("update") if len(track.step) >= self.sampled_steps - 1]
        if not updates:
            raise TooLittle("summaries of weight updates")
        names = {track.place.name for track in updates}
        weights = [track for track in training.tracked("weight") if track.place.name in names]
        if not all(is_unchanged(track) for track in weights):
            return
        values = np.concatenate([series.value for series in training.losses])
        distinct = len(np.unique(values)) / len(values)
        passes = _passes_over_a_loader(training.part)
        if distinct > self.repeats and passes < 2:
            return
        yield self.finding(
            f"no tensor changes: {len(names)} tensors with a gradient stay the same over {calls} backward calls",
            view=view, place=view.loss_place(), first_step=0,
            evidence=(
                Evidence(key="largest_update", label="largest norm of an update", value=0.0, threshold=0.0),
                Evidence(
                    key="distinct_loss_values", label="distinct loss values", value=distinct, threshold=self.repeats,
                    unit="share of calls",
                ),
                Evidence(key="passes_over_loader", label="passes over the loader", value=float(passes), unit="passes"),
            ),
            remedies=(_BY_HAND,),
        )


def _steps_of(view: TrainingView, optimizer: OptimizerHistory) -> Sampled:
    """The sampled steps that an optimiser with parameters took."""
    sampled = sampled_gradients(view.training.part, optimizer.number)
    return tuple((step, gradients) for step, gradients in sampled if gradients.stepped and gradients.parameters)


def _is_updated_by_hand(view: TrainingView, parameters: frozenset[int] | None) -> bool:
    """Whether any sampled update of these parameters (of any, for None) was not zero."""
    known = view.training.parameters
    names = {known[number].name for number in parameters or () if number in known}
    return any(
        bool(np.any(track["norm"] != 0)) for track in view.training.tracked("update")
        if parameters is None or track.place.parameter in parameters
        or (track.place.parameter is None and (not names or _is_same_name(track.place.name, names)))
    )


def _is_same_name(raw: str, names: set[str]) -> bool:
    """A leaf's own name against full ones, which may begin with the network's name."""
    return any(name == raw or name.endswith("." + raw) for name in names)


def _is_evaluating(view: TrainingView) -> bool:
    roots = [module for model in view.training.models for module in model.modules[:1]]
    return bool(roots) and not any(module.training for module in roots)


def _passes_over_a_loader(part: Part) -> int:
    sources = part.rows(Kind.EPOCH)["source"]
    return int(np.unique(sources, return_counts=True)[1].max()) if len(sources) else 0


def _share_cleared_before_step(part: Part, number: int) -> float:
    """Of this optimiser's sampled steps, the share whose gradients were cleared after backward and before the step."""
    erased = steps = 0
    ready = cleared = False
    sampled = False
    for row in part.timeline[:MAX_ROWS]:
        kind, source = int(row["kind"]), int(row["source"])
        if kind == Kind.BACKWARD:
            ready, cleared = True, False
        elif kind == Kind.ZERO_GRAD and source in (number, NO_SOURCE):
            cleared, sampled = ready, True
        elif kind == Kind.STEP and source == number:
            if sampled:  # only within a sampled step is the order of calls recorded
                steps += 1
                erased += cleared
            ready = cleared = sampled = False
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
    code="optimizer = torch.optim.Adam(model.parameters())   # of the model that is trained, after it was made",
)
_ORDER = Remedy(
    name="zero-grad-first",
    text="Clear the gradients before backward, not between backward and step.",
    applicability=Applicability.SAFE,
    code="optimizer.zero_grad()\nloss.backward()\noptimizer.step()",
)
_RATE = Remedy(
    name="set-learning-rate",
    text="Set a learning rate above 0, and check the values that the schedule gives it.",
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
    text="Update the tensors in place. An assignment to a loop variable makes a new tensor and keeps the old one.",
    applicability=Applicability.SAFE,
    code="with torch.no_grad():\n    for p in parameters:\n        p -= rate * p.grad",
)
