"""DAT120: sequences that are mostly padding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.words import number, share
from unstuck.record.events.data.sequences import Padding
from unstuck.record.events.data.splits import Split
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True)
class IgnoredPadding(Rule[DatasetView]):
    """A large share of the sequences is padding.

    ## What it measures

    The token that fills the ends of the sequences, and its share of all positions.

    ## Why it hurts

    Where padding is not masked, it counts in the loss, in means over positions, in attention and in the statistics of
    normalisation: the network learns to predict the padding token, and its accuracy looks high. Where it is masked, the
    time for it is wasted.

    ## How it decides

    Most sequences end (or begin) with runs of one token that hardly occurs elsewhere, the runs differ in length, and
    together they are more than the threshold's share of all positions. Of a watched run that is a warning only where a
    few long sequences cause it: `few` or more of all positions would go if the longest 1 % were cut. Else it is an
    information: texts have natural lengths.

    ## Example

    ```python
    x = pad_sequence(texts, batch_first=True)   # one text of 2,000 words among texts of 40
    ```

    ## Remedies

    Mask the padding wherever positions are summed. Cut sequences at a length that few exceed, or put sequences of
    similar length into one batch.

    ## Known limits

    Whether the network masks its padding cannot be read from the data.

    ## References

    PyTorch, `torch.nn.CrossEntropyLoss(ignore_index=…)`, `torch.nn.utils.rnn.pack_padded_sequence`.
    """

    code: ClassVar[str] = "DAT120"
    name: ClassVar[str] = "ignored-padding"
    severity: ClassVar[Severity] = Severity.WARNING
    subjects: ClassVar[tuple[type[View], ...]] = (DatasetView,)
    of_runs: ClassVar[bool] = True
    figures: ClassVar[tuple[str, ...]] = ("data_examples.worst",)

    share: float = threshold(0.5, unit="share of all positions", source="more padding than data")
    few: float = threshold(
        0.6, unit="share of all positions", source="1,200 captions: 0.3; lengths that vary by a factor of e: 0.58"
    )

    def check(self, view: DatasetView) -> Iterator[Finding]:
        """The padding of the split."""
        if view.split.form != "tokens":
            raise TooLittle("sequences of tokens")
        event = view.one(Padding)
        if event is not None and event.share > self.share:
            yield self._found(view, view.split, event)

    def saved(self, event: Padding) -> float:
        """Share of all positions that would go if the longest 1 % of the sequences were cut."""
        return 1 - event.longest_length / event.length if event.longest_length and event.length else 0.0

    def _found(self, view: DatasetView, split: Split, event: Padding) -> Finding:
        cut = max(1, round(event.long_length))
        some = f"cut at {cut} positions, which 95 % of the sequences do not exceed, or "
        shorter = some if cut < event.length else ""
        few, saved = self.saved(event) >= self.few, self.saved(event)
        limit = round(event.longest_length)
        long = f"; the longest 1 % cause it: cut at {limit}, {share(saved)} of all positions go"
        return self.finding(
            f"{share(event.share)} of all positions are padding (token {event.token}): half of the sequences have at "
            f"most {number(event.typical_length)} of {event.length} positions{long * few}",
            view=view, place=view.place(), severity=Severity.INFO if view.of_run and not few else Severity.WARNING,
            evidence=(
                Evidence(key="padding_share", label="positions that are padding", value=event.share,
                         threshold=self.share, unit="share"),
                Evidence(key="typical_length", label="median length", value=event.typical_length, unit="positions"),
                Evidence(key="long_length", label="length that 95 % do not exceed", value=event.long_length,
                         unit="positions"),
                Evidence(key="positions_saved", label="positions that go if the longest 1 % are cut", value=saved,
                         threshold=self.few, unit="share"),
            ),
            examples=view.examples(event.rows[:1000], count=len(event.rows)),
            remedies=(
                Remedy(
                    name="mask-padding", applicability=Applicability.MANUAL,
                    text=f"Leave token {event.token} out of the loss and of every mean over positions; mask it in "
                         f"attention. Then {shorter}batch sequences of similar length.",
                    code=f"criterion = torch.nn.CrossEntropyLoss(ignore_index={event.token})",
                ),
            ),
        )  # fmt: skip
