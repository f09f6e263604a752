"""ARC109: a layer that should learn is switched off or cut off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.graph_inputs import Entry, chained, entries_of
from unstuck.analysis.run.parameters import RAISED, all_parameters, elements, named, optimizers, reached, stays
from unstuck.analysis.run.view import TrainingView
from unstuck.analysis.run.weight_origin import above, fresh, looks_random, modules
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.record import events
from unstuck.record.reader import Event
from unstuck.rules.rule import Rule, threshold

LAYERS = frozenset(
    {"Linear", "NonDynamicallyQuantizableLinear", "Bilinear", "Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d",
     "ConvTranspose2d", "ConvTranspose3d", "RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell",
     "MultiheadAttention"}
)
MEANT = re.compile(r"frozen|freeze|fixed|target|teacher|ema|momentum|random|reservoir|prior|slow|static|reference")
"""names by which a program says itself that a layer is to stay"""
MAX_GRAPHS = 8
"""as many different graphs are told of one training; with that many, others may have gone untold"""


@dataclass(frozen=True)
class FrozenByAccident(Rule[TrainingView]):
    """A layer with random values takes part in the training, and no gradient can ever reach it.

    ## What it measures

    For each dense, convolutional, recurrent or attention layer: whether its weights ever required a gradient,
    whether they were loaded or copied, whether they look as an initialisation draws them, whether the layer ran in
    training, whether the trained part reads what it gives, and whether any graph of any loss reaches it.

    ## Why it hurts

    The layer stays at its random start, and what it throws away no later layer can bring back. The loss
    often still falls, which hides the fault.

    ## How it decides

    (a) *Switched off*: `requires_grad` was off whenever the network was told, the values are neither loaded nor
    copied nor set by hand, and the trained part reads the layer's output. (b) *Cut off*: an optimiser holds the
    weights, which require a gradient; the layer ran; a trained layer reads a constant of just its width; no graph
    reaches it, its gradient was None and its weights the same at every sampled step. Pre-trained layers,
    low-rank adapters around a frozen layer, copies that follow another network, embeddings and buffers are
    left alone, and so is a layer whose name says that it stays.

    ## Example

    ```python
    for p in model.stem.parameters():
        p.requires_grad = False               # left from a fine-tuning script, with nothing loaded
    features = self.stem(x).detach()          # or a no_grad around it
    ```

    ## Remedies

    Switch `requires_grad` on before the optimiser is made; remove `.detach()`, `.data`, `no_grad` or the
    round trip over NumPy between the layer and the loss.

    ## Known limits

    A projection that is random on purpose looks the same, unless its name says so. Layers whose
    `forward` is called directly are not seen to run. Frozen embeddings are not judged.

    ## References

    PyTorch documentation, "Autograd mechanics", "Locally disabling gradient computation".
    """

    code: ClassVar[str] = "ARC109"
    name: ClassVar[str] = "frozen-by-accident"
    severity: ClassVar[Severity] = Severity.ERROR
    needs: ClassVar[tuple[str, ...]] = ("model",)
    figures: ClassVar[tuple[str, ...]] = ("layers.untouched",)

    samples: float = threshold(3, unit="sampled steps", source="a first step may pass a layer by")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """The layers switched off, then the layers cut off."""
        entries = entries_of(view.training)
        weights = self._weights(view)
        if not reached(view.training):
            if RAISED in str(next(iter(view.training.part.of(events.End)), {}).get("message", "")):
                off = [p for p in weights if self._never_required(view, p) and looks_random(p) is not False]
                if off and not any(p["requires_grad"] for p in view.training.parameters.values()):
                    yield self._found(view, off, entries, cut=False)
            return
        off = chained(view.training, [p for p in weights if self._is_switched_off(view, p)], entries, inside=True)
        if off:
            yield self._found(view, off, entries, cut=False)
        if len(view.training.graphs) < MAX_GRAPHS and not any(g.truncated for g in view.training.graphs):
            severed = [p for p in weights if self._is_cut_off(view, p)]
            severed = chained(view.training, severed, entries, inside=False)
            if severed:
                yield self._found(view, severed, entries, cut=True)

    def _weights(self, view: TrainingView) -> list[Event]:
        """The matrices of standard layers in networks of which some part is trained or in an optimiser."""
        part = view.training.part
        touched = reached(view.training)
        held = {p for o in optimizers(part, view.training) for p in o.parameters}
        known = modules(part)
        found = []
        for model in view.training.models:
            mine = {p["id"] for p in model["parameters"]}
            if touched and not mine & touched and not mine & held:
                continue
            found += [
                p for p in model["parameters"]
                if len(p.get("shape") or ()) >= 2 and known.get(p["layer"], {}).get("class") in LAYERS
                and p["id"] not in touched and fresh(part, p) and not MEANT.search(p["name"].lower())
                and (not touched or mine & touched or p["id"] in held)
            ]
        return found

    def _is_switched_off(self, view: TrainingView, parameter: Event) -> bool:
        return (
            self._never_required(view, parameter)
            and _ran(view, parameter["layer"], "output")
            and looks_random(parameter) is not False
            and not self._adapted(view, parameter)
            and not self._moves(view, parameter)
        )

    def _never_required(self, view: TrainingView, parameter: Event) -> bool:
        told = all_parameters(view.training.part)[parameter["id"]]
        return not any(event["requires_grad"] for event in told)

    def _is_cut_off(self, view: TrainingView, parameter: Event) -> bool:
        training = view.training
        held = any(parameter["id"] in o.parameters for o in optimizers(training.part, training) if o.steps)
        if not (parameter["requires_grad"] and held and not self._moves(view, parameter)):
            return False
        mine = [t for t in training.tracks if t.place.get("parameter") == parameter["id"]]
        sampled = max((len(t.step) for t in mine if t.place["what"] == "weight"), default=0)
        return (
            sampled >= self.samples
            and not any(t.place["what"] == "gradient" for t in mine)
            and (_ran(view, parameter["layer"], "output") or _ran(view, parameter["layer"], "ungraded"))
        )

    def _moves(self, view: TrainingView, parameter: Event) -> bool:
        return any(
            not stays(track) for track in view.training.tracked("weight")
            if track.place.get("parameter") == parameter["id"]
        )

    def _adapted(self, view: TrainingView, parameter: Event) -> bool:
        """Two small trained matrices beside it make up an update of low rank."""
        around = next(above(parameter["layer"]), None)
        if around is None or modules(view.training.part).get(around, {}).get("class") in ("Sequential", "ModuleList"):
            return False
        wide, deep = parameter["shape"][:2]
        beside = [
            set(p["shape"]) for p in view.training.parameters.values()
            if p["requires_grad"] and len(p["shape"]) == 2 and p["id"] != parameter["id"]
            and (p["layer"] == around or p["layer"].startswith(around + "."))
        ]
        low = [one for one in beside if min(one) < min(wide, deep)]
        return any(
            wide in a and deep in b and min(a) == min(b) for i, a in enumerate(low) for b in low[:i] + low[i + 1 :]
        )

    def _found(self, view: TrainingView, weights: list[Event], entries: list[Entry], *, cut: bool) -> Finding:
        training = view.training
        layers = list(dict.fromkeys(p["layer"] for p in weights))
        mine = [p for p in training.parameters.values() if p["layer"] in layers]
        count, total = sum(map(elements, mine)), max(1, sum(map(elements, training.parameters.values())))
        reader = next((e for e in entries if e.file is not None), None)
        behind = Place(layer=reader.layer, file=reader.file, line=reader.line) if reader else view.loss_place()
        why = "its output is detached from the loss" if cut else "requires_grad is off from the first step on"
        if len(layers) > 1 and cut:
            why = "their output is detached from the loss"
        return self.finding(
            f"{named(layers)} stay{'s' if len(layers) == 1 else ''} at random values: {why} "
            f"({count} of {total} weights)",
            view=view, place=view.module_place(layers[0]), used_at=behind if cut else view.optimizer_place(),
            first_step=0,
            evidence=(
                Evidence(label="weights that can never learn", value=float(count), unit="weights"),
                Evidence(label="their share of the network", value=count / total, unit="share"),
                Evidence(label="graphs that reach them", value=0.0, threshold=1.0, unit="graphs"),
            ),
            remedies=(_DETACHED if cut else _OFF,),
        )


def _ran(view: TrainingView, layer: str, what: str) -> bool:
    return any(e["what"] == what and e["name"] == layer for e in view.training.of(events.TensorPlace))


_OFF = Remedy(
    name="thaw",
    text="Switch the gradients of the layer on, before the optimiser is made.",
    applicability=Applicability.SAFE,
    code="for p in layer.parameters():\n    p.requires_grad_(True)",
)
_DETACHED = Remedy(
    name="keep-the-graph",
    text="Hand the layer's output on as it is, without detach, no_grad or a round trip over NumPy.",
    applicability=Applicability.SAFE,
    code="features = self.encoder(x)   # no .detach(), no torch.no_grad() around it",
)
