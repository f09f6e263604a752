"""One training of a run, as rules judge it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

from unstuck.analysis.run.head import Head, head_of
from unstuck.analysis.run.status import TrainingStatus, status_of
from unstuck.analysis.run.training import Training, trainings
from unstuck.analysis.view import Quantity, View
from unstuck.core.experiment import Results
from unstuck.core.finding import Place
from unstuck.core.subject import Subject, SubjectKind
from unstuck.record.events import LossCall
from unstuck.record.reader import Record

QUANTITIES: Mapping[str, Quantity] = {
    "loss": Quantity("a loss on which backward was called", lambda view: view.training.losses),
    "graph": Quantity("the autograd graph above a loss", lambda view: view.training.graphs),
    "loss_call": Quantity("a call of a torch loss function", lambda view: view.all_calls),
    "output": Quantity(
        "a loss with its graph, or a call of a torch loss function",
        lambda view: view.training.graphs or view.all_calls,
    ),
    "sampled_step": Quantity("a sampled step", lambda view: view.training.sampled_steps),
    "optimizer": Quantity("an optimiser", lambda view: view.training.optimizers),
    "model": Quantity("a network made of modules", lambda view: view.training.models),
    "activation": Quantity("outputs of activation functions", lambda view: view.training.tracked("activation")),
    "weight": Quantity("summaries of weights", lambda view: view.training.tracked("weight")),
    "update": Quantity("summaries of weight updates", lambda view: view.training.tracked("update")),
    "gradient": Quantity("summaries of gradients", lambda view: view.training.tracked("gradient")),
    "input": Quantity("data that entered the first layer", lambda view: view.training.inputs),
    "experiment": Quantity("an experiment (`unstuck verify`)", lambda view: view.experiments is not None),
    "eval_loss": Quantity("a loss on held-out data", lambda view: view.training.evals or view.training.passes),
}
"""what a rule on a training may need"""


@dataclass(frozen=True)
class TrainingView(View):
    """One training, with the facts that several rules ask of it."""

    quantities: ClassVar[Mapping[str, Quantity]] = QUANTITIES

    training: Training
    experiments: Results | None = field(default=None, compare=False)
    """what was tried on it; None where nothing was, or on another training"""

    @property
    def subject(self) -> Subject:
        """The training by its number."""
        return Subject(SubjectKind.TRAINING, self.training.number)

    @cached_property
    def status(self) -> TrainingStatus:
        """The training status: verdict, first, last and best loss, constant baseline, noise."""
        return status_of(self.training)

    @cached_property
    def heads(self) -> tuple[Head, ...]:
        """For each recorded graph: the operations between the loss and the last layer."""
        return tuple(head_of(graph) for graph in self.training.graphs)

    @cached_property
    def train_calls(self) -> tuple[LossCall, ...]:
        """Calls of loss functions whose result went into a backward."""
        return tuple(call for call in self.training.loss_calls if call.phase == "train")

    @cached_property
    def all_calls(self) -> tuple[LossCall, ...]:
        """Every recorded call of a loss function, those that raised included."""
        return self.training.loss_calls

    def module_place(self, layer: str | None) -> Place:
        """Where a layer was made."""
        module = self.training.modules.get(layer or "")
        if module is None:
            return Place(layer=layer)
        return Place(layer=layer, file=module.file, line=module.line)

    def loss_place(self) -> Place:
        """Where the main loss's backward is called."""
        loss = self.training.loss
        return Place(file=loss.file, line=loss.line) if loss is not None else Place()

    def optimizer_place(self) -> Place:
        """Where the (first) optimiser was made."""
        for optimizer in self.training.optimizers:
            return Place(file=optimizer.file, line=optimizer.line)
        return Place()


def training_views(record: Record, experiments: Results | None = None) -> tuple[TrainingView, ...]:
    """Every training of a run; what was tried belongs to one of them."""
    found = trainings(record)
    tried = _tried_on(found, experiments)
    return tuple(TrainingView(record, training, experiments if training is tried else None) for training in found)


def _tried_on(found: Sequence[Training], experiments: Results | None) -> Training | None:
    """The training that experiments are about: the one that they name, or the longest."""
    if experiments is None or not found:
        return None
    named = [training for training in found if training.number == experiments.training]
    return named[0] if named else max(found, key=lambda training: len(training.loss.value) if training.loss else 0)
