"""LOS104: a loss for numbers on classes, or a loss for classes on numbers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.head import Head, first_below
from unstuck.analysis.run.output import calls_of, heads, last_layer_place, loss_place
from unstuck.analysis.run.targets import distinct_of, shape_of
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Confidence, Evidence, Finding, Place, Remedy, Severity
from unstuck.core.vocabulary import CROSS_ENTROPY_BINARY, PASS_THROUGH, REGRESSION_LOSSES
from unstuck.record import events
from unstuck.record.reader import Event
from unstuck.rules.rule import Rule, threshold

_ARITHMETIC = PASS_THROUGH | {"mean", "sum", "pow", "abs", "sqrt", "square"}


@dataclass(frozen=True)
class LossUnsuitedToTask(Rule[TrainingView]):
    """Class numbers are regressed as if they were amounts, or amounts are given to a cross-entropy.

    ## What it measures

    The targets of the loss: which distinct numbers occur and how often, their range, and for cross-entropy the sum
    of each row of targets. For a squared error written by hand, the labels of the data set that the loader gives.

    ## Why it hurts

    Between classes there is no order and no distance: to confuse 0 with 9 is no worse than 0 with 1, and the
    middle is no answer. Cross-entropy in turn has no lowest value for targets that are no probabilities: it falls
    without bound, or pulls the answer to where no answer is.

    ## How it decides

    A regression loss on one unit, whose targets are exactly the whole numbers 0 to K − 1 (K ≥ 3), each of them
    about as frequent as the others: amounts, counts, ages and ratings have tails, or do not begin at 0. It is
    *suspected*, because evenly spread amounts look the same; it is information only where rounding already gives
    every answer right. Cross-entropy: dense targets that are negative or whose rows exceed 1. Binary losses: many
    different targets far outside 0 to 1.

    ## Example

    ```python
    loss = F.mse_loss(net(x).squeeze(1), y.float())   # y: class numbers 0 to 9
    ```

    ## Remedies

    One unit for each class and cross-entropy for classes; squared error for amounts.

    ## Known limits

    Two classes, one-hot targets and probabilities under squared error are left alone: they can be learned so.

    ## References

    Bishop, Pattern Recognition and Machine Learning (2006), section 4.1.3: least squares for classification.
    """

    code: ClassVar[str] = "LOS104"
    name: ClassVar[str] = "loss-unsuited-to-task"
    severity: ClassVar[Severity] = Severity.WARNING
    needs: ClassVar[tuple[str, ...]] = ("output",)
    figures: ClassVar[tuple[str, ...]] = ("labels.regressed", "given.amounts",)

    balance: float = threshold(
        2.0, unit="times the even share", source="most and least frequent class of digits, iris and wine: 1.02 to 1.25"
    )
    sigmas: float = threshold(2.0, unit="standard errors of a count", source="few labels are looked at")
    per_class: int = threshold(8, unit="labels for each class", source="below that an even spread is chance")
    rounded: float = threshold(
        0.01, unit="mean squared error", source="a standard deviation of 0.1: rounding is wrong at 5 sigma only"
    )
    overflow: float = threshold(
        0.5, unit="distance from 0 to 1", source="smoothed and noisy labels of 0.7 to 1.2 are in use"
    )

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """Regression on class numbers; cross-entropy on amounts."""
        calls = [c for c in calls_of(view, *REGRESSION_LOSSES) if c["phase"] == "train" and _single(c)]
        held_out = [
            c for c in view.all_calls
            if c.get("phase") == "eval" and calls and c["function"] == calls[0]["function"] and _single(c)
        ]
        values = distinct_of([*calls, *held_out]) if calls else None
        if values is not None and self.are_classes(values):
            head = next((h for h in heads(view) if h.function in ("mse_loss", "smooth_l1_loss", "huber_loss")), None)
            swapped = head is not None and head.loss is not None and head.node(head.loss).inputs[:1] == (None,)
            if not swapped:
                yield self._regressed(view, values, head, calls[0])
                return
        yield from self._by_loader(view)
        yield from self._amounts(view)

    def are_classes(self, counts: Mapping[float, int]) -> bool:
        """Whether these are the numbers 0 to K − 1, each about as frequent as the others."""
        classes, total = len(counts), sum(counts.values())
        if classes < 3 or sorted(counts) != list(range(classes)) or total < self.per_class * classes:
            return False
        high, low = self.balance * total / classes, total / classes / self.balance
        chance = self.sigmas * math.sqrt(high), self.sigmas * math.sqrt(low)
        return max(counts.values()) <= high + chance[0] and min(counts.values()) >= low - chance[1]

    def _by_loader(self, view: TrainingView) -> Iterator[Finding]:
        """A squared or absolute error written by hand, on one unit, with the classes that a loader tells."""
        if calls_of(view, *REGRESSION_LOSSES):
            return
        for head in heads(view):
            at = first_below(head, 0, _ARITHMETIC) if head.loss is None else None
            node = head.node(head.chain[at]) if at is not None else None
            if node is None or node.op != "sub" or sum(one is not None for one in node.inputs) != 1 or not at:
                continue
            if head.last_layer is None or (head.last_layer.shape or (0,))[-1] != 1:
                continue
            for loader in view.training.part.of(events.Loader):
                counts = Counter({float(k): int(n) for k, n in (loader.get("labels") or {}).items()})
                if self.are_classes(counts):
                    yield self._regressed(view, counts, head, None)
                    return

    def _regressed(self, view: TrainingView, counts: Mapping[float, int], head: Head | None, call: Event | None) -> Finding:
        classes, total, last = len(counts), sum(counts.values()), view.status.last
        squared = call is None or call["function"] == "mse_loss"
        layer = last_layer_place(view, head)
        return self.finding(
            f"one unit regresses the class number: all {total} targets that were looked at are the whole numbers "
            f"0 to {classes - 1}, evenly spread",
            view=view, place=loss_place(view, head, call), used_at=layer if layer.file is not None else None,
            severity=Severity.INFO if squared and last <= self.rounded else None,
            confidence=Confidence.SUSPECTED,
            evidence=(
                Evidence(label="distinct targets", value=float(classes), threshold=3.0),
                Evidence(label="most frequent target, times the even share",
                         value=max(counts.values()) * classes / total, threshold=self.balance),
                Evidence(label="loss at the end", value=last, threshold=self.rounded if squared else None),
            ),
            remedies=(_CLASSES,),
        )

    def _amounts(self, view: TrainingView) -> Iterator[Finding]:
        for call in calls_of(view, "cross_entropy"):
            rows, target = call.get("target_row_sum"), call["target"]
            classes = int(call.get("classes", 0))
            if rows is None or classes < 2 or call.get("one_hot") or target.get("zeros") is None:
                continue
            weighted = target["zeros"] > 0.5 * (classes - 1) / classes  # one-hot rows times a reward or a weight
            whole = target["min"] == 0.0 and target["max"] == 1.0 and abs(target["mean"] + target["zeros"] - 1) < 1e-4
            if not weighted and not whole and (rows[1] > 1 + self.overflow or target["min"] < -self.overflow):
                yield self._told(
                    view, call, f"cross-entropy is given amounts: rows of targets sum to {rows[0]:.3g} to "
                    f"{rows[1]:.3g}, not to 1", "largest sum of a row of targets", rows[1], 1.0,
                )
                return
        calls = [c for c in calls_of(view, *CROSS_ENTROPY_BINARY) if c["target"].get("min") is not None]
        low = min((c["target"]["min"] for c in calls), default=0.0)
        high = max((c["target"]["max"] for c in calls), default=1.0)
        if calls and distinct_of(calls) is None and (low < -self.overflow or high > 1 + self.overflow):
            yield self._told(
                view, calls[0], f"{calls[0]['function']} is given amounts: its targets go from {low:.3g} to "
                f"{high:.3g}, not from 0 to 1", "largest target", high, 1.0,
            )

    def _told(self, view: TrainingView, call: Event, message: str, quantity: str, value: float, limit: float) -> Finding:
        place: Place = loss_place(view, call=call)
        return self.finding(
            message, view=view, place=place, first_step=int(call["step"]),
            evidence=(Evidence(label=quantity, value=value, threshold=limit),), remedies=(_AMOUNTS,),
        )


def _single(call: Event) -> bool:
    """Whether the network gives one number for each example."""
    shape = shape_of(call["input"])
    return len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)


_CLASSES = Remedy(
    name="cross-entropy-for-classes",
    text="Give each class its own unit, and use cross-entropy on the scores.",
    applicability=Applicability.SAFE,
    code="nn.Linear(hidden, num_classes)   # then F.cross_entropy(net(x), y.long())",
)
_AMOUNTS = Remedy(
    name="squared-error-for-amounts",
    text="Use squared error for amounts, with a linear output.",
    applicability=Applicability.SAFE,
    code="loss = F.mse_loss(net(x), y)   # y standardised, no softmax or sigmoid",
)
