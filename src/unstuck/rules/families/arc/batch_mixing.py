"""ARC110: the output of an example depends on the other examples of its batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.probe.view import ProbeView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.words import count, share
from unstuck.record.events.probe.behaviour import BatchMixing as Mixed
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class BatchMixing(Rule[ProbeView]):
    """The output of an example depends on the other examples of its batch.

    ## What it measures

    In evaluation mode, one example of a batch is exchanged for another, and the outputs of all others are compared with
    what they were.

    ## Why it hurts

    The network learns from neighbours that it happened to meet in a batch. Alone, or in another batch, an example gets
    another answer. The usual reason is a wrong axis: a `view` in place of a `transpose`, a softmax over the batch, a
    recurrent layer without `batch_first`.

    ## How it decides

    The outputs of other examples change by more than a thousandth of what the exchanged example's own output does.
    Batch normalisation is no reason: in evaluation mode it uses its running statistics.

    ## Example

    ```python
    self.lstm = nn.LSTM(8, 32)   # takes (time, batch, features); the data is (batch, time, features)
    ```

    ## Remedies

    Find the layer that is named, and check on which axis it works.

    ## Known limits

    Networks for graphs, whose rows belong together by design, are skipped where an adjacency can be seen. Attention
    over a batch on purpose is reported.

    ## References

    Karpathy (2019), *A recipe for training neural networks*: "use backprop to chart dependencies".
    """

    code: ClassVar[str] = "ARC110"
    name: ClassVar[str] = "batch-mixing"
    severity: ClassVar[Severity] = Severity.ERROR
    subjects: ClassVar[tuple[type[View], ...]] = (ProbeView,)
    explained_by: ClassVar[tuple[str, ...]] = ("LOS111",)
    needs: ClassVar[tuple[str, ...]] = ("batch_mixing",)

    influence: float = threshold(
        1e-3, unit="change of others / own change", source="rounding: 1e-6; 30 healthy programs: 0"
    )

    def check(self, view: ProbeView) -> Iterator[Finding]:
        """One example against the others."""
        for event in view.of(Mixed):
            if event.influence <= self.influence:
                continue
            where = f", from layer `{event.layer}` on" if event.layer else ""
            yield self.finding(
                f"one example changes the outputs of {event.influenced} of {count(event.examples - 1, 'other')} in its "
                f"batch, by {share(event.influence)} of its own change{where}",
                view=view, place=view.layer_place(event.layer),
                evidence=(
                    Evidence(key="influence", label="change of the others' outputs / of its own", value=event.influence,
                             threshold=self.influence),
                ),
                remedies=(_AXIS,),
            )  # fmt: skip


_AXIS = Remedy(
    name="batch-axis",
    text="Keep the axis of the examples apart: check axes of reshapes, of softmax, of recurrent layers.",
    applicability=Applicability.MANUAL,
    code="nn.LSTM(features, hidden, batch_first=True)\nx.transpose(0, 1)   # and not x.view(t, b, …)\n"
    "scores.softmax(dim=-1)",
)
