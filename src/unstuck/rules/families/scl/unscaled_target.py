"""SCL102: the targets of a regression are not scaled."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.run.batches import call_sites, place_of
from unstuck.analysis.run.graph import Graph
from unstuck.analysis.run.head import Head
from unstuck.analysis.run.objective import has_moving_target, is_bootstrapped
from unstuck.analysis.run.view import TrainingView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.core.vocabulary import UNBOUNDED_SCALING, UNIT_DEPENDENT_LOSSES
from unstuck.record.events import LossCall
from unstuck.rules.families.scl.data_scale import unscaled_targets
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetScale:
    """Targets of one regression loss, over its sampled calls."""

    mean: float
    std: float
    zeros: float
    """share of zeros"""
    first_prediction: float
    """mean of the network's first predictions"""

    @property
    def distance(self) -> float:
        """Root mean square of the targets about the first predictions."""
        return math.hypot(self.mean - self.first_prediction, self.std)

    @property
    def rms(self) -> float:
        """Root mean square of the targets."""
        return math.hypot(self.mean, self.std)

    @property
    def nonzero_rms(self) -> float:
        """Root mean square of the targets that are not zero."""
        return self.rms / math.sqrt(max(1e-12, 1 - self.zeros))


@dataclass(frozen=True)
class UnscaledTarget(Rule[TrainingView | DatasetView]):
    """The targets of a regression are far from unit size, unlike the first predictions of a network.

    ## What it measures

    Mean and standard deviation of the targets in the sampled calls of a regression loss, relative to the mean of the
    network's first predictions. For a hand-written squared or absolute error, the size of the targets follows from the
    first losses, if the network's first predictions were small.

    ## Why it hurts

    The first predictions of a network have about unit size. Targets of size 100 give first gradients that are 100 times
    too large, and for hundreds of steps most of them changes the bias of the last layer only. Usual learning rates
    diverge, and small ones are slow. Targets of size 0.001 disappear in the network's random predictions.

    ## How it decides

    By the root mean square (RMS) of the targets about the network's first predictions. A last bias that was set to the
    mean of the targets, or a network that ends in a multiplication or an exponential, scales its output in another way
    and is correct. Targets that are all zero, one-hot or class numbers are no regression. If the network explains
    nearly all of the targets' variance at the end, the finding is a note. So it is in a data set, before any network is
    trained: other models do not need it.

    ## Example

    ```python
    loss = F.mse_loss(model(x), price)   # prices of 20,000 … 900,000
    ```

    ## Remedies

    Standardise the targets with mean and standard deviation of the training set, and invert it where predictions are
    used.

    ## Known limits

    Targets that the network makes itself have no scale that is known before: they give a note. A hand-written loss
    is judged only if it is a mean of squared or absolute errors.

    ## References

    LeCun, Bottou, Orr, Müller, *Efficient BackProp*, 1998, section 4.5.
    """

    code: ClassVar[str] = "SCL102"
    name: ClassVar[str] = "unscaled-target"
    severity: ClassVar[Severity] = Severity.WARNING
    of_first_steps: ClassVar[bool] = True
    subjects: ClassVar[tuple[type[View], ...]] = (TrainingView, DatasetView)
    needs: ClassVar[tuple[str, ...]] = ("loss", "target_scale")
    figures: ClassVar[tuple[str, ...]] = ("scales.targets", "data_columns.values")

    largest: float = threshold(
        15, unit="RMS about the first predictions", source="between rings of abalone (10) and miles per gallon (25)"
    )
    smallest: float = threshold(0.02, unit="RMS", source="below the first predictions of a new network (0.1 and more)")
    reached: float = threshold(0.9, unit="share of the variance", source="a network that explains so much needs no fix")
    calls: float = threshold(3, unit="loss calls", source="fewer may be an unusual batch")
    factor: float = threshold(5, unit="times", source="a network that multiplies its output by so much scales it")

    def check(self, view: TrainingView | DatasetView) -> Iterator[Finding]:
        """The worst of the regression losses; a hand-written loss, if there is no other. Of a data set its targets."""
        if isinstance(view, DatasetView):
            yield from unscaled_targets(self, view, self.largest, self.smallest)
            return
        if any(self._scales(head) for head in view.heads):
            return
        sites = call_sites(view.training)
        regressions = [
            [call for _, call in sampled] for site, sampled in sites.items() if site.function in UNIT_DEPENDENT_LOSSES
        ]
        if not regressions:
            yield from self._hand_written(view, any_calls=bool(sites))
            return
        known = [numeric for calls in regressions if (numeric := numeric_targets(calls))]
        enough = [calls for calls in known if len(calls) >= self.calls]
        if known and not enough:
            raise TooLittle(f"{self.calls:g} sampled calls of a regression loss")
        findings = [judged for calls in enough if (judged := self._judge(view, calls)) is not None]
        if findings:
            yield max(findings, key=lambda judged: judged[0])[1]

    def _scales(self, head: Head) -> bool:
        """Whether the network itself scales its output after its last layer."""
        for node in head.operations:
            factor = abs(float(node.settings.get("factor", 1.0)))
            if head.loss is not None and node.op in UNBOUNDED_SCALING:
                return True
            if (node.op == "mul" and factor >= self.factor) or (node.op == "div" and 0 < factor <= 1 / self.factor):
                return head.loss is not None or node is not head.operations[0]
        return False

    def _judge(self, view: TrainingView, calls: Sequence[LossCall]) -> tuple[float, Finding] | None:
        """How far the targets are from unit size, and the finding."""
        scale = scale_of(calls)
        if not math.isfinite(scale.rms):
            return None
        if scale.distance > self.largest and scale.rms > self.largest:
            return scale.distance, self._large(view, scale, calls)
        if 0 < scale.nonzero_rms < self.smallest and scale.zeros < 1:
            return 1 / scale.nonzero_rms, self._small(view, scale, calls)
        return None

    def _large(self, view: TrainingView, scale: TargetScale, calls: Sequence[LossCall]) -> Finding:
        decided = Evidence(
            key="target_distance", label="root mean square of the targets about the first predictions",
            value=scale.distance, threshold=self.largest,
        )  # fmt: skip
        if scale.std <= self.largest:  # centred, they have a usual size
            away = abs(scale.mean - scale.first_prediction)
            text = f"the mean is {away:.4g} away from the first predictions, the standard deviation has a usual size"
            return self._report(view, scale, calls, text, decided, _CENTRED)
        text = f"their root mean square about the first predictions is {scale.distance:.3g} (expected about 1)"
        return self._report(view, scale, calls, text, decided, _REMEDY)

    def _small(self, view: TrainingView, scale: TargetScale, calls: Sequence[LossCall]) -> Finding:
        decided = Evidence(
            key="target_rms", label="root mean square of the targets", value=scale.nonzero_rms,
            threshold=self.smallest,
        )  # fmt: skip
        text = f"their root mean square is {scale.nonzero_rms:.3g}, less than the first predictions of a network"
        return self._report(view, scale, calls, text, decided, _REMEDY)

    def _report(
        self, view: TrainingView, scale: TargetScale, calls: Sequence[LossCall], text: str, decided: Evidence,
        remedy: Remedy,
    ) -> Finding:  # fmt: skip
        explained = view.status.explained
        moving = is_bootstrapped(view.training) or has_moving_target(view.training)
        evidence = [
            decided,
            Evidence(key="target_mean", label="mean of the targets", value=scale.mean),
            Evidence(key="target_std", label="standard deviation of the targets", value=scale.std),
        ]
        if explained is not None:
            evidence.append(Evidence(key="explained_share", label="share of the baseline loss removed", value=explained,
                                     threshold=self.reached, unit="share"))  # fmt: skip
        return self.finding(
            f"the targets are not scaled: mean {scale.mean:.4g}, standard deviation {scale.std:.4g}; {text}",
            view=view, place=place_of(calls[0]), first_step=calls[0].step, evidence=tuple(evidence), remedies=(remedy,),
            severity=Severity.INFO if moving or (explained is not None and explained >= self.reached) else None,
        )

    def _hand_written(self, view: TrainingView, *, any_calls: bool) -> Iterator[Finding]:
        """A hand-written mean of squared or absolute errors: its first value gives the size of the targets."""
        graph = next(iter(view.training.graphs), None)
        power = power_of(graph) if graph is not None else None
        series = next((s for s in view.training.losses if graph is not None and s.id == graph.series), None)
        if graph is None or power is None or series is None:
            if any_calls:
                return  # of a loss whose targets are no amounts
            raise TooLittle("a regression loss, or a mean of squared or absolute errors")
        first = float(series.value[0])
        size = first ** (1 / power) if first > 0 else math.nan
        if not size > self.largest:
            return
        bound = bound_of_first_predictions(view)
        if not math.isfinite(bound):
            raise TooLittle("the first predictions of the network")
        if not bound * self.factor < size:
            return
        yield self.finding(
            f"the first loss ({first:.4g}) implies targets of size {size:.3g}, but the first predictions are at most "
            f"{bound:.2g}",
            view=view, place=_computed_at(graph) or view.loss_place(), first_step=graph.step,
            evidence=(
                Evidence(key="target_size", label="size of the targets by the first loss", value=size,
                         threshold=self.largest),
                Evidence(key="first_prediction_bound", label="largest possible first prediction", value=bound),
            ),
            remedies=(_REMEDY,),
        )  # fmt: skip


def numeric_targets(calls: Sequence[LossCall]) -> list[LossCall]:
    """The calls with known moments of targets that are not one-hot."""
    return [call for call in calls if call.target.moments is not None and not call.one_hot]


def scale_of(calls: Sequence[LossCall]) -> TargetScale:
    """Over the calls of one regression loss."""
    mean = np.array([call.target.mean for call in calls], dtype=float)
    std = np.array([call.target.std for call in calls], dtype=float)
    first = calls[0].input.mean
    return TargetScale(
        mean=float(mean.mean()), std=math.sqrt(float((std**2).mean() + mean.var())),
        zeros=float(np.mean([call.target.zeros or 0.0 for call in calls])),
        first_prediction=first if first is not None and math.isfinite(first) else 0.0,
    )  # fmt: skip


def bound_of_first_predictions(view: TrainingView) -> float:
    """A bound on the size of the first predictions: by outputs of modules, else by data and weights; else infinity."""
    outputs = view.training.tracked("output")
    if outputs:
        return max(float(track["norm"][0]) / math.sqrt(float(track["count"][0])) for track in outputs)
    weights, inputs = view.training.tracked("weight"), view.training.inputs
    if not weights or not inputs or inputs[0].values.norm is None:
        return math.inf
    # One example's norm times the norms of the weights: ReLU and tanh make no vector longer.
    rows = max(1, math.prod((inputs[0].values.shape or ())[:-1]))
    return inputs[0].values.norm / math.sqrt(rows) * math.prod(max(1.0, float(t["norm"][0])) for t in weights)


def power_of(graph: Graph) -> int | None:
    """2 for a mean of squared differences from a constant, 1 for one of absolute differences; else None."""
    nodes = graph.nodes
    if nodes[0].op != "mean" or not nodes[0].inputs or nodes[0].inputs[0] is None:
        return None
    node = nodes[nodes[0].inputs[0]]
    squared = node.op == "pow" and node.settings.get("exponent") == 2
    squared = squared or (node.op == "mul" and len(node.inputs) == 2 and node.inputs[0] == node.inputs[1])
    if not squared and node.op != "abs":
        return None
    below = node.inputs[0]
    if below is None or nodes[below].op not in ("sub", "rsub") or None not in nodes[below].inputs:
        return None
    return 2 if squared else 1


def _computed_at(graph: Graph) -> Place | None:
    """The line where the loss is computed, if the graph holds it."""
    node = next((node for node in graph.nodes[:3] if node.file is not None), None)
    return Place(file=node.file, line=node.line) if node is not None else None


_REMEDY = Remedy(
    name="standardise-target",
    text="Divide the centred targets by their standard deviation, and invert this where predictions are used.",
    applicability=Applicability.TRIAL,
    code="mean, std = y_train.mean(), y_train.std()\nloss = F.mse_loss(model(x), (y - mean) / std)",
)
_CENTRED = replace(
    _REMEDY,
    text="Subtract the mean of the targets (and divide by their standard deviation), and invert this where predictions "
    "are used.",
)
