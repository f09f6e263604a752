"""LOS103: logits where a loss expects probabilities or log-probabilities."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from unstuck.analysis.run.head import Head, first_below, node_below, region
from unstuck.analysis.run.output import (
    NO_HEAD,
    calls_of,
    calls_of_head,
    has_readable_head,
    heads,
    last_layer_place,
    last_layer_place_of_call,
    loss_place,
    operation_place,
    weight_of,
)
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.core.vocabulary import CLAMPS, LAYER_PRODUCTS, LOGARITHMS, UNBOUNDED_ACTIVATIONS
from unstuck.record.events import LossCall
from unstuck.rules.rule import Rule, TooLittle, threshold

_NO_PROBABILITIES = CLAMPS | UNBOUNDED_ACTIVATIONS | {"add"}
"""operations that do not turn logits into probabilities"""
_NORMALISING = LOGARITHMS | {"logsumexp"}
"""operations that make log-probabilities"""
_PROBABILITY_LOSSES = ("binary_cross_entropy", "nll_loss", "kl_div")


@dataclass(frozen=True)
class LogitsIntoProbabilityLoss(Rule[TrainingView]):
    """`BCELoss` is given logits instead of probabilities, or `NLLLoss` is given logits instead of log-probabilities.

    ## What it measures

    The operations between the last layer and the loss, by the autograd graph, and the values that went into the loss:
    their range for `binary_cross_entropy`, and the log Σ exp of each row for `nll_loss`, which is 0 for
    log-probabilities. It also reads calls that raised.

    ## Why it hurts

    `BCELoss` raises at the first input outside [0, 1]. Clamped logits have no gradient where they are clamped.
    `NLLLoss` only reads the score of the right class: the loss falls without bound as all scores grow, and the classes
    do not compete.

    ## How it decides

    `BCELoss`: it raised because of an input outside [0, 1]; or there is no operation, or only a clamp, between it and
    the last layer. `ctc_loss`: log Σ exp of its frames differs from 0. `NLLLoss` and `kl_div`: there is no logarithm
    between it and the last layer, and log Σ exp differs from 0. log(softmax + ε) and clamped logarithms pass, and so
    does a loss to which a log Σ exp is added by hand.

    ## Example

    ```python
    return self.head(x)   # then: nn.NLLLoss()(output, y)
    ```

    ## Remedies

    Use the loss on logits: `CrossEntropyLoss` instead of `NLLLoss`, `BCEWithLogitsLoss` instead of `BCELoss`.

    ## Known limits

    `kl_div` is judged by the graph alone.

    ## References

    PyTorch documentation, `torch.nn.NLLLoss`: "the input … is expected to contain log-probabilities of each class";
    `torch.nn.BCELoss`.
    """

    code: ClassVar[str] = "LOS103"
    name: ClassVar[str] = "logits-into-probability-loss"
    severity: ClassVar[Severity] = Severity.ERROR
    of_first_steps: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("output",)
    figures: ClassVar[tuple[str, ...]] = ("loss_inputs.scores",)

    normaliser: float = threshold(
        0.1, unit="nat", source="log Σ exp of log(softmax + ε) is K·ε: below 0.1 for any ε in use"
    )

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """The calls that raised; then each loss in the graph."""
        for call in calls_of(view, "binary_cross_entropy"):
            if call.phase == "raised" and _is_outside_unit(call):
                yield self._raised(view, call)
                return
        unproduced = self._sequences(view)
        if unproduced is not None:
            yield unproduced
            return
        unmeasured: TooLittle | None = None
        for head in heads(view):
            try:
                finding = self._judge(view, head)
            except TooLittle as reason:
                unmeasured = reason
                continue
            if finding is not None:
                yield finding
                return
        if unmeasured is not None:
            raise unmeasured
        concerned = any(call.function in _PROBABILITY_LOSSES for call in view.train_calls)
        if not has_readable_head(view) and (concerned or not view.all_calls):
            raise TooLittle(NO_HEAD)

    def _raised(self, view: TrainingView, call: LossCall) -> Finding:
        head = next((head for head in heads(view) if head.function == "binary_cross_entropy"), None)
        low, high = call.input.min or 0.0, call.input.max or 0.0
        loss, place = loss_place(view, call=call), last_layer_place(view, head)
        if place.file is None:
            place = last_layer_place_of_call(view, call)
        return self.finding(
            f"binary_cross_entropy expects probabilities and raised on logits from {low:.3g} to {high:.3g}",
            view=view, place=place if place.file is not None else loss,
            used_at=loss if place.file is not None else None, first_step=call.step,
            evidence=(
                Evidence(key="smallest_input", label="smallest input of the loss", value=low, threshold=0.0),
                Evidence(key="largest_input", label="largest input of the loss", value=high, threshold=1.0),
            ),
            remedies=(_BINARY,),
        )

    def _judge(self, view: TrainingView, head: Head) -> Finding | None:
        if head.function == "binary_cross_entropy":
            return self._binary(view, head)
        if head.function == "nll_loss":
            return self._classes(view, head)
        return self._divergence(view, head) if head.loss is None else None

    def _binary(self, view: TrainingView, head: Head) -> Finding | None:
        layer, operations = head.last_layer, head.operations
        if layer is None or layer.op not in LAYER_PRODUCTS or weight_of(head.graph, head.layer) is None:
            return None
        if any(node.op not in _NO_PROBABILITIES for node in operations):
            return None
        if operations and not any(node.op in CLAMPS for node in operations):
            return None
        inputs = [call.input for call in calls_of_head(view, head)]
        lows = [tensor.min for tensor in inputs if tensor.min is not None]
        highs = [tensor.max for tensor in inputs if tensor.max is not None]
        if not lows or not highs:
            raise TooLittle("the inputs of binary_cross_entropy at a sampled step")
        what = "clamped logits" if operations else "logits"
        return self._finding(
            view, head, f"binary_cross_entropy expects probabilities and is given {what} from {np.mean(lows):.3g} to "
            f"{np.mean(highs):.3g}", _BINARY,
            Evidence(key="probability_operations", label="operations that turn logits into probabilities", value=0.0,
                     threshold=1.0),
        )

    def _classes(self, view: TrainingView, head: Head) -> Finding | None:
        if any(node.op in _NORMALISING for node in head.operations) or _is_normalised_by_hand(head):
            return None
        distances = [call.log_normaliser for call in calls_of_head(view, head) if call.log_normaliser is not None]
        if not distances:
            raise TooLittle("the inputs of nll_loss at a sampled step")
        distance = float(np.mean(distances))
        if distance <= self.normaliser:
            return None
        last = node_below(head, 0)
        probabilities = last is not None and last.op == "softmax"
        return self._finding(
            view, head, f"nll_loss expects log-probabilities and is given "
            f"{'probabilities' if probabilities else 'logits'}: |log Σ exp| of a row is {distance:.3g} instead of 0",
            _PROBABILITIES if probabilities else _CLASSES,
            Evidence(key="log_normaliser", label="|log Σ exp| of a row of the input", value=distance,
                     threshold=self.normaliser, unit="nat"),
            operation_place(view, last) if probabilities else None,
        )

    def _sequences(self, view: TrainingView) -> Finding | None:
        """`ctc_loss` takes log-probabilities and does not say so of anything else."""
        calls = [call for call in view.train_calls if call.function == "ctc_loss" and call.sequences is not None]
        found = [call.sequences.log_normaliser for call in calls if call.sequences is not None]
        distances = [one for one in found if one is not None]
        if not distances or float(np.mean(distances)) <= self.normaliser:
            return None
        distance, loss = float(np.mean(distances)), loss_place(view, call=calls[0])
        return self.finding(
            f"ctc_loss expects log-probabilities: |log Σ exp| of a frame is {distance:.3g} instead of 0",
            view=view, place=loss, first_step=calls[0].step,
            evidence=(
                Evidence(key="log_normaliser", label="|log Σ exp| of a frame of the input", value=distance,
                         threshold=self.normaliser, unit="nat"),
            ),
            remedies=(_FRAMES,),
        )  # fmt: skip

    def _divergence(self, view: TrainingView, head: Head) -> Finding | None:
        """`kl_div` leaves ``sub`` ← ``mul`` ← input in the graph."""
        calls = [call for call in calls_of_head(view, head) if call.function == "kl_div"]
        nodes = head.nodes
        start = next((i for i, node in enumerate(nodes[:-1]) if node.op == "sub" and nodes[i + 1].op == "mul"), None)
        if not calls or start is None or any(node.op in _NORMALISING for node in nodes[start:]):
            return None
        at = first_below(head, start + 2)
        logits = at is None and head.last_layer is not None and head.last_layer.op in LAYER_PRODUCTS
        if not logits and (at is None or nodes[at].op != "softmax"):
            return None
        high = max(call.input.max if call.input.max is not None else 0.0 for call in calls)
        return self._finding(
            view, head, f"kl_div expects log-probabilities and is given {'logits' if logits else 'probabilities'} of "
            f"up to {high:.3g}", _DIVERGENCE,
            Evidence(key="largest_input", label="largest input of the loss", value=high, threshold=0.0, unit="nat"),
        )

    def _finding(
        self, view: TrainingView, head: Head, message: str, remedy: Remedy, evidence: Evidence,
        place: Place | None = None,
    ) -> Finding:
        loss = loss_place(view, head)
        place = place if place is not None and place.file is not None else last_layer_place(view, head)
        return self.finding(
            message, view=view, place=place if place.file is not None else loss, used_at=loss,
            first_step=head.graph.step,
            evidence=(
                evidence, Evidence(key="loss_at_end", label="loss at the end", value=view.status.last, unit="nat"),
            ),
            remedies=(remedy,),
        )  # fmt: skip


def _is_outside_unit(call: LossCall) -> bool:
    """Whether finite inputs lie outside 0 to 1."""
    tensor = call.input
    if tensor.min is None or tensor.max is None or tensor.nonfinite:
        return False
    return tensor.min < 0 or tensor.max > 1


def _is_normalised_by_hand(head: Head) -> bool:
    """Whether there is a log Σ exp anywhere between the loss that is differentiated and the last layers."""
    return any(head.graph.nodes[position].op in _NORMALISING for position in region(head.graph))


_CLASSES = Remedy(
    name="loss-on-scores",
    text="Use cross-entropy, which takes logits, or end the network with log_softmax.",
    applicability=Applicability.SAFE,
    code="loss = F.cross_entropy(logits, y)   # or: F.nll_loss(F.log_softmax(logits, dim=1), y)",
)
_PROBABILITIES = Remedy(
    name="loss-on-scores",
    text="Replace softmax by log_softmax, or remove it and use cross-entropy.",
    applicability=Applicability.SAFE,
    code="return F.log_softmax(self.head(x), dim=1)   # for nll_loss",
)
_BINARY = Remedy(
    name="loss-on-scores",
    text="Use the binary loss on logits, or end the network with a sigmoid.",
    applicability=Applicability.SAFE,
    code="loss = F.binary_cross_entropy_with_logits(logits, y)   # no sigmoid, no clamp",
)
_FRAMES = Remedy(
    name="log-probabilities",
    text="Give ctc_loss the logarithm of the network's probabilities.",
    applicability=Applicability.SAFE,
    code="loss = F.ctc_loss(scores.log_softmax(-1), labels, input_lengths, target_lengths)",
)
_DIVERGENCE = Remedy(
    name="log-probabilities",
    text="Give kl_div the logarithm of the network's probabilities.",
    applicability=Applicability.SAFE,
    code='loss = F.kl_div(F.log_softmax(logits, dim=1), target, reduction="batchmean")',
)
