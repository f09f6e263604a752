"""LOP107: the optimiser steps on data that is held out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from unstuck.analysis.run.loader_passes import LoaderPass, is_held_out_name, loader_names, loader_passes
from unstuck.analysis.run.parameters import optimizers
from unstuck.analysis.run.view import TrainingView
from unstuck.core import words
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.record import events
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True)
class TrainingOnHeldOutData(Rule[TrainingView]):
    """The network is trained on the data that it is validated or tested on.

    ## What it measures

    For each pass over a loader: how many backward calls and steps of which optimisers fall into it; and what the
    program calls that loader.

    ## Why it hurts

    The held-out figure is measured on data that the network has learned. It says nothing about new data, and it
    rewards memorising.

    ## How it decides

    A loader that is called a validation or test loader is trained on over whole passes, by an optimiser that steps on
    the other loaders, too, and passes over it come in turn with passes over these (`turns`). A loader that is only
    drawn from beside another one (bilevel optimisation) has no whole passes; passes at the end of the run, after the
    model was chosen, are no turns. Where another held-out loader is evaluated without training, it is a warning: the
    model may be meant to learn from both. So it is where the program trains on nothing else.

    ## Example

    ```python
    def run_epoch(loader):                    # also called with val_loader
        for inputs, labels in loader:
            optimizer.zero_grad()
            criterion(model(inputs), labels).backward()
            optimizer.step()
    ```

    ## Remedies

    Compute the held-out loss under `torch.no_grad()`, without backward and step.

    ## Known limits

    Held-out data is known by the name of its loader. Data in tensors, and loaders with neutral names, are not judged.

    ## References

    Kapoor and Narayanan, *Leakage and the Reproducibility Crisis in Machine-Learning-Based Science*, 2023.
    """

    code: ClassVar[str] = "LOP107"
    name: ClassVar[str] = "training-on-held-out-data"
    severity: ClassVar[Severity] = Severity.ERROR
    needs: ClassVar[tuple[str, ...]] = ("loss", "optimizer")
    figures: ClassVar[tuple[str, ...]] = ("shares.reported",)

    whole: float = threshold(0.8, unit="share of the loader's batches", source="the last batch may be left out")
    turns: float = threshold(2, unit="turns", source="training, validation, training: one epoch and the next")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """Each loader that is called a held-out one."""
        training = view.training
        names = loader_names(training)
        if not names:
            raise TooLittle("a loader whose name is known")
        own = {one.number for one in optimizers(training.part, training)}
        passes = loader_passes(training.part)
        trained = [one for one in passes if one.optimizers & own and self._is_whole(view, one)]
        loss = training.loss
        if loss is None or loss.function is None:
            return
        held_out = {number for number, name in names.items() if is_held_out_name(name)}
        others = [one for one in trained if one.loader not in held_out]
        elsewhere = any(one.backward and one.optimizers & own and one.loader not in held_out for one in passes)
        if elsewhere and not others:
            return  # several losses for each batch: what is trained on which data is not known
        looked_at = {one.loader for one in passes if one.loader in held_out and not one.backward}
        for number in sorted(held_out & {one.loader for one in trained}):
            mine = [one for one in trained if one.loader == number]
            shared = [one for one in others if any(one.optimizers & other.optimizers for other in mine)]
            if others and (not shared or self._turns(number, mine, shared) < self.turns):
                continue
            sound = bool(looked_at - {number}) or not others
            yield self._finding(view, number, names[number], passes, mine, sound and not _in_evaluation(view, number))

    def _is_whole(self, view: TrainingView, one: LoaderPass) -> bool:
        """Whether a pass trains on (nearly) every batch of its loader."""
        loader = next((event for event in view.training.part.of(events.Loader) if event.id == one.loader), None)
        if loader is None or not loader.size or not loader.batch_size:
            return False
        batches = loader.size / loader.batch_size
        batches = math.floor(batches) if loader.drop_last else math.ceil(batches)
        return batches > 1 and self.whole * batches <= one.backward <= batches

    def _turns(self, number: int, mine: list[LoaderPass], others: list[LoaderPass]) -> int:
        """How often training goes from this loader to another or back."""
        order = sorted([*mine, *others], key=lambda one: one.index)
        return sum((before.loader == number) != (after.loader == number) for before, after in pairwise(order))

    def _finding(
        self, view: TrainingView, number: int, name: str, passes: Sequence[LoaderPass], mine: list[LoaderPass],
        doubt: bool,
    ) -> Finding:  # fmt: skip
        calls = [call for call in view.training.of(events.Evaluation) if call.loader == number]
        all_of_it = sum(one.loader == number for one in passes)
        steps = sum(one.backward for one in mine)
        return self.finding(
            f"the network is trained on `{name}`: {len(mine)} of {words.count(all_of_it, 'pass', 'passes')} over it "
            f"are trained on, {words.count(steps, 'backward call')}",
            view=view, place=Place(file=calls[0].file, line=calls[0].line) if calls else view.loss_place(),
            used_at=view.loss_place(), first_step=mine[0].index, severity=Severity.WARNING if doubt else None,
            evidence=(
                Evidence(
                    key="trained_share", label=f"passes over {name} that are trained on", value=len(mine) / all_of_it,
                    unit="share",
                ),
                Evidence(key="held_out_calls", label="backward calls on it", value=float(steps), unit="calls"),
            ),
            remedies=(_REMEDY,),
        )  # fmt: skip


def _in_evaluation(view: TrainingView, number: int) -> bool:
    """Whether the network is put into evaluation mode for these passes: they are meant to be no training."""
    calls = [call for call in view.training.of(events.Evaluation) if call.loader == number]
    return bool(calls) and not any(call.training_mode for call in calls)


_REMEDY = Remedy(
    name="evaluate-only",
    text="Compute the held-out loss only: no backward, no step.",
    applicability=Applicability.MANUAL,
    code="model.eval()\nwith torch.no_grad():\n    for inputs, labels in val_loader:\n"
    "        total += criterion(model(inputs), labels).item()",
)
