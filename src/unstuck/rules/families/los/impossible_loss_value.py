"""LOS112: a loss below the bound that its function has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from unstuck.analysis.run.head import Head
from unstuck.analysis.run.objective import interleaved, is_adversarial
from unstuck.analysis.run.output import calls_of, heads, loss_place, weight_of
from unstuck.analysis.run.training import Series
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Evidence, Examples, Finding, Place, Remedy, Severity
from unstuck.core.vocabulary import (
    CROSS_ENTROPY_BINARY,
    FUNCTIONS_OF_OPERATION,
    LIKELIHOOD_LOSSES,
    PASS_THROUGH,
    REGRESSION_LOSSES,
)
from unstuck.core.words import share
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True)
class ImpossibleLossValue(Rule[TrainingView]):
    """The loss is below the bound that its function has, or its sign is reversed.

    ## What it measures

    The values of losses that torch computes and that cannot be negative: cross-entropies, squared and absolute errors,
    divergences, CTC. The operations between such a loss and the value on which backward is called. The frames and
    labels of each sequence given to `ctc_loss`.

    ## Why it hurts

    A value below the bound shows that the targets, the scores or a reserved index do not fit the loss: it can fall for
    ever without a better prediction. A loss with a reversed sign is made as large as possible. A sequence that has
    fewer frames than labels has an infinite loss; with `zero_infinity=True` it is left out without a word.

    ## How it decides

    More than `negative` of the values are below zero by more than rounding. Or the only loss of the training is a
    negative multiple of such a loss, and no other training works against it. Or at least `short` of the sequences
    cannot be produced from their frames.

    ## Example

    ```python
    loss = -F.cross_entropy(logits, y)
    ```

    ## Remedies

    Give the loss what it expects: targets from 0 to 1, log-probabilities, class numbers. Remove the minus sign.

    ## Known limits

    The bound of a loss written by hand is not known. A network that is trained to forget, on purpose, by a reversed
    loss is reported.

    ## References

    Graves et al., Connectionist temporal classification (2006), section 3; PyTorch documentation, `torch.nn.CTCLoss`.
    """

    code: ClassVar[str] = "LOS112"
    name: ClassVar[str] = "impossible-loss-value"
    severity: ClassVar[Severity] = Severity.ERROR
    of_first_steps: ClassVar[bool] = True
    explained_by: ClassVar[tuple[str, ...]] = ("LOS103", "LOS104", "LOS106", "LOS108", "DAT114")
    needs: ClassVar[tuple[str, ...]] = ("loss",)
    figures: ClassVar[tuple[str, ...]] = ("losses.below_zero", "shares.reported")

    negative: float = threshold(0.01, unit="share of the values", source="rounding gives none that large")
    rounding: float = threshold(
        1e-5, unit="of the median value", source="float32 has 7 digits; a loss at its bound is off by its last one"
    )
    short: float = threshold(
        0.05, unit="share of the sequences", source="provisional: a few recordings cut short are common"
    )

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """A reversed sign; values below the bound; sequences that are too short."""
        if not any(series.function in _BOUNDED for series in view.training.losses) and not heads(view):
            raise TooLittle("a loss whose bound is known")
        found = next(filter(None, (self._reversed(view, head) for head in heads(view))), None)
        found = found or next(filter(None, (self._below(view, series) for series in view.training.losses)), None)
        found = found or self._short(view)
        if found is not None:
            yield found

    def _below(self, view: TrainingView, series: Series) -> Finding | None:
        values = series.value[np.isfinite(series.value)]
        if series.function not in _BOUNDED or not len(values):
            return None
        below = values < -self.rounding * max(1.0, float(np.median(np.abs(values))))
        if float(below.mean()) <= self.negative:
            return None
        lows = [call.target.min for call in calls_of(view, series.function) if call.target.min is not None]
        wrong = f"; its targets go down to {min(lows):.3g}" if lows and min(lows) < 0 else ""
        lowest = float(values.min())
        return self.finding(
            f"{series.function} is below 0 at {share(float(below.mean()))} of {len(values)} steps, down to "
            f"{lowest:.3g}: with fitting targets and inputs it cannot be{wrong}",
            view=view, place=Place(file=series.file, line=series.line),
            first_step=int(series.index[int(below.argmax())]),
            evidence=(
                Evidence(key="lowest_loss", label="lowest value of the loss", value=lowest, threshold=0.0),
                Evidence(key="steps_below_bound", label="steps below the bound", value=float(below.mean()),
                         threshold=self.negative, unit="share"),
            ),
            remedies=(_FITTING,),
        )  # fmt: skip

    def _reversed(self, view: TrainingView, head: Head) -> Finding | None:
        """A negative multiple of a loss function, that alone trains the weights of the network."""
        if head.function is None or _factor(head) >= 0 or len(view.training.losses) != 1:
            return None
        weight, trained = weight_of(head.graph, head.layer), set(view.training.parameters)
        if weight is None or weight.leaf not in trained:
            return None
        if is_adversarial(view.training) or interleaved(view.training):
            return None
        function = next(iter(FUNCTIONS_OF_OPERATION.get(head.function, (head.function,))))
        loss = view.training.losses[0].value
        loss = loss[np.isfinite(loss)]
        lowest = float(loss.min()) if len(loss) else -1.0
        return self.finding(
            f"the loss is a negative multiple of {function}, down to {lowest:.3g}: training makes the error larger",
            view=view, place=loss_place(view, head), first_step=head.graph.step,
            evidence=(
                Evidence(key="loss_factor", label="factor of the loss function", value=_factor(head), threshold=0.0),
                Evidence(key="lowest_loss", label="lowest value of the loss", value=lowest, threshold=0.0),
            ),
            remedies=(_SIGN,),
        )  # fmt: skip

    def _short(self, view: TrainingView) -> Finding | None:
        calls = [call for call in calls_of(view, "ctc_loss") if call.sequences is not None]
        facts = [call.sequences for call in calls if call.sequences is not None]
        short, of = sum(one.short for one in facts), sum(one.sequences for one in facts)
        if not of or short < self.short * of:
            return None
        return self.finding(
            f"{short} of {of} sequences ({share(short / of)}) have fewer frames than their labels need: their loss is "
            "infinite, or left out with zero_infinity",
            view=view, place=loss_place(view, call=calls[0]), first_step=calls[0].step,
            severity=Severity.ERROR if short > of / 2 else Severity.WARNING,
            evidence=(
                Evidence(key="short_sequences", label="sequences with too few frames", value=short / of,
                         threshold=self.short, unit="share"),
            ),
            examples=Examples(of="sequences", count=short, share=short / of),
            remedies=(_FRAMES,),
        )  # fmt: skip


_BOUNDED = frozenset(
    {*LIKELIHOOD_LOSSES, *CROSS_ENTROPY_BINARY, *REGRESSION_LOSSES, "kl_div", "ctc_loss", "soft_margin_loss",
     "multi_margin_loss", "multilabel_margin_loss", "multilabel_soft_margin_loss", "margin_ranking_loss",
     "triplet_margin_loss"}
)  # fmt: skip
"""losses that are never below zero, given what they expect"""


def _factor(head: Head) -> float:
    """What the loss function is multiplied by on its way to the value on which backward is called; 0 where unknown."""
    factor, position = 1.0, 0
    while position != head.loss:
        node = head.graph.nodes[position]
        known = node.settings.get("factor")
        learned = [below for below in node.inputs if below is not None]
        if len(learned) != 1:
            return 0.0
        if node.op == "neg":
            factor = -factor
        elif node.op in ("mul", "div") and known:
            factor = factor * known if node.op == "mul" else factor / known
        elif node.op not in PASS_THROUGH | {"mean", "sum"}:
            return 0.0
        position = learned[0]
    return factor


_FITTING = Remedy(
    name="fitting-targets",
    text="Give the loss what it expects: class numbers, or targets from 0 to 1, or log-probabilities.",
    applicability=Applicability.MANUAL,
    code="assert 0 <= y.min() and y.max() <= 1   # for binary_cross_entropy and for class probabilities",
)
_SIGN = Remedy(
    name="loss-sign",
    text="Remove the minus sign: optimisers make the loss smaller.",
    applicability=Applicability.MANUAL,
    code="loss = F.cross_entropy(logits, y)   # not: -F.cross_entropy(logits, y)",
)
_FRAMES = Remedy(
    name="enough-frames",
    text="Give every sequence at least as many frames as it has labels and repeated labels: reduce the stride, or drop "
    "the sequences that are too short.",
    applicability=Applicability.MANUAL,
    code="keep = input_lengths >= target_lengths + repeats   # repeats: labels equal to the one before",
)
