"""SPL105: the training sees a few examples again and again, and most of its data never."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.view import View
from unstuck.core import words
from unstuck.core.finding import Applicability, Evidence, Examples, Finding, Remedy, Severity
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.batches import BatchMix
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class RepeatedBatch(Rule[DatasetView]):
    """The loader hands out a few examples over and over, and most of its data set never.

    ## What it measures

    The positions of the examples in the batches that were trained on: how many different ones there are, of how many
    that the loader's data set has, and how many batches repeat the one before.

    ## Why it hurts

    The network learns these few examples by heart. The training loss falls to nothing, and the held-out loss rises.

    ## How it decides

    `rounds` times as many examples were drawn as the data set has, and at most `share` of it was among them. A random
    draw with replacement reaches 86 % of the data in that time. A batch that an optimiser uses several times is
    counted once. Tensors that are sliced by hand are not judged: a part of them may be meant.

    ## Example

    ```python
    for step in range(steps):
        inputs, labels = next(iter(loader))   # the first batch, each time
    ```

    ## Remedies

    Iterate over the loader, and shuffle it. Look at what the sampler yields.

    ## Known limits

    Training on one batch to see whether it can be fitted looks the same, and is meant.

    ## References

    Karpathy, *A Recipe for Training Neural Networks*, 2019: overfit one batch, then go on to all data.
    """

    code: ClassVar[str] = "SPL105"
    name: ClassVar[str] = "repeated-batch"
    severity: ClassVar[Severity] = Severity.ERROR
    subjects: ClassVar[tuple[type[View], ...]] = (DatasetView,)
    of_runs: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("batch_mix",)

    share: float = threshold(0.4, unit="share of the data set", source="draws with replacement: 0.86 after two rounds")
    rounds: float = threshold(2, unit="× the data set", source="one round may be cut short")

    def check(self, view: DatasetView) -> Iterator[Finding]:
        """The examples of the training batches."""
        mix = view.one(BatchMix)
        if mix is None or not view.split.of_loader or not mix.available:
            return
        if mix.visits < self.rounds * mix.available:
            raise TooLittle(f"batches with {self.rounds:g} times as many examples as the data set has")
        share = mix.distinct / mix.available
        if share <= self.share:
            again = f"; {mix.repeated} of {mix.looked_at} batches repeat the one before" if mix.repeated else ""
            yield self.finding(
                f"only {mix.distinct} of {mix.available} examples ({words.share(share)}) were ever drawn, each "
                f"{words.number(mix.visits / mix.distinct)} times{again}",
                view=view, place=view.place(),
                evidence=(
                    Evidence(key="distinct_share", label="examples that were drawn", value=share, threshold=self.share,
                             unit="share of the data set"),
                    Evidence(key="draws", label="draws of an example", value=mix.visits / mix.distinct),
                    Evidence(key="repeated_batches", label="batches that repeat the one before",
                             value=float(mix.repeated)),
                ),
                examples=Examples(of="examples that were drawn", count=mix.distinct, share=share),
                remedies=(_ITERATE,),
            )  # fmt: skip


_ITERATE = Remedy(
    name="iterate-over-the-loader",
    text="Iterate over the loader, so that every epoch draws each example once. Look at what the sampler yields.",
    applicability=Applicability.MANUAL,
    code="for epoch in range(epochs):\n    for inputs, labels in loader:\n        ...",
)
