"""LOS103: raw scores where a loss wants probabilities or their logarithms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from unstuck.analysis.run.head import Head, first_below, region
from unstuck.analysis.run.output import (
    calls_of,
    calls_of_head,
    heads,
    last_layer_place,
    layer_of_width,
    loss_place,
    operation_place,
    weight_of,
)
from unstuck.analysis.run.targets import shape_of
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.core.vocabulary import CLAMPS, PASS_THROUGH
from unstuck.record.reader import Event
from unstuck.rules.rule import Rule, threshold

_MULTIPLYING = ("addmm", "mm", "linear", "convolution")
_UNSQUASHED = CLAMPS | {"relu", "leaky_relu", "elu", "gelu", "silu", "threshold", "add"}
"""operations that do not turn scores into probabilities"""
_LOGARITHMS = ("log_softmax", "log", "log_sigmoid", "logsumexp", "log1p", "log2", "log10")


@dataclass(frozen=True)
class LogitsIntoProbabilityLoss(Rule[TrainingView]):
    """`BCELoss` is given raw scores where it wants probabilities, or `NLLLoss` where it wants log-probabilities.

    ## What it measures

    What stands between the last layer and the loss, by the autograd graph, and the values that went into the loss:
    their range for `binary_cross_entropy`, and log Σ exp of each row for `nll_loss`, which is 0 for the logarithms
    of probabilities. A loss that refused its input and raised is read as well.

    ## Why it hurts

    `BCELoss` stops with an error at the first score outside [0, 1]; clamped scores have no gradient where they
    were clamped. `NLLLoss` only picks the score of the right class: it falls without bound as all scores grow,
    and no score ever competes with another.

    ## How it decides

    `BCELoss`: it raised over an input outside [0, 1]; or nothing, or only a clamp, stands between it and the last
    layer. `NLLLoss` and `kl_div`: no logarithm stands between it and the last layer, and log Σ exp is off 0;
    log(softmax + ε) and clamped logarithms pass, and so does a loss to which a log Σ exp is added by hand.

    ## Example

    ```python
    return self.head(x)   # then: nn.NLLLoss()(output, y)
    ```

    ## Remedies

    Use the loss that takes scores: `CrossEntropyLoss` for `NLLLoss`, `BCEWithLogitsLoss` for `BCELoss`.

    ## Known limits

    `kl_div` is judged by the graph alone.

    ## References

    PyTorch documentation, `torch.nn.NLLLoss`: "the input … is expected to contain log-probabilities of each
    class"; `torch.nn.BCELoss`.
    """

    code: ClassVar[str] = "LOS103"
    name: ClassVar[str] = "logits-into-probability-loss"
    severity: ClassVar[Severity] = Severity.ERROR
    needs: ClassVar[tuple[str, ...]] = ("output",)
    figures: ClassVar[tuple[str, ...]] = ("given.scores",)

    normaliser: float = threshold(
        0.1, unit="nat", source="log Σ exp of log(softmax + ε) is K·ε: below 0.1 for any ε in use"
    )

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """A loss that raised; then each loss in the graph."""
        for call in calls_of(view, "binary_cross_entropy"):
            given = call["input"]
            finite = given.get("min") is not None and not given.get("nonfinite")
            if call["phase"] == "raised" and finite and (given["min"] < 0 or given["max"] > 1):
                yield self._refused(view, call)
                return
        for head in heads(view):
            found = self._head(view, head)
            if found is not None:
                yield found
                return

    def _refused(self, view: TrainingView, call: Event) -> Finding:
        head = next((one for one in heads(view) if one.function == "binary_cross_entropy"), None)
        low, high = call["input"]["min"], call["input"]["max"]
        loss = loss_place(view, call=call)
        place = last_layer_place(view, head)
        if place.file is None:
            shape = shape_of(call["input"])
            place = layer_of_width(view, int(shape[1]) if len(shape) > 1 else 1)
        return self.finding(
            f"binary_cross_entropy wants probabilities, was given scores from {low:.3g} to {high:.3g}, and raised",
            view=view, place=place if place.file is not None else loss,
            used_at=loss if place.file is not None else None, first_step=int(call["step"]),
            evidence=(
                Evidence(label="smallest input", value=low, threshold=0.0),
                Evidence(label="largest input", value=high, threshold=1.0),
            ),
            remedies=(_BINARY,),
        )

    def _head(self, view: TrainingView, head: Head) -> Finding | None:
        if head.function == "binary_cross_entropy":
            return self._binary(view, head)
        if head.function in ("nll_loss", "nll_loss"):
            return self._classes(view, head)
        return self._divergence(view, head) if head.loss is None else None

    def _binary(self, view: TrainingView, head: Head) -> Finding | None:
        layer = head.last_layer
        if layer is None or layer.op not in _MULTIPLYING or weight_of(head.graph, head.layer) is None:
            return None
        raw = all(node.op in _UNSQUASHED for node in head.operations)
        if not raw or not (not head.operations or any(node.op in CLAMPS for node in head.operations)):
            return None
        calls = [c for c in calls_of_head(view, head) if c["input"].get("min") is not None]
        ends = [float(np.mean([c["input"]["min"] for c in calls])), float(np.mean([c["input"]["max"] for c in calls]))]
        how = "clamped scores" if head.operations else "raw scores"
        return self._found(
            view, head, f"binary_cross_entropy is given {how} from {ends[0]:.3g} to {ends[1]:.3g}", _BINARY,
            Evidence(label="operations that make probabilities of the scores", value=0.0, threshold=1.0),
        ) if calls else None

    def _classes(self, view: TrainingView, head: Head) -> Finding | None:
        ops = {node.op for node in head.operations}
        if ops & set(_LOGARITHMS) or _normalised_by_hand(head):
            return None
        calls = [c for c in calls_of_head(view, head) if c.get("log_normaliser") is not None]
        if not calls:
            return None
        off = float(np.mean([call["log_normaliser"] for call in calls]))
        if off <= self.normaliser:
            return None
        below = first_below(head, 0, PASS_THROUGH)
        squashed = head.node(head.chain[below]) if below is not None else None
        probabilities = squashed is not None and squashed.op == "softmax"
        what = "probabilities, not their logarithms" if probabilities else "raw scores, not log-probabilities"
        return self._found(
            view, head, f"nll_loss is given {what}: log Σ exp of a row is {off:.3g} away from 0",
            _PROBABILITIES if probabilities else _CLASSES,
            Evidence(label="log Σ exp of a row, distance from 0", value=off, threshold=self.normaliser, unit="nat"),
            operation_place(view, squashed) if probabilities else None,
        )

    def _divergence(self, view: TrainingView, head: Head) -> Finding | None:
        """`kl_div` leaves Sub ← Mul ← input in the graph."""
        calls = [c for c in calls_of_head(view, head) if c["function"] == "kl_div"]
        nodes = head.nodes
        at = next((i for i, n in enumerate(nodes[:-1]) if n.op == "sub" and nodes[i + 1].op == "mul"), None)
        if not calls or at is None or {n.op for n in nodes[at:]} & set(_LOGARITHMS):
            return None
        below = first_below(head, at + 2, PASS_THROUGH)
        bare = below is None and head.last_layer is not None and head.last_layer.op in _MULTIPLYING
        if not bare and not (below is not None and head.node(head.chain[below]).op == "softmax"):
            return None
        high = max(c["input"].get("max", 0.0) for c in calls)
        what = "raw scores" if bare else "probabilities"
        return self._found(
            view, head, f"kl_div wants log-probabilities, and is given {what} of up to {high:.3g}", _DIVERGENCE,
            Evidence(label="largest input", value=high, threshold=0.0, unit="nat"),
        )

    def _found(
        self, view: TrainingView, head: Head, message: str, remedy: Remedy, evidence: Evidence, made: Place | None = None
    ) -> Finding:
        loss = loss_place(view, head)
        place = made if made is not None and made.file is not None else last_layer_place(view, head)
        return self.finding(
            message, view=view, place=place if place.file is not None else loss, used_at=loss,
            first_step=head.graph.step,
            evidence=(evidence, Evidence(label="loss at the end", value=view.status.last, unit="nat")),
            remedies=(remedy,),
        )


def _normalised_by_hand(head: Head) -> bool:
    """Whether a log Σ exp is taken anywhere between the loss that is differentiated and the last layers."""
    return any(head.graph.nodes[at].op in _LOGARITHMS for at in region(head.graph))


_CLASSES = Remedy(
    name="loss-on-scores",
    text="Use cross-entropy, which takes the scores, or end the network with log_softmax.",
    applicability=Applicability.SAFE,
    code="loss = F.cross_entropy(scores, y)   # or: F.nll_loss(F.log_softmax(scores, dim=1), y)",
)
_PROBABILITIES = Remedy(
    name="loss-on-scores",
    text="Exchange the softmax for log_softmax, or remove it and use cross-entropy.",
    applicability=Applicability.SAFE,
    code="return F.log_softmax(self.head(x), dim=1)   # for nll_loss",
)
_BINARY = Remedy(
    name="loss-on-scores",
    text="Use the loss that takes scores, or end the network with a sigmoid.",
    applicability=Applicability.SAFE,
    code="loss = F.binary_cross_entropy_with_logits(scores, y)   # no sigmoid, no clamp",
)
_DIVERGENCE = Remedy(
    name="log-probabilities",
    text="Give kl_div the logarithms of the network's probabilities.",
    applicability=Applicability.SAFE,
    code='loss = F.kl_div(F.log_softmax(scores, dim=1), target, reduction="batchmean")',
)
