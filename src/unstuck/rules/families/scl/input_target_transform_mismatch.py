"""SCL108: image and target image did not go through the same transform."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.words import share
from unstuck.record.events.data.pairs import ImagePairs
from unstuck.rules.rule import Rule, TooLittle, threshold

REMEDY = Remedy(
    name="transform-pairs-together",
    text="Draw the parameters of each random transform once, and apply them to the image and its target.",
    applicability=Applicability.MANUAL,
    code="if random.random() < 0.5:\n    image, mask = image.flip(-1), mask.flip(-1)",
)


@dataclass(frozen=True)
class InputTargetTransformMismatch(Rule[DatasetView]):
    """Images and their target images (masks) did not go through the same transform.

    ## What it measures

    The strength of edges in the image and in its target, both reduced to 32 × 32 cells, and their correlation: as they
    are, with the target laid in the seven other ways (turned, mirrored, transposed), and moved by up to 8 cells.

    ## Why it hurts

    The network must find in one place what stands in another. It learns the mean of both, and the loss stays high for
    no visible reason.

    ## How it decides

    A pair is decided if its edges agree better than those of an image with the target of another image (99.5 % of
    them), and clearly better with or without a transform. Of these pairs, the share that needs a transform counts.

    ## Example

    ```python
    image = random_flip(image)
    mask = random_flip(mask)   # another coin is tossed
    ```

    ## Remedies

    Transform the pair together.

    ## Known limits

    Moves of one cell are not seen. Targets whose edges do not follow those of the image (depth, heat maps) are not
    decided, and pass.

    ## References

    torchvision, *Transforms v2: joint transforms of images, masks and boxes*.
    """

    code: ClassVar[str] = "SCL108"
    name: ClassVar[str] = "input-target-transform-mismatch"
    severity: ClassVar[Severity] = Severity.WARNING
    subjects: ClassVar[tuple[type[View], ...]] = (DatasetView,)
    of_runs: ClassVar[bool] = True
    figures: ClassVar[tuple[str, ...]] = ("data_examples.worst",)
    needs: ClassVar[tuple[str, ...]] = ("image_pairs",)

    least: float = threshold(5, unit="pairs", source="fewer are chance: one pair in 200 may be")
    share: float = threshold(0.02, unit="share of the decided pairs", source="clean masks of cifar10 and mnist: 0")
    decided: float = threshold(0.1, unit="share of all pairs", source="cifar10 thresholded: 0.7; unrelated pairs: 0.01")

    def check(self, view: DatasetView) -> Iterator[Finding]:
        """One finding a split."""
        pairs = view.one(ImagePairs)
        if pairs is None:
            return
        if pairs.decided < self.decided * pairs.looked_at:
            raise TooLittle(f"targets whose edges follow those of the images ({pairs.decided} of {pairs.looked_at} do)")
        wrong = pairs.mismatched / max(1, pairs.decided)
        if pairs.mismatched < self.least or wrong < self.share:
            return
        yield self.finding(
            f"{share(wrong)} of the targets fit their images only when they are transformed, most of them "
            f"{pairs.commonest}",
            view=view, place=view.place(row=pairs.rows[0]),
            evidence=(
                Evidence(key="mismatch_share", label="share of the pairs that can be decided", value=wrong,
                         threshold=self.share, unit="share"),
                Evidence(key="mismatched", label="pairs that need a transform", value=float(pairs.mismatched)),
                Evidence(key="correlation", label="correlation of the edges, median", value=pairs.correlation or 0.0),
                Evidence(key="gain", label="correlation that the worst pair gains", value=pairs.degrees[0]),
            ),
            examples=view.examples(pairs.rows, round(wrong * pairs.looked_at), of="pairs"),
            remedies=(REMEDY,),
        )  # fmt: skip
