"""What a rule looks at: one training of a record, and how that training stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from unstuck.analysis.run.graph import Graph
from unstuck.analysis.run.head import Head, head_of
from unstuck.analysis.run.status import Standing, standing_of
from unstuck.analysis.run.training import Training
from unstuck.core.experiment import Results
from unstuck.core.finding import Place
from unstuck.record.reader import Event, Record


@dataclass(frozen=True)
class View:
    """One training, with what several rules derive from it."""

    record: Record
    training: Training
    experiments: Results | None = field(default=None, compare=False)
    """what was tried on it; None where nothing was, or on another training"""

    @cached_property
    def standing(self) -> Standing:
        """Verdict, first, last and best loss, trivial answer, noise."""
        return standing_of(self.training)

    @cached_property
    def heads(self) -> tuple[Head, ...]:
        """For each recorded graph: the operations between the loss and the last layer."""
        return tuple(head_of(graph) for graph in self.training.graphs)

    @cached_property
    def train_calls(self) -> tuple[Event, ...]:
        """Calls of loss functions whose result went into a backward."""
        return tuple(e for e in self.training.loss_calls if e.get("phase") == "train")

    @cached_property
    def all_calls(self) -> tuple[Event, ...]:
        """Every recorded call of a loss function, those that raised included."""
        return self.training.loss_calls

    def module_place(self, layer: str | None) -> Place:
        """Where a layer was made."""
        module = self.training.modules.get(layer or "")
        if module is None:
            return Place(layer=layer)
        return Place(layer=layer, file=module.get("file"), line=module.get("line"))

    def loss_place(self) -> Place:
        """Where the main loss's backward is called."""
        loss = self.training.loss
        return Place(file=loss.file, line=loss.line) if loss is not None else Place()

    def optimizer_place(self) -> Place:
        """Where the (first) optimiser was made."""
        for optimizer in self.training.optimizers:
            return Place(file=optimizer.get("file"), line=optimizer.get("line"))
        return Place()


def _graphs(view: View) -> tuple[Graph, ...]:
    return view.training.graphs


QUANTITIES: dict[str, tuple[str, Callable[[View], object]]] = {
    "loss": ("a loss on which backward was called", lambda view: view.training.losses),
    "graph": ("the autograd graph above a loss", _graphs),
    "loss_call": ("a call of a torch loss function", lambda view: view.all_calls),
    "output": ("a loss with its graph, or a call of a torch loss function",
               lambda view: view.training.graphs or view.all_calls),
    "window": ("a step that was sampled", lambda view: view.training.windows),
    "optimizer": ("an optimiser", lambda view: view.training.optimizers),
    "model": ("a network made of modules", lambda view: view.training.models),
    "activation": ("outputs of activation functions", lambda view: view.training.tracked("activation")),
    "weight": ("summaries of weights", lambda view: view.training.tracked("weight")),
    "update": ("summaries of weight updates", lambda view: view.training.tracked("update")),
    "gradient": ("summaries of gradients", lambda view: view.training.tracked("gradient")),
    "input": ("data that entered the first layer", lambda view: view.training.inputs),
    "experiment": ("an experiment (`unstuck verify`)", lambda view: view.experiments is not None),
    "eval_loss": ("a loss on held-out data", lambda view: view.training.evals),
}
"""what a rule may need → in words, and how to tell whether it is there"""
