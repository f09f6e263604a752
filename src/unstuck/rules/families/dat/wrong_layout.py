"""DAT119: the axes of images are not what they are taken for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Confidence, Evidence, Finding, Remedy, Severity
from unstuck.core.words import number
from unstuck.record.events.data.layout import Layout, Orientation
from unstuck.rules.rule import Rule, TooLittle, threshold

CODE = {
    "channels first": "X = X.reshape(n, channels, height, width).transpose(0, 2, 3, 1)",
    "channels last": "X = X.reshape(n, height, width, channels)",
    "width and height exchanged": "X = X.reshape(n, width, height, *X.shape[3:])",
}


@dataclass(frozen=True)
class WrongLayout(Rule[DatasetView]):
    """The axes of the images are not what they are taken for.

    ## What it measures

    The roughness of the images: the mean squared difference of neighbouring pixels over twice the variance within an
    image, as they are read and as they would be with other axes on the same memory. For held-out images, the distance
    to the nearest training image as they are and laid in the seven other ways.

    ## Why it hurts

    A convolution looks at neighbours. After a `reshape` in place of a `transpose`, or with width and height exchanged,
    neighbours have nothing to do with each other. A split that lies on its side is another data set.

    ## How it decides

    Another reading makes the images smoother by a clear factor. Held-out images are nearer to training images when they
    are turned, by many standard errors. Examples that follow each other are alike while rows within an example are not:
    the first axis is taken for the examples.

    ## Example

    ```python
    images = images.reshape(n, 3, 32, 32)   # of (n, 32, 32, 3): should be transpose(0, 3, 1, 2)
    ```

    ## Remedies

    Exchange axes with `transpose`, and reshape only to the shape in which the numbers lie in memory.

    ## Known limits

    Files are decoded with the right axes, so only the orientation of their splits is judged. Images of noise have no
    neighbours that are alike. Mirrored photographs look like photographs.

    ## References

    NumPy, `numpy.reshape` and `numpy.transpose`; PyTorch, *Channels last memory format*.
    """

    code: ClassVar[str] = "DAT119"
    name: ClassVar[str] = "wrong-layout"
    severity: ClassVar[Severity] = Severity.WARNING
    subjects: ClassVar[tuple[type[View], ...]] = (DatasetView,)
    of_runs: ClassVar[bool] = True

    smoother: float = threshold(
        1.5, unit="roughness / roughness of the other reading", source="planted: 1.3 to 6.4; clean images: < 1"
    )
    smooth: float = threshold(0.65, unit="roughness of the other reading", source="noise is 1; mnist 0.21, digits 0.45")
    nearer: float = threshold(
        1.02, unit="distance as they are / laid in the best way", source="cifar10 turned: 1.05; clean: at most 1.006"
    )
    z: float = threshold(6.0, unit="standard errors", source="cifar10 turned: 8 to 9; clean: at most 1.8")
    alike: float = threshold(0.2, unit="roughness from example to example", source="smooth series: 0.05; shuffled: 1")
    unlike: float = threshold(0.8, unit="roughness from row to row", source="unordered rows: 1")

    def check(self, view: DatasetView) -> Iterator[Finding]:
        """Axes of the split, then its orientation."""
        layout, orientation = view.one(Layout), view.one(Orientation)
        if layout is None and orientation is None:
            raise TooLittle(next(iter(view.missing(("layout",))), "images"))
        if layout is not None:
            yield from self._axes(view, layout)
        if orientation is not None and self._lies_otherwise(orientation):
            yield self._orientation(view, orientation)

    def _axes(self, view: DatasetView, layout: Layout) -> Iterator[Finding]:
        other = layout.other_roughness
        if layout.other_reading is not None and other is not None and other <= self.smooth:
            ratio = layout.roughness / max(other, 1e-6)
            if ratio >= self.smoother:
                yield self._found(view, layout, layout.other_reading, ratio)
                return
        between, down = layout.between_examples, layout.down
        if between is not None and down is not None and between <= self.alike and down >= self.unlike:
            yield self.finding(
                f"examples that follow each other are alike (roughness {number(between)}), rows within an example are "
                f"not ({number(down)}): the first axis looks like time, not like examples",
                view=view, place=view.place(), confidence=Confidence.SUSPECTED,
                evidence=(
                    Evidence(key="between_examples", label="roughness from example to example", value=between,
                             threshold=self.alike),
                    Evidence(key="down", label="roughness from row to row", value=down, threshold=self.unlike),
                ),
                remedies=(
                    Remedy(name="exchange-axes", text="Put the axis of the examples first.",
                           applicability=Applicability.MANUAL, code="X = X.swapaxes(0, 1)"),
                ),
            )  # fmt: skip

    def _found(self, view: DatasetView, layout: Layout, other: str, ratio: float) -> Finding:
        shape = " × ".join(str(size) for size in layout.shape)
        return self.finding(
            f"read as {other}, the images of {shape} are {number(ratio)} times smoother",
            view=view, place=view.place(),
            evidence=(
                Evidence(key="roughness_ratio", label="roughness as read / with the other axes", value=ratio,
                         threshold=self.smoother),
                Evidence(key="roughness", label="roughness as read", value=layout.roughness),
            ),
            remedies=(
                Remedy(
                    name="exchange-axes", text=f"Read the images as {other}.", applicability=Applicability.MANUAL,
                    code=CODE.get(other, ""),
                ),
            ),
        )  # fmt: skip

    def _lies_otherwise(self, found: Orientation) -> bool:
        return found.z >= self.z and found.distance >= self.nearer * found.best_distance

    def _orientation(self, view: DatasetView, found: Orientation) -> Finding:
        ratio = found.distance / max(found.best_distance, 1e-12)
        return self.finding(
            f"{found.best}, the images of {view.split.name} are more like those of "
            f"{view.splits[found.other].name}: {number(ratio)} times nearer ({number(found.z)} standard errors)",
            view=view, place=view.place(),
            evidence=(
                Evidence(key="distance_ratio", label="distance as they are / laid in the best way", value=ratio,
                         threshold=self.nearer),
                Evidence(key="z", label="paired difference in standard errors", value=found.z, threshold=self.z),
            ),
            remedies=(
                Remedy(name="turn-images", text="Load the images of both splits in the same way.",
                       applicability=Applicability.MANUAL, code="X_test = X_test.swapaxes(1, 2)   # or np.rot90"),
            ),
        )  # fmt: skip
