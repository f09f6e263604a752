"""SPL104: most batches hold one class only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.view import View
from unstuck.core import words
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.batches import BatchMix
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class SingleLabelBatch(Rule[DatasetView]):
    """Many training batches hold examples of one class only.

    ## What it measures

    The labels of the batches that the network was trained on: how many batches hold a single class, and how many
    would if the same examples were drawn at random.

    ## Why it hurts

    On a batch of one class the loss falls fastest if the network predicts that class for every input. The next batch
    teaches the opposite. Batch normalisation fits one class at a time.

    ## How it decides

    `share` of the batches or more hold one class, and chance would make less than half as many. A warning where `part`
    of them do, and chance would make `beyond` times fewer. Data of one class, and batches of fewer than `size`
    examples, are not judged.

    ## Example

    ```python
    loader = DataLoader(ConcatDataset([cats, dogs]), batch_size=32)   # first all cats, then all dogs
    ```

    ## Remedies

    Shuffle the training data before every epoch, or draw each batch from all classes.

    ## Known limits

    Only batches whose labels pass through a loss function, or come from the loader, are seen.

    ## References

    Bengio, *Practical recommendations for gradient-based training of deep architectures*, 2012, section 3.1.
    """

    code: ClassVar[str] = "SPL104"
    name: ClassVar[str] = "single-label-batch"
    severity: ClassVar[Severity] = Severity.ERROR
    subjects: ClassVar[tuple[type[View], ...]] = (DatasetView,)
    of_runs: ClassVar[bool] = True
    explained_by: ClassVar[tuple[str, ...]] = ("SPL103",)
    needs: ClassVar[tuple[str, ...]] = ("batch_mix",)

    share: float = threshold(0.5, unit="share of the batches", source="most of them: an error")
    part: float = threshold(
        0.2, unit="share of the batches", source="37 healthy programs: below 0.05; a file sorted in part: 0.39"
    )
    beyond: float = threshold(10, unit="× what chance makes", source="a file that is sorted in part: 2,400")
    size: float = threshold(4, unit="examples of a batch", source="pairs are of one class by chance")
    batches: float = threshold(6, unit="batches", source="fewer say nothing of the order")

    def check(self, view: DatasetView) -> Iterator[Finding]:
        """The batches of the training."""
        mix = view.one(BatchMix)
        if mix is None or not view.split.task.has_classes or len(view.split.classes) < 2:
            return
        if mix.looked_at < self.batches or mix.size < self.size:
            raise TooLittle(f"{self.batches:g} batches of {self.size:g} examples or more")
        share = mix.of_one_class / mix.looked_at
        most = share >= self.share and 2 * mix.expected < mix.of_one_class
        if most or (share >= self.part and self.beyond * mix.expected < mix.of_one_class):
            yield self.finding(
                f"{mix.of_one_class} of {mix.looked_at} training batches ({words.share(share)}) hold a single class; "
                f"drawn at random it would be {words.number(mix.expected)}",
                view=view, place=view.place(view.split.target),
                severity=Severity.ERROR if most else Severity.WARNING,
                evidence=(
                    Evidence(key="single_label_share", label="batches with a single class", value=share,
                             threshold=self.share, unit="share of the batches"),
                    Evidence(key="expected_batches", label="such batches to expect by chance", value=mix.expected),
                    Evidence(key="batch_size", label="examples of a batch", value=mix.size),
                ),
                remedies=(_SHUFFLE,),
            )  # fmt: skip


_SHUFFLE = Remedy(
    name="shuffle", text="Shuffle the training data before every epoch.", applicability=Applicability.MANUAL,
    code="loader = DataLoader(dataset, batch_size=32, shuffle=True)",
)  # fmt: skip
