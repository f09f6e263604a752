"""SPL103: the order of the data carries the label."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from unstuck.analysis.run.batches import (
    Batch,
    Mix,
    across_pair,
    batches,
    place_of,
    recurs,
    same_pair,
    sites,
    training_loader,
)
from unstuck.analysis.run.view import TrainingView
from unstuck.core import words
from unstuck.core.finding import Applicability, Confidence, Evidence, Finding, Place, Remedy, Severity
from unstuck.record.reader import Event
from unstuck.rules.rule import Rule, threshold

RANDOM = frozenset({"RandomSampler", "WeightedRandomSampler", "SubsetRandomSampler", "DistributedSampler"})
"""samplers that draw at random: what they give is not in order"""
SQUASHING = frozenset({"softmax", "log_softmax", "sigmoid", "log_sigmoid"})
"""operations at the head of a network that names classes"""


@dataclass(frozen=True)
class UnshuffledData(Rule[TrainingView]):
    """Training batches hold examples that belong together: one class, or one range of the target, at a time.

    ## What it measures

    In the sampled steps, how often two examples of one batch are of the same class, against how often two examples
    of two different batches are. For numbers: the share of their spread that lies between batches.

    ## Why it hurts

    Each step pulls the network towards the class it sees and makes it forget the others: the loss swings with the
    order, the mean gradient of an epoch is never followed, and batch statistics fit no batch but their own.

    ## How it decides

    Drawn at random, both probabilities are the same whatever the batch size or the class shares; their difference,
    as a share of the largest possible, is the *excess*. Order is blamed only when the excess is far beyond the
    scatter of random draws of that size. Batches more even than chance are no fault, nor is a fixed order of mixed
    data. All calls of one line within one step count together, so that gradients accumulated over several classes, or
    real and generated examples in turn, are one mix. What a random sampler drew is never blamed. Where the loss
    is written by hand and shows no labels, the same batches must come back in the same order, and differ from
    one another in their inputs by more than any random draw of rows could.

    ## Example

    ```python
    loader = DataLoader(dataset, batch_size=32)   # shuffle=False, and the files lie class by class
    ```

    ## Remedies

    Shuffle the training data before every epoch.

    ## Known limits

    Batches of fewer than four examples are not judged. Numbers as targets are judged for tables only: windows of a
    series may be meant to come in order. Metric learning with few classes a batch by design, and a loss for
    classes beside it, looks the same.

    ## References

    Bengio, *Practical recommendations for gradient-based training of deep architectures*, 2012, section 2.1.1.
    """

    code: ClassVar[str] = "SPL103"
    name: ClassVar[str] = "unshuffled-data"
    severity: ClassVar[Severity] = Severity.WARNING
    needs: ClassVar[tuple[str, ...]] = ("loss",)
    figures: ClassVar[tuple[str, ...]] = ("answers.in_order",)

    excess: float = threshold(0.1, unit="share of the largest possible", source="five of ten classes in each batch")
    spread: float = threshold(
        0.8, unit="share of the variance", source="targets in order give 0.95 and more; groups of rows far less"
    )
    sigmas: float = threshold(5, unit="standard errors", source="one in a million draws at random")
    input_sigmas: float = threshold(
        3, unit="standard errors", source="held against a bound that random draws of rows stay below"
    )
    size: float = threshold(4, unit="examples a batch", source="pairs of fewer say too little")
    batches: float = threshold(4, unit="sampled batches", source="fewer cannot show how batches differ")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """By the labels; by numbers as targets; by the inputs where neither is seen."""
        loader = training_loader(view.training)
        if not view.status.objective or (loader is not None and loader.get("sampler") in RANDOM):
            return
        seen = False
        for calls in sites(view.training).values():
            found = tuple(batch for batch in batches(calls) if batch.size >= self.size)
            if any(len(batch.mix) for batch in found):
                seen = True
                yield from self._classes(view, found, calls[0][1], loader)
            else:
                seen = seen or bool(calls)
                yield from self._numbers(view, [call for _, call in calls], loader)
        if not seen:
            yield from self._by_inputs(view, loader)

    def _classes(
        self, view: TrainingView, found: Sequence[Batch], call: Event, loader: Event | None
    ) -> Iterator[Finding]:
        if len(found) < 2:
            return
        within = np.array([same_pair(batch.mix) for batch in found])
        across = across_pair(found)
        if len(found) < self.batches or across == 1:
            whole = self._whole(loader)
            if whole is None:
                return
            across = same_pair(whole)
        if not across < 1:
            return
        excess = float((within.mean() - across) / (1 - across))
        error = _error(found)
        if excess < self.excess or within.mean() - across < self.sigmas * error:
            return
        sizes = int(np.median([batch.size for batch in found]))
        alone = sum(len(batch.mix) == 1 for batch in found)
        held = f", and {alone} of {len(found)} sampled batches hold one class alone" if alone else ""
        yield self._found(
            view, loader,
            f"two examples of one batch are of the same class in {words.share(float(within.mean()))} of cases, "
            f"of two batches in {words.share(across)}{held}",
            (
                Evidence(label="excess of equal labels within a batch", value=excess, threshold=self.excess),
                Evidence(label="equal labels within a batch", value=float(within.mean()), unit="share of pairs"),
                Evidence(label="equal labels across batches", value=across, unit="share of pairs"),
                Evidence(label="batch size, median", value=float(sizes), unit="examples"),
            ),
            call, found[0].step,
        )

    def _whole(self, loader: Event | None) -> Mix | None:
        """The classes of the whole set, where a loader takes its data as it lies and shows its labels."""
        if loader is None or loader.get("sampler") != "SequentialSampler" or not loader.get("labels"):
            return None
        return Mix({int(label): int(n) for label, n in loader["labels"].items()})

    def _numbers(self, view: TrainingView, calls: Sequence[Event], loader: Event | None) -> Iterator[Finding]:
        told = [
            (float(math.prod(c["target"]["shape"])), c["target"]["mean"], c["target"]["std"], c["step"])
            for c in calls
            if c["target"].get("std") is not None and math.prod(c["target"]["shape"][1:]) == 1
        ]
        tables = [event for event in view.training.inputs if len(event["shape"]) == 2]
        if len(told) < self.batches or len(tables) < len(view.training.inputs) or not tables:
            return
        size, mean, std, steps = (np.array(column) for column in zip(*told, strict=True))
        share = _between(mean, std, float(np.median(size)))
        in_order = loader is not None and loader.get("sampler") == "SequentialSampler"
        if np.median(size) < self.size or share < self.spread or not (in_order or recurs(mean.tolist())):
            return
        yield self._found(
            view, loader,
            f"{words.share(share)} of the spread of the targets lies between batches: they come in order",
            (
                Evidence(label="variance of targets between batches", value=share, threshold=self.spread,
                         unit="share"),
                Evidence(label="lowest mean target of a batch", value=float(mean.min())),
                Evidence(label="highest mean target of a batch", value=float(mean.max())),
            ),
            calls[0], int(steps[0]),
        )  # fmt: skip

    def _by_inputs(self, view: TrainingView, loader: Event | None) -> Iterator[Finding]:
        """Batches of a hand-written loss for classes: the same ones in the same order, unlike one another."""
        if not any(node.op in SQUASHING for head in view.heads for node in head.operations):
            return
        events = [event for event in view.training.inputs if len(event["shape"]) == 2 and event.get("std")]
        if len({event.get("layer") for event in events}) != 1 or len(events) < self.batches:
            return
        size = float(np.median([event["shape"][0] for event in events]))
        came_back = recurs([float(event["mean"]) for event in events])
        table = np.array(sorted({(event["mean"], event["std"]) for event in events}))
        excess = _between(table[:, 0], table[:, 1], size)
        if size < self.size or not came_back or len(table) < self.batches or excess < self.excess:
            return
        if excess * (size - 1) < self.input_sigmas * math.sqrt(2 / (len(table) - 1)):
            return
        yield self._found(
            view, loader,
            f"{came_back} of {len(events)} sampled batches came back unchanged, and {words.share(excess)} of the "
            "spread of their inputs lies between batches: the data comes in a fixed order that groups what is alike",
            (
                Evidence(label="variance of inputs between batches", value=excess, threshold=self.excess,
                         unit="share"),
                Evidence(label="sampled batches that came back", value=float(came_back), unit="batches"),
            ),
            None, int(events[0]["step"]),
        )  # fmt: skip

    def _found(
        self, view: TrainingView, loader: Event | None, message: str, evidence: tuple[Evidence, ...], call: Event | None,
        step: int,
    ) -> Finding:
        used = Place(file=call.get("file"), line=call.get("line")) if call is not None else view.loss_place()
        return self.finding(
            message, view=view, place=place_of(loader) if loader is not None else used,
            used_at=used if loader is not None else None, confidence=Confidence.MEASURED, first_step=step,
            evidence=evidence, remedies=(_LOADER if loader is not None else _BY_HAND,),
        )


def _error(found: Sequence[Batch]) -> float:
    """Standard error of the mean of `same_pair` over batches that are drawn at random."""
    total = sum((batch.mix for batch in found), Mix())
    shares = np.array(list(total.values())) / sum(total.values())
    two, three = float((shares**2).sum()), float((shares**3).sum())
    size = np.array([batch.size for batch in found], dtype=float)
    variance = (2 * (two - two**2) + 4 * (size - 2) * (three - two**2)) / (size * (size - 1))
    return math.sqrt(float(variance.sum())) / len(found)


def _between(mean: np.ndarray, std: np.ndarray, size: float) -> float:
    """Share of the variance that lies between batches beyond what a random draw puts there; 0 where there is none."""
    if len(mean) < 2:
        return 0.0
    inside = float((std**2).mean()) * size / max(1.0, size - 1)
    between = float(mean.var(ddof=1)) - inside / size
    return max(0.0, between / (between + inside)) if between + inside > 0 else 0.0


_LOADER = Remedy(
    name="shuffle",
    text="Draw the training examples in a new random order every epoch.",
    applicability=Applicability.SAFE,
    code="DataLoader(train_set, batch_size=32, shuffle=True)",
)
_BY_HAND = Remedy(
    name="shuffle",
    text="Draw the training examples in a new random order every epoch.",
    applicability=Applicability.SAFE,
    code="for batch in torch.randperm(len(x)).split(32):\n    loss = criterion(model(x[batch]), y[batch])",
)
