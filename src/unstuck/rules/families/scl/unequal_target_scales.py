"""SCL107: one of several targets dominates the loss by its unit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.words import number, share
from unstuck.record.events.data.amounts import TargetScale
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class UnequalTargetScales(Rule[DatasetView]):
    """One of several targets of a regression has a far larger spread, and so it dominates the loss.

    ## What it measures

    The standard deviation of each target.

    ## Why it hurts

    A squared loss adds the targets' errors in their own units. A target with ten times the spread has a hundred times
    the weight: the others are hardly learned.

    ## How it decides

    The largest standard deviation is at least ten times the smallest one. Constant targets do not count.

    ## Example

    ```python
    targets = frame[["price_in_euros", "rooms"]]
    ```

    ## Remedies

    Standardise each target, and invert this where predictions are used; or weigh the losses.

    ## Known limits

    Targets whose weights are meant to differ are reported as well.

    ## References

    Kendall, Gal, Cipolla, *Multi-task learning using uncertainty to weigh losses*, CVPR 2018.
    """

    code: ClassVar[str] = "SCL107"
    name: ClassVar[str] = "unequal-target-scales"
    severity: ClassVar[Severity] = Severity.WARNING
    subjects: ClassVar[tuple[type[View], ...]] = (DatasetView,)
    of_runs: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("target_scale",)

    ratio: float = threshold(10, unit="largest / smallest standard deviation", source="100 times the weight")

    def check(self, view: DatasetView) -> Iterator[Finding]:
        """At most one, of the training data."""
        scales = sorted((one for one in view.of(TargetScale) if one.std > 0), key=lambda one: one.std)
        if view.split.id != 0 or len(scales) < 2 or scales[-1].std < self.ratio * scales[0].std:
            return
        small, large = scales[0], scales[-1]
        part = large.std**2 / sum(one.std**2 for one in scales)
        yield self.finding(
            f"target `{large.name}` has {number(large.std / small.std)} times the standard deviation of `{small.name}` "
            f"({number(large.std)} and {number(small.std)}): it makes up {share(part)} of the squared loss of "
            f"{len(scales)} targets",
            view=view, place=view.place(large.name),
            evidence=(
                Evidence(key="scale_ratio", label="largest / smallest standard deviation", value=large.std / small.std,
                         threshold=self.ratio),
                Evidence(key="loss_share", label="share of the squared loss of constant predictions", value=part,
                         unit="share"),
            ),
            remedies=(
                Remedy(
                    name="standardise-targets", text="Divide each centred target by its own standard deviation.",
                    applicability=Applicability.MANUAL,
                    code="targets = (targets - targets.mean(axis=0)) / targets.std(axis=0)",
                ),
            ),
        )  # fmt: skip
