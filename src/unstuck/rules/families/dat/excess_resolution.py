"""DAT116: smaller images carry the same information."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.words import share
from unstuck.record.events.data.resolution import Resolution
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True)
class ExcessResolution(Rule[DatasetView]):
    """Smaller images carry the same information.

    ## What it measures

    The share of the variance within images that interpolation from images 2, 3, 4 and 8 times smaller does not give
    back; and the accuracy of nearest neighbours on the smaller images, with the paired interval of its difference.

    ## Why it hurts

    An image twice as high and wide costs four times the memory and time. Enlarged images add nothing but cost.

    ## How it decides

    *Enlarged*: interpolation gives back (nearly) everything. *Can be smaller*: the lower end of the interval of the
    difference is above a small loss, and the neighbours score well above the most frequent class.

    ## Example

    ```python
    images = images.repeat(4, axis=1).repeat(4, axis=2)   # 8 × 8 pixels are stored as 32 × 32
    ```

    ## Remedies

    Begin with smaller images; enlarge them again when everything else works.

    ## Known limits

    Nearest neighbours do not use fine texture. A convolutional network may: compare it on both sizes before data is
    thrown away. Only factors that divide height and width are tried.

    ## References

    Touvron et al., *Fixing the train-test resolution discrepancy* (2019).
    """

    code: ClassVar[str] = "DAT116"
    name: ClassVar[str] = "excess-resolution"
    severity: ClassVar[Severity] = Severity.INFO
    subjects: ClassVar[tuple[type[View], ...]] = (DatasetView,)

    loss: float = threshold(
        0.01, unit="share of the variance within images",
        source="enlarged cifar10, mnist, digits: at most 0.004; as they are: at least 0.05",
    )  # fmt: skip
    worse: float = threshold(0.02, unit="accuracy", source="a loss that does not matter for a first network")
    better: float = threshold(0.1, unit="accuracy above the most frequent class", source="else nothing can be lost")
    side: float = threshold(24, unit="pixels of the shorter side", source="smaller images are cheap in any case")

    def check(self, view: DatasetView) -> Iterator[Finding]:
        """At most one finding, of the training split."""
        if view.split.id != 0:
            return
        found = view.one(Resolution)
        if found is None:
            raise TooLittle(next(iter(view.missing(("resolution",))), "images"))
        enlarged = [at for at, loss in enumerate(found.losses) if at and loss <= self.loss]
        if enlarged:
            yield self._found(view, found, enlarged[-1], enlarged=True)
        elif min(found.height, found.width) >= self.side and (smaller := self._smaller(found)):
            yield self._found(view, found, smaller[-1], enlarged=False)

    def _smaller(self, found: Resolution) -> list[int]:
        first = found.scores[0] if found.scores else None
        if first is None or first < (found.majority_share or 0.0) + self.better:
            return []
        return [at for at, low in enumerate(found.lowest) if at and low is not None and low >= -self.worse]

    def _found(self, view: DatasetView, found: Resolution, at: int, *, enlarged: bool) -> Finding:
        factor = found.factors[at]
        small = f"{found.height // factor} × {found.width // factor}"
        before, after = found.scores[0], found.scores[at]
        scores = "" if before is None or after is None else (
            f" (nearest neighbours: accuracy {share(after)}, {share(before)} with {found.height} × {found.width})"
        )  # fmt: skip
        what = f"were enlarged: {small} pixels give back all but {share(found.losses[at])} of their variance"
        message = f"images of {found.height} × {found.width} " + (what if enlarged else f"can be {small}{scores}")
        return self.finding(
            message, view=view, place=view.place(),
            evidence=(
                Evidence(key="factor", label="by which height and width can be divided", value=float(factor)),
                Evidence(key="interpolation_loss", label="variance that interpolation does not give back",
                         value=found.losses[at], threshold=self.loss if enlarged else None, unit="share"),
                *self._scores(found, at),
            ),
            remedies=(
                Remedy(
                    name="shrink-images", text=f"Try a first network on images of {small} pixels.",
                    applicability=Applicability.MANUAL,
                    code=f"images = images[:, ::{factor}, ::{factor}]" if enlarged else
                    f"images = torch.nn.functional.avg_pool2d(images, {factor})",
                ),
            ),
        )  # fmt: skip

    def _scores(self, found: Resolution, at: int) -> Iterator[Evidence]:
        if found.scores[at] is not None and found.scores[0] is not None:
            yield Evidence(key="score", label="accuracy of nearest neighbours on the smaller images",
                           value=found.scores[at] or 0.0, unit="share")  # fmt: skip
            yield Evidence(key="full_score", label="and as they are", value=found.scores[0], unit="share")
        if found.gray_score is not None:
            yield Evidence(key="gray_score", label="and in gray", value=found.gray_score, unit="share")
