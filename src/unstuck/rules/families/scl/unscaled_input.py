"""SCL101: the data enters the network in its raw units."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from unstuck.analysis.run.graph import Graph
from unstuck.analysis.run.parameters import reached
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.core.vocabulary import PARAMETRIC, PASS_THROUGH
from unstuck.record.reader import Event
from unstuck.rules.rule import Rule, threshold

NORMALISING = frozenset(
    {"batch_norm", "batch_norm_impl", "layer_norm", "group_norm",
     "rms_norm"}
)  # fmt: skip
"""operations that take the scale out of what they are given"""


@dataclass(frozen=True)
class UnscaledInput(Rule[TrainingView]):
    """The first layer is given numbers far from zero mean and unit spread, or one feature drowns the others.

    ## What it measures

    Mean, spread and root mean square (RMS) of the data that enters the first layer with weights, over all elements
    and for each feature, in the sampled steps.

    ## Why it hurts

    Layers are initialised for inputs of unit size. Inputs that are 100 times larger give activations 100 times
    larger, saturate what can saturate, and curve the loss 10,000 times more along their weights than along the
    others, so that no learning rate suits both; a feature a thousand times smaller than its neighbour is not seen.

    ## How it decides

    The data is far too large or too small when the RMS of most sampled batches is; zeros are left out of what is
    too small, for sparse data is not small. One feature drowns the others when its RMS is beyond a decade and ten
    times that of the median feature. A size that a normalisation takes out at once, before or after the first
    layer, does no harm; a layer with loaded weights, and what comes out of frozen layers, are left alone.

    ## Example

    ```python
    x = torch.tensor(load_digits().data, dtype=torch.float32)   # grey levels 0 … 16
    ```

    ## Remedies

    Standardise the inputs with mean and spread of the training part; divide pixels by their largest value.

    ## Known limits

    Features that are too small beside others of unit size are not told. Of a recurrent layer's input no features
    are seen. An offset of several spreads within the accepted size is left alone.

    ## References

    LeCun, Bottou, Orr, Müller, *Efficient BackProp*, 1998, section 4.3.
    """

    code: ClassVar[str] = "SCL101"
    name: ClassVar[str] = "unscaled-input"
    severity: ClassVar[Severity] = Severity.WARNING
    needs: ClassVar[tuple[str, ...]] = ("input",)
    figures: ClassVar[tuple[str, ...]] = ("scales.inputs",)

    largest: float = threshold(
        6, unit="RMS", source="between coordinates 0 … 10 (5.8), which train, and grey levels 0 … 16 (7.7), which cost"
    )
    smallest: float = threshold(
        0.02, unit="RMS of what is not zero", source="a grey level divided by 255 twice: 0.002"
    )
    decade: float = threshold(10, unit="RMS, and times the median feature", source="a decade beyond unit size")
    sparse: float = threshold(0.5, unit="share of zeros", source="counts and one-hot codes: a common word is no unit")
    sustained: float = threshold(0.6, unit="share of sampled batches", source="an outlier lifts single batches only")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """The worst of the layers that data enters."""
        worst = max(
            (found for events in self._entries(view).values() if (found := self._judge(view, events)) is not None),
            key=lambda found: found[0], default=None,
        )
        if worst is not None:
            yield worst[1]

    def _entries(self, view: TrainingView) -> dict[tuple[object, ...], list[Event]]:
        entries: dict[tuple[object, ...], list[Event]] = {}
        for event in view.training.inputs:
            size = _rms(event)
            if math.isfinite(size) and size > 0:
                entries.setdefault((event.get("layer"), event.get("op"), event["shape"][-1]), []).append(event)
        return {key: events for key, events in entries.items() if self._is_data(view, events[0])}

    def _is_data(self, view: TrainingView, event: Event) -> bool:
        """Whether this is what the first layer reads, and its scale matters."""
        layer = event.get("layer")
        parameters = list(view.training.parameters.values())
        mine = [p for p in parameters if layer is not None and p["layer"] == layer]
        weights = [p["shape"] for p in mine if len(p.get("shape") or ()) >= 2]
        if event.get("op") != "convolution" and weights and not any(event["shape"][-1] in shape for shape in weights):
            return False  # a constant matrix that multiplies features, such as the neighbours of a graph
        if any(p.get("loaded") for p in mine):
            return False
        before = parameters[: parameters.index(mine[0])] if mine else []
        return all(p.get("requires_grad", True) for p in before)

    def _behind(self, view: TrainingView, layer: object) -> bool:
        """Whether layers stand before this one that no loss reaches: cut off, they give what looks like data."""
        touched = reached(view.training)
        for model in view.training.models:
            names = [p["layer"] for p in model["parameters"]]
            if layer is not None and layer in names:
                before = model["parameters"][: names.index(layer)]
                return bool(before) and not any(p["id"] in touched for p in before)
        return False

    def _normalised(self, view: TrainingView, layer: object) -> bool:
        mine = {p["id"] for p in view.training.parameters.values() if layer is not None and p["layer"] == layer}
        return any(_normalised_next(graph, mine) for graph in view.training.graphs)

    def _judge(self, view: TrainingView, events: Sequence[Event]) -> tuple[float, Finding] | None:
        size = np.array([_rms(event) for event in events])
        dense = np.array([_rms(event) / math.sqrt(max(1e-12, 1 - (event.get("zeros") or 0.0))) for event in events])
        many = self.sustained * len(events)
        mean = float(np.mean([event["mean"] for event in events]))
        spread = float(np.mean([event["std"] for event in events]))
        name = f"`{events[0]['layer']}`" if events[0].get("layer") else "the first weights"
        large, small = int((size > self.largest).sum()), int((dense < self.smallest).sum())
        behind = self._behind(view, events[0].get("layer"))
        what = "what layers out of reach of the loss make of the data" if behind else "the data"
        told = f"{what} enters {name} with mean {mean:.3g} and spread {spread:.3g}"
        normalised = self._normalised(view, events[0].get("layer"))
        if large >= many and not normalised:
            message = f"{told}: {np.median(size):.3g} times the size that layers are made for{self._worst(events)}"
            decided = Evidence(label="root mean square of the input, median batch", value=float(np.median(size)),
                               threshold=self.largest)
            return float(np.median(size)), self._found(view, events, message, decided, large)
        if small >= many and not normalised:
            message = f"{told}: {1 / np.median(dense):.3g} times smaller than layers are made for"
            decided = Evidence(label="root mean square of what is not zero, median batch",
                               value=float(np.median(dense)), threshold=self.smallest)
            return 1 / float(np.median(dense)), self._found(view, events, message, decided, small)
        return self._drowned(view, events, name)

    def _drowned(self, view: TrainingView, events: Sequence[Event], name: str) -> tuple[float, Finding] | None:
        """One feature a decade beyond unit size and beyond the median feature."""
        told = [e["features"] for e in events if e.get("features") and (e.get("zeros") or 0.0) <= self.sparse]
        high = [f for f in told if f["rms_max"] > self.decade * max(1.0, f["rms_median"])]
        if not high or len(high) < self.sustained * len(told):
            return None
        top = float(np.median([f["rms_max"] for f in high]))
        middle = float(np.median([f["rms_median"] for f in high]))
        message = (
            f"feature {_commonest(high)} of the data that enters {name} has size {top:.3g}, the median feature "
            f"{middle:.3g}: it drowns the others"
        )
        decided = Evidence(label="root mean square of the largest feature", value=top,
                           threshold=self.decade * max(1.0, middle))
        return top, self._found(view, events, message, decided, len(high))

    def _worst(self, events: Sequence[Event]) -> str:
        """In words, the feature that is far larger than the others."""
        told = [event["features"] for event in events if event.get("features")]
        high = [f for f in told if f["count"] > 1 and f["rms_max"] > self.decade * f["rms_median"]]
        if not high:
            return ""
        top = float(np.median([f["rms_max"] for f in high]))
        middle = float(np.median([f["rms_median"] for f in high]))
        return f"; feature {_commonest(high)} alone has {top:.3g}, the median feature {middle:.3g}"

    def _found(self, view: TrainingView, events: Sequence[Event], message: str, decided: Evidence, batches: int) -> Finding:
        layer = events[0].get("layer")
        entered = _entry_line(view, layer)
        place = view.module_place(layer) if layer is not None else entered
        evidence = [
            decided,
            Evidence(label="mean of the input", value=float(np.mean([event["mean"] for event in events]))),
            Evidence(label="spread of the input", value=float(np.mean([event["std"] for event in events]))),
            Evidence(label="sampled batches like this", value=batches / len(events), threshold=self.sustained,
                     unit=f"share of {len(events)}"),
        ]  # fmt: skip
        return self.finding(
            message, view=view, place=place, used_at=entered if entered != place and entered.file else None,
            first_step=int(events[0]["step"]), evidence=tuple(evidence), remedies=(_REMEDY,),
        )


def _rms(event: Event) -> float:
    mean, std = event.get("mean"), event.get("std")
    return math.hypot(mean, std) if mean is not None and std is not None else math.nan


def _commonest(features: Sequence[Event]) -> int:
    places = [int(f["rms_max_at"]) for f in features]
    return max(set(places), key=places.count)


def _entry_line(view: TrainingView, layer: str | None) -> Place:
    """The user's line that runs the layer which reads the data; without a layer, the first weights' own."""
    mine = {p["id"] for p in view.training.parameters.values() if p["layer"] == layer}
    for graph in view.training.graphs:
        for node in graph.nodes:
            reads = node.op in PARAMETRIC and node.file is not None
            if reads and ((layer is None and None in node.inputs[:2]) or _leaves(graph, node.inputs) & mine):
                return Place(layer=layer, file=node.file, line=node.line)
    return Place(layer=layer)


def _leaves(graph: Graph, inputs: Sequence[int | None]) -> set[int]:
    """The leaves that an operation multiplies by, through what only moves values about."""
    found: set[int] = set()
    todo = [one for one in inputs if one is not None]
    while todo:
        node = graph.nodes[todo.pop()]
        if node.leaf is not None:
            found.add(node.leaf)
        elif node.op in PASS_THROUGH:
            todo += [one for one in node.inputs if one is not None]
    return found


def _normalised_next(graph: Graph, leaves: set[int]) -> bool:
    """Whether a normalisation follows the layer with these leaves at once."""
    for at, node in enumerate(graph.nodes):
        if node.op in PARAMETRIC and node.op not in NORMALISING and _leaves(graph, node.inputs) & leaves:
            readers = [other for other in graph.nodes if at in other.inputs]
            if readers and all(other.op in NORMALISING for other in readers):
                return True
    return False


_REMEDY = Remedy(
    name="standardise-input",
    text="Subtract the mean and divide by the spread of the training part; use the same numbers for held-out data.",
    applicability=Applicability.TRIAL,
    code="mean, std = x_train.mean(0), x_train.std(0).clamp_min(1e-6)\nx_train = (x_train - mean) / std",
)
