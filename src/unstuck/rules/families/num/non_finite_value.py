"""NUM101: NaN or infinity, and where it came from."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from unstuck.analysis.run.graph import Node
from unstuck.analysis.run.parameters import named
from unstuck.analysis.run.training import Series
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Evidence, Examples, Finding, Place, Remedy, Severity
from unstuck.record import events
from unstuck.record.reader import Event
from unstuck.record.schema import Flag
from unstuck.rules.rule import Rule, threshold

STEEP = ("sqrt", "linalg_vector_norm", "norm", "cdist", "acos", "asin", "atan2", "std", "std_mean", "pow", "log", "div")
"""operations with an infinite slope at an edge of their domain, the likeliest first"""


@dataclass(frozen=True)
class NonFiniteValue(Rule[TrainingView]):
    """A loss is NaN or infinite: the first step, and what was not finite first: data, weights or an operation.

    ## What it measures

    Every training loss; at the first one that is not finite, the data that entered the network, every weight that
    the loss reaches, and the values kept by its graph, from the data upwards. At the sampled steps, the gradients.

    ## Why it hurts

    One NaN in a loss makes every gradient NaN, and after the next step every weight: nothing comes back from there.

    ## How it decides

    An error where the loss stays non-finite to the end or for most of the steps that follow; a warning where
    single losses were not finite and the training went on. Steps that a gradient scaler skips are no fault.
    Where weights are not finite though every loss before was of its usual size, an operation whose slope can be
    infinite (a square root or a norm at 0) is named, where the graph has one.

    ## Example

    ```python
    loss = -(target * torch.log(probabilities)).sum()     # log(0) = -inf, 0 · -inf = NaN
    ```

    ## Remedies

    Data: clean the examples named. Operation: use its stable form (`log_softmax`, `logsumexp`, `log1p`,
    losses on logits) or an epsilon inside it. Weights: lower the rate, scale the input, clip the gradients.

    ## Known limits

    Values that no operation keeps are not seen, and masks of -inf before a softmax are finite in effect and may
    be named as the first. A loss that stays on an accelerator is looked at some steps late.

    ## References

    D. Goldberg, "What every computer scientist should know about floating-point arithmetic", 1991.
    """

    code: ClassVar[str] = "NUM101"
    name: ClassVar[str] = "non-finite-value"
    severity: ClassVar[Severity] = Severity.ERROR
    explained_by: ClassVar[tuple[str, ...]] = ("OPT102", "NUM102", "NUM103", "DAT107", "INI102", "SCL101", "SCL102")
    needs: ClassVar[tuple[str, ...]] = ("loss",)
    figures: ClassVar[tuple[str, ...]] = ("losses.not_a_number", "losses.at_the_edge",)
    common_in_searches: ClassVar[bool] = True

    lasting: float = threshold(
        0.5, unit="share of later losses", source="a NaN that reached the weights never goes away"
    )

    burst: float = threshold(
        100.0, unit="times the first losses", source="a run that diverges passes any such factor within a few steps"
    )

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """The training loss that is first not finite."""
        told: Event = next(iter(view.training.of(events.Nonfinite)), {})
        worst: tuple[int, Series, int] | None = None
        for series in view.training.losses:
            bad = np.flatnonzero(self._bad(view, series))
            if len(bad) and (worst is None or series.index[bad[0]] < worst[0]):
                worst = (int(series.index[bad[0]]), series, int(bad[0]))
        if worst is not None:
            yield self._found(view, told, *worst)

    def _bad(self, view: TrainingView, series: Series) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        rows = view.training.part.tape
        rows = rows[(rows["kind"] == 1) & (rows["source"] == series.id)]
        waiting = (rows["flags"] & Flag.PENDING) != 0
        bad: np.ndarray[tuple[int], np.dtype[np.bool_]] = ~np.isfinite(series.value)
        return bad & ~waiting if len(waiting) == len(bad) else bad

    def _found(self, view: TrainingView, told: Event, step: int, series: Series, at: int) -> Finding:
        later = ~np.isfinite(series.value[at:])
        share = float(later.mean())
        stays = share > self.lasting or bool(later[-1])
        calm = self._calm(series.value[:at])
        steep = self._steep(view) if calm and told.get("weights") else None
        what, layer = self._origin(view, told, steep)
        known = told.get("file") is not None
        place = Place(layer=layer, file=told["file"], line=told["line"]) if known else Place(
            layer=layer, file=series.file, line=series.line
        )
        if steep is not None:
            place = Place(layer=steep.layer, file=steep.file, line=steep.line)
        elif layer is not None and not known and view.module_place(layer).file is not None:
            place = view.module_place(layer)
        value = float(series.value[at])
        word = "NaN" if math.isnan(value) else "infinite"
        rest = "and stays so" if stays else f"at {int(later.sum())} of {len(later)} steps from there"
        before = series.value[:at]
        evidence = [
            Evidence(label="first step with a loss that is not finite", value=float(step), unit="step"),
            Evidence(label="losses not finite from there on", value=share, threshold=self.lasting, unit="share"),
        ]
        if len(before):
            evidence.append(Evidence(label="last finite loss before", value=float(before[-1])))
        if told.get("inputs_nonfinite"):
            quantity = "values in the batch that are not finite"
            evidence.append(Evidence(label=quantity, value=float(told["inputs_nonfinite"]), threshold=0.0))
        if told.get("count"):
            quantity = f"values of {told['op']} at the edge, of {told['of']}"
            evidence.append(Evidence(label=quantity, value=float(told["count"]), threshold=0.0))
        return self.finding(
            f"the loss is {word} at step {step} {rest}: {what}",
            view=view, place=place, used_at=Place(file=series.file, line=series.line), first_step=step,
            severity=None if stays else Severity.WARNING, evidence=tuple(evidence),
            examples=self._examples(view, told), remedies=(_STABLE if steep is not None else self._remedy(told),),
        )

    def _calm(self, before: np.ndarray[Any, Any]) -> bool:
        """Whether the losses up to there did not grow beyond all bounds."""
        finite = before[np.isfinite(before)]
        return bool(len(finite)) and float(np.abs(finite).max()) <= self.burst * max(1.0, abs(float(finite[0])))

    def _steep(self, view: TrainingView) -> Node | None:
        """An operation whose slope can be infinite, with its line."""
        nodes = [n for graph in view.training.graphs for n in graph.nodes if n.op in STEEP and n.file is not None]
        return min(nodes, key=lambda node: STEEP.index(node.op), default=None)

    def _origin(self, view: TrainingView, told: Event, steep: Node | None) -> tuple[str, str | None]:
        """In words what was not finite first, and the layer."""
        if told.get("inputs_nonfinite"):
            return f"{_values(told['inputs_nonfinite'], 'of the batch')} not finite already", None
        if told.get("target_nonfinite"):
            return f"{_values(told['target_nonfinite'], 'of the target')} not finite already", None
        weights = list(told.get("weights") or ())
        if weights:
            first = self._first_gradient(view)
            since = f"; its gradient was not finite at step {first[0]} in {first[1]}" if first is not None else ""
            layer = weights[0].rpartition(".")[0] or None
            if steep is not None:
                since += f", while the loss was: the slope of {steep.op} can be infinite"
            return f"the weights of {named(weights)} were not finite before it{since}", layer
        if told.get("op"):
            where = f" in {told['layer']}" if told.get("layer") else ""
            many = f"{told.get('count', 1)} of {told.get('of', 1)} values"
            return f"{told['op']}{where} is the first operation beyond its range, at {many}", told.get("layer")
        return "data and weights were finite, so it arises within the forward pass or the loss", None

    def _first_gradient(self, view: TrainingView) -> tuple[int, str] | None:
        """Step and parameter of the first sampled gradient that was not finite while the loss still was."""
        found = [
            (int(track.step[bad[0]]), str(track.place["name"]))
            for track in view.training.tracked("gradient")
            if len(bad := np.flatnonzero(~np.isfinite(track["norm"])))
        ]
        return min(found) if found else None

    def _examples(self, view: TrainingView, told: Event) -> Examples | None:
        batch = told.get("batch")
        if not batch or not (told.get("inputs_nonfinite") or told.get("target_nonfinite")):
            return None
        sizes = [e["size"] for e in view.training.part.of(events.Loader) if e.get("size")]
        share = len(batch) / max(sizes) if sizes else 0.0
        return Examples(of="train", count=len(batch), share=share, indices=tuple(int(i) for i in batch))

    def _remedy(self, told: Event) -> Remedy:
        if told.get("inputs_nonfinite") or told.get("target_nonfinite"):
            return _DATA
        return _STEP_SIZE if told.get("weights") else _STABLE


def _values(number: int, of: str) -> str:
    return f"{number} values {of} are" if number != 1 else f"1 value {of} is"


_DATA = Remedy(
    name="clean-data",
    text="Find and mend or drop the examples with NaN or infinity before training.",
    applicability=Applicability.MANUAL,
    code="keep = torch.isfinite(x).flatten(1).all(1) & torch.isfinite(y.float())\nx, y = x[keep], y[keep]",
)
_STABLE = Remedy(
    name="use-stable-form",
    text="Use the stable form of the operation: a loss on logits, log_softmax, logsumexp, or an epsilon inside.",
    applicability=Applicability.TRIAL,
    code="loss = F.cross_entropy(scores, y)        # in place of log(softmax(scores))\n"
    "torch.log(p.clamp_min(1e-8)), torch.sqrt(v + 1e-8), a / (b + 1e-8)",
)
_STEP_SIZE = Remedy(
    name="lower-learning-rate",
    text="Lower the learning rate, scale the input, or clip the gradients: a step drove the weights out of range.",
    applicability=Applicability.TRIAL,
    code="torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)",
)
