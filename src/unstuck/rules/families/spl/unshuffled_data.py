"""SPL103: the order of the data depends on the labels."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.run.batches import (
    Batch,
    CallSite,
    ClassCounts,
    SampledCall,
    batches,
    call_sites,
    num_repeated,
    place_of,
    same_class_across,
    same_class_within,
    training_loader,
)
from unstuck.analysis.run.view import TrainingView
from unstuck.analysis.view import View
from unstuck.core import words
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.vocabulary import CLASS_ACTIVATIONS, RANDOM_SAMPLERS, SEQUENTIAL_SAMPLER
from unstuck.record.events import Loader, LossCall
from unstuck.record.events.data.order import RowOrder
from unstuck.rules.families.spl import data_order
from unstuck.rules.needs_progress import needs_progress
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class _Targets:
    """The regression targets of one batch."""

    step: int
    size: int
    mean: float
    std: float


@dataclass(frozen=True)
class UnshuffledData(Rule[TrainingView | DatasetView]):
    """Similar examples come together, in training batches or in a file: one class, or one range of the target.

    ## What it measures

    In the sampled steps: how often two examples of one batch have the same class, and how often two examples of
    different batches do. For regression: the share of the targets' variance that lies between batches. In a data set:
    how much more alike neighbouring rows are than at random, and how the last fifth differs from the rest.

    ## Why it hurts

    Each step pulls the network towards the class of its batch, and the network forgets the others. The loss follows the
    order of the data, no step follows the mean gradient of an epoch, and batch statistics fit their own batch only.

    ## How it decides

    With random batches both probabilities are equal, whatever the batch size and the class shares. Their difference,
    as a share of the largest possible one, is the *excess*. The rule fires only if the excess is far beyond what random
    batches of that size give. Batches that are more balanced than chance, and a fixed order of mixed data, are correct.
    All calls of one line within one step count together, so gradients that are accumulated over several classes, or
    real and generated examples in turn, count as one batch. A loader with a random sampler is never reported. If a
    hand-written loss shows no labels, the same batches must come back in the same order, and their inputs must differ
    more between batches than random rows could. The order of a file is an information (of files in a folder
    for each class it says nothing); it is a warning if a split by
    position would go wrong: nothing is split yet, and the last fifth lacks classes or differs by `tail`.

    ## Example

    ```python
    loader = DataLoader(dataset, batch_size=32)   # shuffle=False, and the files are sorted by class
    ```

    ## Remedies

    Shuffle the training data before every epoch.

    ## Known limits

    Batches of fewer than four examples are not judged. Regression targets are judged for tables only, because windows
    of a time series may come in order by intention. Metric learning with few classes in each batch looks the same.

    ## References

    Bengio, *Practical recommendations for gradient-based training of deep architectures*, 2012, section 2.1.1.
    """

    code: ClassVar[str] = "SPL103"
    name: ClassVar[str] = "unshuffled-data"
    severity: ClassVar[Severity] = Severity.WARNING
    subjects: ClassVar[tuple[type[View], ...]] = (TrainingView, DatasetView)
    needs: ClassVar[tuple[str, ...]] = ("loss", "row_order")
    figures: ClassVar[tuple[str, ...]] = ("classes.in_order",)

    excess: float = threshold(0.1, unit="share of the largest possible", source="five of ten classes in each batch")
    spread: float = threshold(
        0.8, unit="share of the variance", source="sorted targets give 0.95 and more; groups of rows far less"
    )
    sigmas: float = threshold(5, unit="standard errors", source="one in a million random draws")
    input_sigmas: float = threshold(
        3, unit="standard errors", source="compared with an upper bound for random draws of rows"
    )
    size: float = threshold(4, unit="examples in a batch", source="fewer give too few pairs")
    batches: float = threshold(4, unit="sampled batches", source="fewer cannot show how batches differ")
    tail: float = threshold(0.5, unit="share of the examples", source="two of four classes are not in the last fifth")

    def check(self, view: TrainingView | DatasetView) -> Iterator[Finding]:
        """By the labels; by regression targets; by the inputs where neither is known."""
        if isinstance(view, DatasetView):
            yield from self._in_file(view)
            return
        loader = training_loader(view.training)
        if loader is not None and loader.sampler in RANDOM_SAMPLERS:
            return
        needs_progress(view)
        sites = call_sites(view.training)
        if not sites:
            yield from self._by_inputs(view, loader)
            return
        judged, missing = False, None
        for site, sampled in sites.items():
            try:
                finding = self._by_targets(view, site, sampled, loader)
            except TooLittle as reason:
                missing = missing or reason
                continue
            judged = True
            if finding is not None:
                yield finding
        if missing is not None and not judged:
            raise missing

    def _in_file(self, view: DatasetView) -> Iterator[Finding]:
        order = view.one(RowOrder)
        if order is None or order.by_time or order.by_folder or order.excess < self.excess or order.z < self.sigmas:
            return
        goes_wrong = len(view.splits) == 1 and data_order.tail_is_apart(order, self.tail)
        severity = Severity.WARNING if goes_wrong else Severity.INFO
        yield self.finding(
            data_order.message(order), view=view, place=view.place(view.split.target), severity=severity,
            evidence=data_order.evidence(order, self.sigmas, self.excess), remedies=(data_order.SHUFFLE,),
        )  # fmt: skip

    def _by_targets(
        self, view: TrainingView, site: CallSite, sampled: Sequence[SampledCall], loader: Loader | None
    ) -> Finding | None:
        with_classes = batches(sampled)
        large = tuple(batch for batch in with_classes if batch.size >= self.size)
        if large:
            return self._by_classes(view, large, sampled[0].call, loader)
        numbers = _targets([call for _, call in sampled])
        if numbers:
            return self._by_numbers(view, numbers, sampled[0].call, loader)
        if with_classes:
            raise TooLittle(f"batches of {self.size:g} examples")
        return None

    def _by_classes(
        self, view: TrainingView, drawn: Sequence[Batch], call: LossCall, loader: Loader | None
    ) -> Finding | None:
        too_few = TooLittle(f"{self.batches:g} sampled batches")
        if len(drawn) < 2:
            raise too_few
        within = np.array([same_class_within(batch.classes) for batch in drawn])
        across = same_class_across(drawn)
        if len(drawn) < self.batches or across == 1:
            whole = _whole(loader)
            if whole is None and len(drawn) < self.batches:
                raise too_few
            if whole is None:
                return None
            across = same_class_within(whole)
        if not across < 1:
            return None
        mean = float(within.mean())
        excess = (mean - across) / (1 - across)
        if excess < self.excess or mean - across < self.sigmas * _error(drawn):
            return None
        single = sum(len(batch.classes) == 1 for batch in drawn)
        note = f"; {single} of {len(drawn)} sampled batches hold a single class" if single else ""
        return self._report(
            view, loader,
            f"two examples of one batch have the same class in {words.share(mean)} of pairs, two examples of different "
            f"batches in {words.share(across)}{note}",
            (
                Evidence(key="same_class_excess", label="excess of equal labels within a batch", value=excess,
                         threshold=self.excess),
                Evidence(key="same_class_within", label="equal labels within a batch", value=mean,
                         unit="share of pairs"),
                Evidence(key="same_class_across", label="equal labels across batches", value=across,
                         unit="share of pairs"),
                Evidence(key="batch_size", label="median batch size",
                         value=float(int(np.median([batch.size for batch in drawn]))), unit="examples"),
            ),
            call, drawn[0].step,
        )  # fmt: skip

    def _by_numbers(
        self, view: TrainingView, targets: Sequence[_Targets], call: LossCall, loader: Loader | None
    ) -> Finding | None:
        tables = [event for event in view.training.inputs if len(event.values.shape or ()) == 2]
        if len(tables) < len(view.training.inputs) or not tables:
            raise TooLittle("inputs that are tables")
        if len(targets) < self.batches:
            raise TooLittle(f"{self.batches:g} sampled batches")
        size, mean, std = (np.array([getattr(batch, name) for batch in targets]) for name in ("size", "mean", "std"))
        if np.median(size) < self.size:
            raise TooLittle(f"batches of {self.size:g} examples")
        between = _between(mean, std, float(np.median(size)))
        in_order = loader is not None and loader.sampler == SEQUENTIAL_SAMPLER
        if between < self.spread or not (in_order or num_repeated(mean.tolist())):
            return None
        return self._report(
            view, loader,
            f"{words.share(between)} of the variance of the targets lies between batches: the data is sorted",
            (
                Evidence(key="target_variance_between", label="variance of targets between batches", value=between,
                         threshold=self.spread, unit="share"),
                Evidence(key="lowest_target_mean", label="lowest mean target of a batch", value=float(mean.min())),
                Evidence(key="highest_target_mean", label="highest mean target of a batch", value=float(mean.max())),
            ),
            call, targets[0].step,
        )  # fmt: skip

    def _by_inputs(self, view: TrainingView, loader: Loader | None) -> Iterator[Finding]:
        """For a hand-written loss on classes: the same batches in the same order, which differ from each other."""
        if not any(node.op in CLASS_ACTIVATIONS for head in view.heads for node in head.operations):
            raise TooLittle("labels, or a network that ends in softmax or sigmoid")
        inputs = [
            event for event in view.training.inputs if len(event.values.shape or ()) == 2 and event.values.std
        ]
        if len({event.layer for event in inputs}) != 1 or len(inputs) < self.batches:
            raise TooLittle(f"{self.batches:g} sampled batches of one input")
        moments = [event.values.moments or (math.nan, math.nan) for event in inputs]
        size = float(np.median([(event.values.shape or (0,))[0] for event in inputs]))
        repeated = num_repeated([mean for mean, _ in moments])
        table = np.array(sorted(set(moments)))
        between = _between(table[:, 0], table[:, 1], size)
        if size < self.size or not repeated or len(table) < self.batches or between < self.excess:
            return
        if between * (size - 1) < self.input_sigmas * math.sqrt(2 / (len(table) - 1)):
            return
        yield self._report(
            view, loader,
            f"{repeated} of {len(inputs)} sampled batches came back unchanged, and {words.share(between)} of the "
            "variance of their inputs lies between batches: the data has a fixed order that groups similar examples",
            (
                Evidence(key="input_variance_between", label="variance of inputs between batches", value=between,
                         threshold=self.excess, unit="share"),
                Evidence(key="num_repeated", label="sampled batches that came back", value=float(repeated),
                         unit="batches"),
            ),
            None, inputs[0].step,
        )  # fmt: skip

    def _report(
        self, view: TrainingView, loader: Loader | None, message: str, evidence: tuple[Evidence, ...],
        call: LossCall | None, step: int,
    ) -> Finding:  # fmt: skip
        used_at = place_of(call) if call is not None else view.loss_place()
        return self.finding(
            message, view=view, place=place_of(loader) if loader is not None else used_at,
            used_at=used_at if loader is not None else None, first_step=step,
            evidence=evidence, remedies=(_LOADER if loader is not None else _BY_HAND,),
        )


def _targets(calls: Sequence[LossCall]) -> list[_Targets]:
    """Of the calls with one number for each example."""
    return [
        _Targets(step=call.step, size=math.prod(shape), mean=moments[0], std=moments[1])
        for call in calls
        if (moments := call.target.moments) and (shape := call.target.shape) and math.prod(shape[1:]) == 1
    ]


def _whole(loader: Loader | None) -> ClassCounts | None:
    """The classes of the whole data set, where a loader keeps its order and holds its labels."""
    if loader is None or loader.sampler != SEQUENTIAL_SAMPLER or not loader.labels:
        return None
    return ClassCounts(loader.labels)


def _error(drawn: Sequence[Batch]) -> float:
    """Standard error of the mean of `same_class_within` over random batches."""
    total = sum((batch.classes for batch in drawn), ClassCounts())
    shares = np.array(list(total.values())) / total.total()
    two, three = float((shares**2).sum()), float((shares**3).sum())
    size = np.array([batch.size for batch in drawn], dtype=float)
    variance = (2 * (two - two**2) + 4 * (size - 2) * (three - two**2)) / (size * (size - 1))
    return math.sqrt(float(variance.sum())) / len(drawn)


def _between(mean: np.ndarray, std: np.ndarray, size: float) -> float:
    """Share of the variance that lies between batches beyond what a random draw gives; 0 where there is none."""
    if len(mean) < 2:
        return 0.0
    inside = float((std**2).mean()) * size / max(1.0, size - 1)
    between = float(mean.var(ddof=1)) - inside / size
    return max(0.0, between / (between + inside)) if between + inside > 0 else 0.0


_LOADER = Remedy(
    name="shuffle",
    text="Draw the training examples in a new random order in every epoch.",
    applicability=Applicability.SAFE,
    code="DataLoader(train_set, batch_size=32, shuffle=True)",
)
_BY_HAND = Remedy(
    name="shuffle",
    text="Draw the training examples in a new random order in every epoch.",
    applicability=Applicability.SAFE,
    code="for batch in torch.randperm(len(x)).split(32):\n    loss = criterion(model(x[batch]), y[batch])",
)
