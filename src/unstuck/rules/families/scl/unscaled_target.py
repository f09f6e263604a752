"""SCL102: the numbers to be predicted are given in their raw units."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from unstuck.analysis.run.batches import sites
from unstuck.analysis.run.graph import Graph
from unstuck.analysis.run.head import Head
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.record.reader import Event
from unstuck.rules.rule import Rule, threshold

FUNCTIONS = frozenset({"mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "gaussian_nll_loss"})
"""losses that compare two numbers in the unit of the target"""
SCALING = frozenset({"exp", "expm1", "pow", "sinh"})
"""operations by which a network itself brings its answer to the unit of the target"""


@dataclass(frozen=True)
class UnscaledTarget(Rule[TrainingView]):
    """A regression is asked for numbers far from unit size, which a network does not give at its start.

    ## What it measures

    Mean and spread of the targets in the sampled calls of a regression loss, taken from the mean of the answers
    that the network gave at its very start. For a squared or absolute error written by hand, the size of the
    targets follows from the first losses, if the network's own answers were small then.

    ## Why it hurts

    A network begins with answers of about unit size. Targets of size 100 begin with gradients a hundred times
    too large, of which the last layer's bias takes most, for hundreds of steps; rates that are usual diverge, rates
    that are safe crawl. Targets of a thousandth drown in what the network answers at random.

    ## How it decides

    By the root mean square of the targets about the network's first answers. A last bias that was set to the
    mean, or a head that multiplies, or exponentiates, by itself, is a scaling of another kind and is left alone.
    Targets that are all zero, one-hot or single classes are no regression. Where the network explains nearly all of
    the targets' spread at the end, this is told as information only.

    ## Example

    ```python
    loss = F.mse_loss(model(x), price)   # prices of 20,000 … 900,000
    ```

    ## Remedies

    Standardise the targets with mean and spread of the training part, and undo it where answers are shown.

    ## Known limits

    Targets that move while learning, as in reinforcement learning, are judged like others. A hand-written loss
    that is neither a mean of squares nor of absolute values is not seen.

    ## References

    LeCun, Bottou, Orr, Müller, *Efficient BackProp*, 1998, section 4.5.
    """

    code: ClassVar[str] = "SCL102"
    name: ClassVar[str] = "unscaled-target"
    severity: ClassVar[Severity] = Severity.WARNING
    needs: ClassVar[tuple[str, ...]] = ("loss",)
    figures: ClassVar[tuple[str, ...]] = ("scales.targets",)

    largest: float = threshold(
        15, unit="RMS about the first answers", source="between rings of abalone (10) and miles a gallon (25)"
    )
    smallest: float = threshold(0.02, unit="RMS", source="below the scatter of a fresh network's answers, 0.1 and more")
    reached: float = threshold(0.9, unit="share of the variance", source="what is explained so far needs no repair")
    calls: float = threshold(3, unit="loss calls", source="fewer may be an unusual batch")
    factor: float = threshold(5, unit="", source="a head that multiplies by so much brings its answer to the unit")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """The worst of the regression losses; a loss written by hand, where there is no other."""
        if any(self._scales(head) for head in view.heads):
            return
        known = [calls for (function, *_), calls in sites(view.training).items() if function in FUNCTIONS]
        found = [one for calls in known if (one := self._judge(view, [call for _, call in calls])) is not None]
        if found:
            yield max(found, key=lambda one: one[0])[1]
        elif not known:
            yield from self._by_hand(view)

    def _scales(self, head: Head) -> bool:
        """Whether the network itself brings its answer to another unit after its last layer."""
        for node in head.operations:
            factor = abs(float((node.settings or {}).get("factor", 1.0)))
            if head.loss is not None and node.op in SCALING:
                return True
            if (node.op == "mul" and factor >= self.factor) or (node.op == "div" and 0 < factor <= 1 / self.factor):
                return head.loss is not None or node is not head.operations[0]
        return False

    def _judge(self, view: TrainingView, calls: Sequence[Event]) -> tuple[float, Finding] | None:
        told = [call for call in calls if call["target"].get("std") is not None and not call.get("one_hot")]
        if len(told) < self.calls:
            return None
        mean, std = (np.array([call["target"][name] for call in told]) for name in ("mean", "std"))
        if not np.isfinite(mean).all() or not np.isfinite(std).all():
            return None
        zeros = float(np.mean([call["target"].get("zeros") or 0.0 for call in told]))
        center, spread = float(mean.mean()), math.sqrt(float((std**2).mean() + mean.var()))
        first = told[0]["input"].get("mean")
        first = float(first) if first is not None and math.isfinite(first) else 0.0
        size = math.hypot(center - first, spread)
        dense = math.hypot(center, spread) / math.sqrt(max(1e-12, 1 - zeros))
        place = Place(file=told[0].get("file"), line=told[0].get("line"))
        if size > self.largest and math.hypot(center, spread) > self.largest:
            return size, self._found(view, center, spread, size, place, told)
        if 0 < dense < self.smallest and zeros < 1:
            return 1 / dense, self._found(view, center, spread, dense, place, told)
        return None

    def _found(
        self, view: TrainingView, center: float, spread: float, size: float, place: Place, told: Sequence[Event]
    ) -> Finding:
        large = size > self.largest
        explained = view.status.explained
        learned = explained is not None and explained >= self.reached
        alone = large and spread <= self.largest  # centred, they would be of a usual size
        how = f"{size:.3g} times the size that a network begins with"
        if alone:
            how = "it is their mean that lies far from the network's first answers, their spread is of a usual size"
        elif not large:
            how = "drowned by a network's first answers"
        return self.finding(
            f"the targets have mean {center:.4g} and spread {spread:.4g}: {how}",
            view=view, place=place, severity=Severity.INFO if learned else None, first_step=int(told[0]["step"]),
            evidence=(
                Evidence(label="root mean square of the targets about the first answers" if large else
                         "root mean square of the targets", value=size,
                         threshold=self.largest if large else self.smallest),
                Evidence(label="mean of the targets", value=center),
                Evidence(label="spread of the targets", value=spread),
                *(() if explained is None else (
                    Evidence(label="share of the constant answer's loss taken away", value=explained,
                             threshold=self.reached, unit="share"),)),
            ),
            remedies=(_CENTRED if alone else _REMEDY,),
        )  # fmt: skip

    def _by_hand(self, view: TrainingView) -> Iterator[Finding]:
        """A mean of squares (or of absolute values) written by hand: its first value is the targets' size."""
        for graph in view.training.graphs[:1]:
            power = written_by_hand(graph)
            series = next((s for s in view.training.losses if s.id == graph.series), None)
            if power is None or series is None:
                continue
            first = float(series.value[0])
            size = first ** (1 / power) if first > 0 else math.nan
            answers = first_answers(view)
            if not size > self.largest or not answers * self.factor < size:
                return
            yield self.finding(
                f"the first loss, {first:.4g}, is that of targets of size {size:.3g}, and the network began with "
                f"answers of at most {answers:.2g}",
                view=view, place=_computed(graph) or view.loss_place(), first_step=graph.step,
                evidence=(
                    Evidence(label="size of the targets by the first losses", value=size, threshold=self.largest),
                    Evidence(label="size of the network's first answers, at most", value=answers),
                ),
                remedies=(_REMEDY,),
            )


def _computed(graph: Graph) -> Place | None:
    """The line where the loss is computed, as far as the graph tells it."""
    node = next((node for node in graph.nodes[:3] if node.file is not None), None)
    return Place(file=node.file, line=node.line) if node is not None else None


def first_answers(view: TrainingView) -> float:
    """A bound on the size of the first answers: by what the modules gave, else by data and weights; else infinite."""
    outputs = view.training.tracked("output")
    if outputs:
        return max(float(track["norm"][0]) / math.sqrt(float(track["count"][0])) for track in outputs)
    weights, inputs = view.training.tracked("weight"), view.training.inputs
    if not weights or not inputs or inputs[0].get("norm") is None:
        return math.inf
    # One example's norm times the norms of the weights: ReLU and tanh stretch nothing.
    rows = max(1, math.prod(inputs[0]["shape"][:-1]))
    return float(inputs[0]["norm"]) / math.sqrt(rows) * math.prod(max(1.0, float(t["norm"][0])) for t in weights)


def written_by_hand(graph: Graph) -> int | None:
    """2 for a mean of squared differences to a constant, 1 for one of absolute differences; else None."""
    nodes, at = graph.nodes, 0
    if nodes[0].op != "mean" or not nodes[0].inputs or nodes[0].inputs[0] is None:
        return None
    at = nodes[0].inputs[0]
    node = nodes[at]
    squared = node.op == "pow" and (node.settings or {}).get("exponent") == 2
    squared = squared or (node.op == "mul" and len(node.inputs) == 2 and node.inputs[0] == node.inputs[1])
    if not squared and node.op != "abs":
        return None
    below = node.inputs[0]
    if below is None or nodes[below].op not in ("sub", "rsub") or None not in nodes[below].inputs:
        return None
    return 2 if squared else 1


_REMEDY = Remedy(
    name="standardise-target",
    text="Predict the target in units of its own spread, and undo it where answers are shown.",
    applicability=Applicability.TRIAL,
    code="mean, std = y_train.mean(), y_train.std()\nloss = F.mse_loss(model(x), (y - mean) / std)",
)
_CENTRED = replace(
    _REMEDY, text="Subtract the targets' mean (and divide by their spread), and undo it where answers are shown."
)
