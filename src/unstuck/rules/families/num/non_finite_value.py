"""NUM101: a loss is NaN or infinite, and where that comes from."""

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
from unstuck.core.vocabulary import INFINITE_DERIVATIVE, OPERATION_NAMES
from unstuck.record.events import Loader, Nonfinite
from unstuck.record.schema import Flag, Kind
from unstuck.rules.rule import Rule, threshold

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class NonFiniteValue(Rule[TrainingView]):
    """A loss is NaN or infinite: the first step, and what was not finite first (data, weights or an operation).

    ## What it measures

    Every training loss. At the first loss that is not finite: the data that entered the network, every weight that the
    loss depends on, and the values that its graph keeps, from the data upwards. At the sampled steps: the gradients.

    ## Why it hurts

    One NaN in a loss makes every gradient NaN, and the next step makes every weight NaN. The network cannot recover.

    ## How it decides

    The finding is an error if the loss stays non-finite to the end or for most of the following steps. It is a warning
    if single losses were not finite and the training went on. Steps that a gradient scaler skips are correct. If
    weights are not finite although every loss before had its usual size, the finding names an operation of the graph
    with a derivative that can be infinite (a square root or a norm at 0).

    ## Example

    ```python
    loss = -(target * torch.log(probabilities)).sum()     # log(0) = -inf, 0 · -inf = NaN
    ```

    ## Remedies

    Data: clean the examples that are listed. Operation: use its stable form (`log_softmax`, `logsumexp`, `log1p`,
    losses on logits) or add an epsilon. Weights: lower the learning rate, scale the input, clip the gradients.

    ## Known limits

    Values that no operation keeps are not seen. A mask of -inf before a softmax has a finite effect, and may still be
    reported as the first operation. A loss that stays on an accelerator is read some steps late.

    ## References

    D. Goldberg, "What every computer scientist should know about floating-point arithmetic", 1991.
    """

    code: ClassVar[str] = "NUM101"
    name: ClassVar[str] = "non-finite-value"
    severity: ClassVar[Severity] = Severity.ERROR
    of_first_steps: ClassVar[bool] = True
    explained_by: ClassVar[tuple[str, ...]] = ("OPT102", "NUM102", "NUM103", "DAT107", "INI102", "SCL101", "SCL102")
    needs: ClassVar[tuple[str, ...]] = ("loss",)
    figures: ClassVar[tuple[str, ...]] = ("losses.nonfinite", "losses.nonfinite_operation",)
    common_in_searches: ClassVar[bool] = True

    lasting: float = threshold(
        0.5, unit="share of later losses", source="a NaN in the weights stays there"
    )

    burst: float = threshold(
        100.0, unit="times the first loss", source="a run that diverges passes any such factor within a few steps"
    )

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """The training loss that is first not finite."""
        first: tuple[int, Series, int] | None = None
        for series in view.training.losses:
            bad = np.flatnonzero(self._bad(view, series))
            if len(bad) and (first is None or series.index[bad[0]] < first[0]):
                first = (int(series.index[bad[0]]), series, int(bad[0]))
        if first is not None:
            origin = next(iter(view.training.of(Nonfinite)), Nonfinite())
            yield self._report(view, origin, *first)

    def _bad(self, view: TrainingView, series: Series) -> Array:
        """Which losses are not finite; those that were never fetched from a device do not count."""
        pending = (view.training.part.rows(Kind.BACKWARD, series.id)["flags"] & Flag.PENDING) != 0
        bad: Array = ~np.isfinite(series.value)
        return bad & ~pending if len(pending) == len(bad) else bad

    def _report(self, view: TrainingView, origin: Nonfinite, step: int, series: Series, at: int) -> Finding:
        before, later = series.value[:at], ~np.isfinite(series.value[at:])
        share = float(later.mean())
        stays = share > self.lasting or bool(later[-1])
        suspect = self._suspect(view) if origin.weights and self._calm(before) else None
        text, layer = self._origin(view, origin, suspect)
        word = "NaN" if math.isnan(float(series.value[at])) else "infinite"
        when = f"from step {step} on" if later.all() else f"at {later.sum()} of {len(later)} steps from step {step} on"
        return self.finding(
            f"the loss is {word} {when}: {text}",
            view=view, place=_place(view, origin, series, suspect, layer),
            used_at=Place(file=series.file, line=series.line), first_step=step,
            severity=None if stays else Severity.WARNING, evidence=self._evidence(origin, step, share, before),
            examples=_examples(view, origin), remedies=(_STABLE if suspect is not None else _remedy(origin),),
        )

    def _evidence(self, origin: Nonfinite, step: int, share: float, before: Array) -> tuple[Evidence, ...]:
        evidence = [
            Evidence(key="first_nonfinite_step", label="first step with a loss that is not finite", value=float(step)),
            Evidence(key="nonfinite_share", label="losses from there on that are not finite", value=share,
                     threshold=self.lasting, unit="share"),
        ]  # fmt: skip
        if len(before):
            evidence.append(Evidence(key="last_finite_loss", label="last finite loss", value=float(before[-1])))
        if origin.inputs_nonfinite:
            evidence.append(Evidence(
                key="nonfinite_inputs", label="NaN or infinite values in the batch",
                value=float(origin.inputs_nonfinite), threshold=0.0,
            ))  # fmt: skip
        if origin.count:
            evidence.append(Evidence(
                key="nonfinite_outputs", label=f"NaN or infinite values of {_name(origin.op)}",
                value=float(origin.count), threshold=0.0, unit=f"of {origin.of}",
            ))  # fmt: skip
        return tuple(evidence)

    def _calm(self, before: Array) -> bool:
        """Whether the losses before it did not grow beyond bounds."""
        finite = before[np.isfinite(before)]
        return bool(len(finite)) and float(np.abs(finite).max()) <= self.burst * max(1.0, abs(float(finite[0])))

    def _suspect(self, view: TrainingView) -> Node | None:
        """An operation with a derivative that can be infinite, and with a known line."""
        nodes = [
            node for graph in view.training.graphs for node in graph.nodes
            if node.op in INFINITE_DERIVATIVE and node.file is not None
        ]  # fmt: skip
        return min(nodes, key=lambda node: INFINITE_DERIVATIVE.index(node.op), default=None)

    def _origin(self, view: TrainingView, origin: Nonfinite, suspect: Node | None) -> tuple[str, str | None]:
        """In words what was not finite first, and the layer."""
        if origin.inputs_nonfinite:
            return f"{_values(origin.inputs_nonfinite)} of the batch {_are(origin.inputs_nonfinite)}", None
        if origin.target_nonfinite:
            return f"{_values(origin.target_nonfinite)} of the target {_are(origin.target_nonfinite)}", None
        if origin.weights:
            gradient = _first_gradient(view)
            text = f"{named(list(origin.weights))} already held NaN or infinity before this step"
            if gradient is not None:
                text += f"; the gradient of {gradient[1]} held NaN or infinity at step {gradient[0]}"
            if suspect is not None:
                text += f"; the losses before were finite, and the derivative of `{suspect.op}` can be infinite"
            return text, origin.weights[0].rpartition(".")[0] or None
        if origin.op:
            where = f" in layer `{origin.layer}`" if origin.layer else ""
            count, of = (1 if number is None else number for number in (origin.count, origin.of))
            return f"{_name(origin.op)}{where} first produced NaN or infinity ({count} of {of} values)", origin.layer
        return "data and weights were finite, so the forward pass or the loss function produced it", None


def _place(
    view: TrainingView, origin: Nonfinite, series: Series, suspect: Node | None, layer: str | None
) -> Place:
    """The line of the operation, of the layer, or of the backward call, the first that is known."""
    if suspect is not None:
        return Place(layer=suspect.layer, file=suspect.file, line=suspect.line)
    if origin.file is not None:
        return Place(layer=layer, file=origin.file, line=origin.line)
    if layer is not None and view.module_place(layer).file is not None:
        return view.module_place(layer)
    return Place(layer=layer, file=series.file, line=series.line)


def _first_gradient(view: TrainingView) -> tuple[int, str] | None:
    """Step and parameter of the first sampled gradient that was not finite."""
    steps = [
        (int(track.step[bad[0]]), track.place.name)
        for track in view.training.tracked("gradient")
        if len(bad := np.flatnonzero(~np.isfinite(track["norm"])))
    ]
    return min(steps) if steps else None


def _examples(view: TrainingView, origin: Nonfinite) -> Examples | None:
    if not origin.batch or not (origin.inputs_nonfinite or origin.target_nonfinite):
        return None
    sizes = [loader.size for loader in view.training.part.of(Loader) if loader.size]
    share = len(origin.batch) / max(sizes) if sizes else 0.0
    return Examples(of="train", count=len(origin.batch), share=share, indices=origin.batch)


def _remedy(origin: Nonfinite) -> Remedy:
    if origin.inputs_nonfinite or origin.target_nonfinite:
        return _DATA
    return _STEP_SIZE if origin.weights else _STABLE


def _name(operation: str | None) -> str:
    return OPERATION_NAMES.get(operation or "", operation or "the operation")


def _values(count: int) -> str:
    return f"{count} value{'' if count == 1 else 's'}"


def _are(count: int) -> str:
    return f"{'is' if count == 1 else 'are'} NaN or infinite"


_DATA = Remedy(
    name="clean-data",
    text="Find the examples with NaN or infinity, and fix or drop them before training.",
    applicability=Applicability.MANUAL,
    code="keep = torch.isfinite(x).flatten(1).all(1) & torch.isfinite(y.float())\nx, y = x[keep], y[keep]",
)
_STABLE = Remedy(
    name="use-stable-form",
    text="Use the stable form of the operation: a loss on logits, log_softmax, logsumexp, or add an epsilon.",
    applicability=Applicability.TRIAL,
    code="loss = F.cross_entropy(scores, y)        # instead of log(softmax(scores))\n"
    "torch.log(p.clamp_min(1e-8)), torch.sqrt(v + 1e-8), a / (b + 1e-8)",
)
_STEP_SIZE = Remedy(
    name="lower-learning-rate",
    text="Lower the learning rate, scale the input, or clip the gradients: a step made the weights NaN or infinite.",
    applicability=Applicability.TRIAL,
    code="torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)",
)
