"""ARC109: a layer that should learn is switched off or cut off."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.graph_inputs import GraphInput, feeding_the_trained_part, graph_inputs_of
from unstuck.analysis.run.parameters import (
    all_parameters,
    ended_without_gradient,
    is_unchanged,
    named,
    num_weights,
    optimizers,
    reached,
)
from unstuck.analysis.run.view import TrainingView
from unstuck.analysis.run.weight_origin import enclosing, is_own, looks_random, modules
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.core.vocabulary import WEIGHT_LAYERS
from unstuck.record import events
from unstuck.record.events import ParameterFacts
from unstuck.rules.rule import Rule, TooLittle, threshold

INTENDED = re.compile(r"frozen|freeze|fixed|target|teacher|ema|momentum|random|reservoir|prior|slow|static|reference")
"""names that say that a layer should stay as it is"""
MAX_GRAPHS = 8
"""different graphs that are recorded of one training; where there are so many, others may be missing"""


@dataclass(frozen=True)
class FrozenByAccident(Rule[TrainingView]):
    """A layer with random values takes part in the training, and no gradient can reach it.

    ## What it measures

    For each dense, convolutional, recurrent or attention layer: whether its weights ever required a gradient,
    whether they were loaded or copied, whether they look like an initialisation, whether the layer ran in training,
    whether the trained part reads its output, and whether any graph of any loss reaches it.

    ## Why it hurts

    The layer keeps its random initial values. No later layer can recover the information that it loses. The loss
    often falls nevertheless, which hides the fault.

    ## How it decides

    (a) *Switched off*: `requires_grad` was off whenever the network was recorded, the values are neither loaded nor
    copied nor set by hand, and the trained part reads the layer's output. (b) *Cut off*: an optimiser holds the
    weights, and they require a gradient; the layer ran; a trained layer reads a constant of the same width; no graph
    reaches the layer, its gradient was None and its weights were the same at every sampled step. Not reported are
    pre-trained layers, a frozen layer with a low-rank adapter, copies that follow another network, embeddings,
    buffers, and a layer whose name says that it is frozen.

    ## Example

    ```python
    for p in model.stem.parameters():
        p.requires_grad = False               # left from a fine-tuning script, with nothing loaded
    features = self.stem(x).detach()          # or a no_grad around it
    ```

    ## Remedies

    Switch `requires_grad` on before the optimiser is made. Remove `.detach()`, `.data`, `no_grad` or the conversion
    to NumPy between the layer and the loss.

    ## Known limits

    A projection that is random on purpose looks the same, unless its name says so. Layers whose `forward` is called
    directly are not recorded. Frozen embeddings are not judged.

    ## References

    PyTorch documentation, "Autograd mechanics", "Locally disabling gradient computation".
    """

    code: ClassVar[str] = "ARC109"
    name: ClassVar[str] = "frozen-by-accident"
    severity: ClassVar[Severity] = Severity.ERROR
    of_first_steps: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("model",)
    figures: ClassVar[tuple[str, ...]] = ("layers.frozen",)

    samples: float = threshold(3, unit="sampled steps", source="a first step may not use a layer")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """The layers that are switched off, then the layers that are cut off."""
        training = view.training
        inputs = graph_inputs_of(training)
        weights = self._weights(view)
        if not training.graphs and not ended_without_gradient(training.part):
            raise TooLittle("the autograd graph above a loss")
        if not reached(training):
            if ended_without_gradient(training.part):
                off = [w for w in weights if self._never_required(view, w) and looks_random(w) is not False]
                if off and not any(parameter.requires_grad for parameter in training.parameters.values()):
                    yield self._finding(view, off, inputs, cut=False)
            return
        off = [weight for weight in weights if self._is_switched_off(view, weight)]
        off = feeding_the_trained_part(training, off, inputs, inside=True)
        if off:
            yield self._finding(view, off, inputs, cut=False)
        candidates = [weight for weight in weights if self._may_be_cut_off(view, weight)]
        candidates = feeding_the_trained_part(training, candidates, inputs, inside=False)
        whole = len(training.graphs) < MAX_GRAPHS and not any(graph.truncated for graph in training.graphs)
        sampled = [weight for weight in weights if self._sampled_steps(view, weight) >= self.samples]
        cut = [weight for weight in candidates if weight in sampled] if whole else []
        cut = feeding_the_trained_part(training, cut, inputs, inside=False)
        if cut:
            yield self._finding(view, cut, inputs, cut=True)
        elif candidates and not off:
            raise TooLittle(
                f"{self.samples:.0f} sampled steps of a layer that no graph reaches" if whole
                else "the whole autograd graph above a loss"
            )

    def _weights(self, view: TrainingView) -> list[ParameterFacts]:
        """The unreached matrices of standard layers, in networks of which a part is trained or in an optimiser."""
        part = view.training.part
        touched = reached(view.training)
        held = {parameter for optimizer in optimizers(part, view.training) for parameter in optimizer.parameters}
        known = modules(part)
        weights: list[ParameterFacts] = []
        for model in view.training.models:
            own = {parameter.id for parameter in model.parameters}
            if touched and not own & touched and not own & held:
                continue
            weights += [
                parameter for parameter in model.parameters
                if len(parameter.shape) >= 2
                and parameter.layer in known and known[parameter.layer].class_name in WEIGHT_LAYERS
                and parameter.id not in touched and is_own(part, parameter)
                and not INTENDED.search(parameter.name.lower())
                and (not touched or own & touched or parameter.id in held)
            ]  # fmt: skip
        return weights

    def _is_switched_off(self, view: TrainingView, parameter: ParameterFacts) -> bool:
        return (
            self._never_required(view, parameter)
            and _ran(view, parameter.layer, "output")
            and looks_random(parameter) is not False
            and not self._is_adapted(view, parameter)
            and not self._changes(view, parameter)
        )

    def _never_required(self, view: TrainingView, parameter: ParameterFacts) -> bool:
        return not any(state.requires_grad for state in all_parameters(view.training.part)[parameter.id])

    def _may_be_cut_off(self, view: TrainingView, parameter: ParameterFacts) -> bool:
        training = view.training
        stepping = [optimizer for optimizer in optimizers(training.part, training) if optimizer.steps]
        held = any(parameter.id in optimizer.parameters for optimizer in stepping)
        if not (parameter.requires_grad and held and not self._changes(view, parameter)):
            return False
        gradients = training.tracked("gradient")
        return not any(track.place.parameter == parameter.id for track in gradients) and (
            _ran(view, parameter.layer, "output") or _ran(view, parameter.layer, "ungraded")
        )

    def _sampled_steps(self, view: TrainingView, parameter: ParameterFacts) -> int:
        weights = view.training.tracked("weight")
        return max((len(track.step) for track in weights if track.place.parameter == parameter.id), default=0)

    def _changes(self, view: TrainingView, parameter: ParameterFacts) -> bool:
        return any(
            not is_unchanged(track) for track in view.training.tracked("weight")
            if track.place.parameter == parameter.id
        )

    def _is_adapted(self, view: TrainingView, parameter: ParameterFacts) -> bool:
        """Whether two small trained matrices beside it make up an update of low rank."""
        around = next(enclosing(parameter.layer), None)
        if around is None:
            return False
        container = modules(view.training.part).get(around)
        if container is not None and container.class_name in ("Sequential", "ModuleList"):
            return False
        rows, columns = parameter.shape[:2]
        beside = [
            set(other.shape) for other in view.training.parameters.values()
            if other.requires_grad and len(other.shape) == 2 and other.id != parameter.id
            and (other.layer == around or other.layer.startswith(around + "."))
        ]  # fmt: skip
        low_rank = [shape for shape in beside if min(shape) < min(rows, columns)]
        return any(
            rows in a and columns in b and min(a) == min(b)
            for i, a in enumerate(low_rank) for b in low_rank[:i] + low_rank[i + 1 :]
        )

    def _finding(
        self, view: TrainingView, weights: list[ParameterFacts], inputs: Sequence[GraphInput], *, cut: bool
    ) -> Finding:
        known = view.training.parameters.values()
        layers = list(dict.fromkeys(weight.layer for weight in weights))
        frozen = sum(num_weights(parameter) for parameter in known if parameter.layer in layers)
        total = max(1, sum(map(num_weights, known)))
        reader = next((graph_input for graph_input in inputs if graph_input.file is not None), None)
        behind = Place(layer=reader.layer, file=reader.file, line=reader.line) if reader else view.loss_place()
        several = len(layers) > 1
        output = "their output is" if several else "its output is"
        reason = f"{output} detached from the loss" if cut else "requires_grad is off from the first step"
        return self.finding(
            f"{named([f'`{layer}`' for layer in layers])} {'keep' if several else 'keeps'} random values: {reason} "
            f"({frozen} of {total} weights)",
            view=view, place=view.module_place(layers[0]), used_at=behind if cut else view.optimizer_place(),
            first_step=0,
            evidence=(
                Evidence(
                    key="frozen_weights", label="weights that cannot learn", value=float(frozen), unit="weights"
                ),
                Evidence(
                    key="frozen_share", label="their share of the network", value=frozen / total, unit="share"
                ),
                Evidence(
                    key="graphs_that_reach_them", label="graphs that reach them", value=0.0, threshold=1.0,
                    unit="graphs",
                ),
            ),
            remedies=(_DETACHED if cut else _OFF,),
        )


def _ran(view: TrainingView, layer: str, what: str) -> bool:
    return any(place.what == what and place.name == layer for place in view.training.of(events.TensorPlace))


_OFF = Remedy(
    name="thaw",
    text="Switch requires_grad of the layer on, before the optimiser is made.",
    applicability=Applicability.SAFE,
    code="for p in layer.parameters():\n    p.requires_grad_(True)",
)
_DETACHED = Remedy(
    name="keep-the-graph",
    text="Use the layer's output without detach, no_grad or a conversion to NumPy.",
    applicability=Applicability.SAFE,
    code="features = self.encoder(x)   # no .detach(), no torch.no_grad() around it",
)
