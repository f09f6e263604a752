"""LOP110: the optimiser is made again and again, or holds a network that is not the one in use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np

from unstuck.analysis.run.loader_passes import loader_passes
from unstuck.analysis.run.parameters import OptimizerHistory, optimizers, reached, sampled_gradients
from unstuck.analysis.run.view import TrainingView
from unstuck.core import words
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.vocabulary import ADAPTIVE_OPTIMIZERS
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True)
class RecreatedOptimizer(Rule[TrainingView]):
    """One line makes a new optimiser for the same parameters every epoch; or the network was made anew after it.

    ## What it measures

    Where and when each optimiser was made, which parameters it holds, how many steps it took; the passes over loaders
    and the states loaded between two of them.

    ## Why it hurts

    A new optimiser has no momentum and no averages of past gradients: it begins as at the first step, every time. A
    schedule of the learning rate begins again with it. An optimiser of a network that was replaced trains nothing.

    ## How it decides

    Made anew: at least `made` optimisers of one line hold the same parameters, each for one pass over the data or less
    (without a loader: each for a tenth of the run or less). They keep a state: Adam and its kin, or momentum. Where a
    state of weights is loaded before each of them, they serve new starts (federated or meta-learning); other parameters
    are other networks (folds, seeds). If each lives longer than the memory of its averages, it is a note.

    Replaced: an optimiser steps, no loss reaches any of its parameters, and the losses reach as many parameters that
    no optimiser holds.

    ## Example

    ```python
    def train_epoch(model):
        optimizer = torch.optim.Adam(model.parameters())      # once per epoch
    ```

    ## Remedies

    Make the optimiser once, after the network and before the loop.

    ## Known limits

    A network that is made anew in each epoch, with its optimiser, cannot be told from folds or seeds.

    ## References

    Kingma and Ba: Adam (2015), section 2: the moving averages; PyTorch documentation, `torch.optim`: "Constructing it".
    """

    code: ClassVar[str] = "LOP110"
    name: ClassVar[str] = "recreated-optimizer"
    severity: ClassVar[Severity] = Severity.WARNING
    needs: ClassVar[tuple[str, ...]] = ("loss", "optimizer")
    figures: ClassVar[tuple[str, ...]] = ("shares.reported",)

    made: int = threshold(4, unit="optimisers", source="two or three are stages of a training: warm-up, fine-tuning")
    made_without_loader: int = threshold(10, unit="optimisers", source="each for a tenth of the run or less")
    passes: float = threshold(1.0, unit="passes over the data", source="more: a stage, a task")
    memory: float = threshold(10, unit="time constants", source="momentum of 0.9: 100 steps, then it is complete")
    steps: int = threshold(10, unit="steps", source="a network may be replaced before it is trained")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """The lines that make several optimisers, and optimisers of what no loss reaches."""
        own = optimizers(view.training.part, view.training)
        if not any(one.steps for one in own):
            raise TooLittle("an optimiser that steps")
        by_line: dict[tuple[str | None, int | None, frozenset[int]], list[OptimizerHistory]] = {}
        for one in own:
            if one.steps and one.parameters and one.place.line is not None:
                by_line.setdefault((one.place.file, one.place.line, one.parameters), []).append(one)
        for same in by_line.values():
            yield from self._made_anew(view, same)
        yield from self._replaced(view)

    # ---- made anew -----------------------------------------------------------------------------------

    def _made_anew(self, view: TrainingView, same: list[OptimizerHistory]) -> Iterator[Finding]:
        if len(same) < self.made or not _keeps_state(same[-1]):
            return
        first = {one.id: one for one in reversed(view.training.optimizers)}
        made = sorted((first[one.number] for one in same), key=lambda event: event.made_at or 0)
        begins = [event.made_at or 0 for event in made]
        loads = [after.loads - before.loads for before, after in pairwise(made)]
        if sum(bool(one) for one in loads) > len(loads) / 2:
            return
        trained = [one.index for one in loader_passes(view.training.part) if one.backward]
        between = [sum(low <= index < high for index in trained) for low, high in pairwise(begins)]
        if any(between):
            if float(np.median(between)) > self.passes:
                return
        elif len(same) < self.made_without_loader:
            return
        life = float(np.median([one.steps for one in same]))
        memory = self.memory * _time_constant(same[-1])
        yield self.finding(
            f"{same[-1].class_name} is made anew {len(same)} times for the same parameters, each time for "
            f"{words.count(round(life), 'step')}: its {'momentum' if _momentum(same[-1]) else 'averages'} "
            f"{'is' if _momentum(same[-1]) else 'are'} lost every time",
            view=view, place=same[-1].place, used_at=view.loss_place(), first_step=begins[1],
            severity=Severity.INFO if life > memory else None,
            evidence=(
                Evidence(
                    key="optimizers_made", label="optimisers of the same parameters", value=float(len(same)),
                    threshold=float(self.made), unit="optimisers",
                ),
                Evidence(
                    key="steps_of_each", label="steps of each, median", value=life, threshold=memory, unit="steps",
                ),
            ),
            remedies=(_ONCE,),
        )  # fmt: skip

    # ---- replaced ------------------------------------------------------------------------------------

    def _replaced(self, view: TrainingView) -> Iterator[Finding]:
        part = view.training.part
        everyone = optimizers(part)
        held = frozenset(parameter for one in everyone for parameter in one.parameters)
        unheld = [number for number in reached(view.training) if number in view.training.parameters] if held else []
        if not unheld or any(number in held for number in unheld):
            return
        for one in everyone:
            sampled = [facts for _, facts in sampled_gradients(part, one.number) if facts.stepped]
            if one.steps < self.steps or len(one.parameters) != len(unheld) or not sampled:
                continue
            if any(facts.none < facts.parameters for facts in sampled):
                continue
            yield self.finding(
                f"{one.class_name} holds {words.count(len(one.parameters), 'parameter')} that no loss reaches, and the "
                f"losses reach {len(unheld)} others: the network was made anew after the optimiser",
                view=view, place=one.place, used_at=view.loss_place(), first_step=0,
                evidence=(
                    Evidence(
                        key="replaced_parameters", label="parameters of the optimiser that no loss reaches",
                        value=float(len(one.parameters)), unit="parameters",
                    ),
                ),
                remedies=(_AFTER,),
            )  # fmt: skip


def _keeps_state(one: OptimizerHistory) -> bool:
    return _momentum(one) or any(part in one.class_name.lower() for part in ADAPTIVE_OPTIMIZERS)


def _momentum(one: OptimizerHistory) -> bool:
    """Whether it is plain descent with momentum."""
    return any(group.momentum for group in one.groups) and not any(group.betas for group in one.groups)


def _time_constant(one: OptimizerHistory) -> float:
    """Steps over which its shortest average of gradients remembers."""
    rates = [group.betas[0] if group.betas else group.momentum or group.alpha or 0.9 for group in one.groups]
    return 1 / max(1e-3, 1 - max(rates, default=0.9))


_ONCE = Remedy(
    name="one-optimizer",
    text="Make the optimiser once, before the loop, and hand it on.",
    applicability=Applicability.MANUAL,
    code="optimizer = torch.optim.Adam(model.parameters())\nfor epoch in range(epochs):\n"
    "    train_epoch(model, optimizer)",
)
_AFTER = Remedy(
    name="optimise-all-parameters",
    text="Make the optimiser after the network that is trained.",
    applicability=Applicability.SAFE,
    code="model = Net()\noptimizer = torch.optim.Adam(model.parameters())",
)
