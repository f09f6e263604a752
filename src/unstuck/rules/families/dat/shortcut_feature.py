"""DAT113: a nuisance predicts the label alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Confidence, Evidence, Finding, Remedy, Severity
from unstuck.core.words import share
from unstuck.record.events.data.shortcuts import LostColumn, Nuisance, Shortcut
from unstuck.rules.rule import Rule, TooLittle, threshold

CONTENT = (Nuisance.COLOUR, Nuisance.BYTES, Nuisance.LENGTH)
"""what honest images and texts say much with"""
PIXELS = (Nuisance.COLOUR, Nuisance.BRIGHTNESS, Nuisance.FRAME, Nuisance.MARK)
FILES = (Nuisance.SIZE, Nuisance.MODE, Nuisance.FORMAT, Nuisance.QUALITY, Nuisance.BYTES)
CROP = "images = images[:, margin:-margin, margin:-margin]"
GRAY = 'image = image.convert("L")'
SAVED_ALIKE = 'image.convert("RGB").resize((width, height)).save(path, "PNG")'
REMEDIES = {
    Nuisance.COLOUR: ("Train on gray images, or change the colours of the training images at random.", GRAY),
    Nuisance.BRIGHTNESS: ("Scale each image to one range.", "image = (image - image.min()) / np.ptp(image)"),
    Nuisance.FRAME: ("Crop the frame off all images.", CROP),
    Nuisance.MARK: ("Crop the corners off all images, or paint them over.", CROP),
    **dict.fromkeys(FILES, ("Store all images alike: one size, one mode, one format.", SAVED_ALIKE)),
}  # fmt: skip
DROP = "Keep this column out of the inputs, and split the data by it."


@dataclass(frozen=True)
class ShortcutFeature(Rule[DatasetView]):
    """A nuisance (a mark, a tint, the file format, a key) predicts the label alone.

    ## What it measures

    The cross-validated predictions of a small decision tree that sees one nuisance only: the corners, the outermost
    line, the tint, or the ends of the brightness of an image; its size, mode, format, JPEG quality and file size; the
    kind of its file name; keys, time stamps and columns about where the data comes from; the length of a text. Of
    tables with held-out data also whether a column that tells the label in training does so there.

    ## Why it hurts

    A network takes the easiest cue. It scores high on data that was collected in the same way, and fails where the
    mark, the camera or the file format is another.

    ## How it decides

    By the class that the nuisance predicts best: the Matthews correlation of *predicted as this class* with *is of this
    class*. A frame must also say more than the image does further in; the contrast of a mark with what is around it
    must predict the class too. Most examples with the mark hold one value there, no background, and a frame
    has one value all around. Trees
    fitted to permuted labels do worse. Tint, file size and text length say much in honest data, so their threshold is
    higher.

    ## Example

    ```python
    images[label == "sick", :3, :3] = 255   # the logo of one hospital
    ```

    ## Remedies

    Remove the nuisance from all images, or collect the classes in the same way.

    ## Known limits

    Whether a cue is honest cannot be read from the data: a person must decide, so it is a suspicion. Marks away from
    the corners are not found, nor are marks and frames where all pixels lie in one random order. A key that only
    counts the rows of the file is left to the rule about order.

    ## References

    Geirhos et al., *Shortcut learning in deep neural networks* (2020). Zech et al., *Variable generalization
    performance of a deep learning model to detect pneumonia* (2018): the network read the hospital's mark.
    """

    code: ClassVar[str] = "DAT113"
    name: ClassVar[str] = "shortcut-feature"
    severity: ClassVar[Severity] = Severity.WARNING
    subjects: ClassVar[tuple[type[View], ...]] = (DatasetView,)
    explained_by: ClassVar[tuple[str, ...]] = ("SCL104",)
    figures: ClassVar[tuple[str, ...]] = ("data_examples.worst",)

    correlation: float = threshold(
        0.5, unit="Matthews correlation",
        source="a planted mark in 80 % of one of ten classes and 5 % of the others: 0.67",
    )  # fmt: skip
    brightness: float = threshold(
        0.65, unit="Matthews correlation", source="pairs of classes of cifar10, 200 to 480 images: at most 0.6"
    )
    content: float = threshold(
        0.85, unit="Matthews correlation", source="tint, 45 pairs of classes of cifar10: at most 0.73 (frog, ship)"
    )
    gain: float = threshold(
        0.5, unit="share of the way from the most frequent class to all right",
        source="tint, all 10 classes of cifar10: 0.15",
    )  # fmt: skip
    several: float = threshold(5, unit="classes", source="with fewer the correlation says enough")
    contrast: float = threshold(
        0.4, unit="Matthews correlation of the contrast", source="corners of cifar10: at most 0.31 where they say 0.5"
    )
    constant: float = threshold(
        0.9, unit="share of the examples with the mark",
        source="planted: 1; pairs of classes of cifar10, mnist, mnist cut tight, digits, enlarged digits: at most 0.38",
    )
    beside: float = threshold(
        0.25, unit="Matthews correlation", source="frames: in 45 pairs of classes of cifar10 and mnist at most 0"
    )
    lost: float = threshold(0.5, unit="share of the gain in training", source="halved: no chance, see the z-score")
    z: float = threshold(5.0, unit="standard errors", source="one in a million by chance")

    def check(self, view: DatasetView) -> Iterator[Finding]:
        """The strongest of the pixels, the strongest of the files, all others; lost columns of a held-out split."""
        if view.split.id != 0:
            yield from self._lost(view)
            return
        events = view.of(Shortcut)
        if not events and (lacking := view.missing(("shortcut",))):
            raise TooLittle(lacking[0])
        fired = sorted((one for one in events if self._tells(one, view)), key=lambda one: -one.correlation)
        done: set[tuple[Nuisance, ...]] = set()
        for one in fired:
            group = next((group for group in (PIXELS, FILES) if one.nuisance in group), ())
            if group and group in done:
                continue
            done.add(group)
            yield self._found(view, one)

    def _tells(self, one: Shortcut, view: DatasetView) -> bool:
        if one.null_accuracy is None or one.accuracy <= max(one.null_accuracy, one.majority_share):
            return False
        if one.control is not None and one.correlation - one.control < self.beside:
            return False
        if one.contrast is not None and one.contrast < self.contrast:
            return False
        if one.constant is not None and one.constant < self.constant:
            return False
        gain = (one.accuracy - one.majority_share) / max(1e-9, 1 - one.majority_share)
        many = len(view.split.classes) >= self.several and gain >= self.gain
        return one.correlation >= self._limit(one) or (many and one.nuisance not in (Nuisance.BYTES, Nuisance.LENGTH))

    def _limit(self, one: Shortcut) -> float:
        if one.nuisance is Nuisance.BRIGHTNESS:
            return self.brightness
        return self.content if one.nuisance in CONTENT else self.correlation

    def _found(self, view: DatasetView, one: Shortcut) -> Finding:
        text, code = REMEDIES.get(one.nuisance, (DROP, ""))
        if one.column:
            code = f'frame = frame.drop(columns="{one.column}")'
        column = f" (column `{one.column}`)" if one.column else ""
        return self.finding(
            f"class {one.label} is predicted by {one.nuisance}{column}: {share(one.recall)} of its examples are "
            f"recognised, {share(one.precision)} of those predicted as it are right",
            view=view, place=view.place(one.column, label=one.label), confidence=Confidence.SUSPECTED,
            evidence=(
                Evidence(key="shortcut_accuracy", label="accuracy on all classes", value=one.accuracy, unit="share"),
                Evidence(key="majority_share", label="share of the most frequent class", value=one.majority_share,
                         unit="share"),
                Evidence(key="class_correlation", label="Matthews correlation with this class", value=one.correlation,
                         threshold=self._limit(one)),
                Evidence(key="null_accuracy", label="best accuracy with permuted labels",
                         value=one.null_accuracy or 0.0, unit="share"),
            ),
            examples=view.examples(one.rows, round(one.recall * one.of_class)) if one.rows else None,
            remedies=(Remedy(name="remove-shortcut", text=text, applicability=Applicability.MANUAL, code=code),),
        )  # fmt: skip

    def _lost(self, view: DatasetView) -> Iterator[Finding]:
        events = view.of(LostColumn)
        lost = [one for one in events if self._is_lost(one)]
        if len(lost) > 1 and len(lost) > events[0].telling_columns / 2:
            return  # labels or inputs of the whole split are another matter
        for one in lost:
            yield self.finding(
                f"column `{one.column}` tells the label in training only: accuracy {share(one.training_accuracy)} "
                f"there, {share(one.accuracy)} in {view.split.name} (most frequent class {share(one.majority_share)})",
                view=view, place=view.place(one.column),
                evidence=(
                    Evidence(key="shortcut_accuracy", label="accuracy of the column in training",
                             value=one.training_accuracy, unit="share"),
                    Evidence(key="held_out_accuracy", label=f"accuracy of the column in {view.split.name}",
                             value=one.accuracy, unit="share"),
                    Evidence(key="majority_share", label="share of the most frequent class",
                             value=one.majority_share, unit="share"),
                ),
                remedies=(
                    Remedy(
                        name="drop-lost-column", text=f"Drop the column `{one.column}`, or find out what differs.",
                        applicability=Applicability.TRIAL if view.of_run else Applicability.MANUAL,
                        code=f'frame = frame.drop(columns="{one.column}")',
                    ),
                ),
            )  # fmt: skip

    def _is_lost(self, one: LostColumn) -> bool:
        if one.column is None or not one.looked_at:
            return False
        before = (one.training_accuracy - one.training_majority) / max(1e-9, 1 - one.training_majority)
        here = (one.accuracy - one.majority_share) / max(1e-9, 1 - one.majority_share)
        error = (one.training_accuracy * (1 - one.training_accuracy) / one.looked_at + 1 / one.looked_at**2) ** 0.5
        return here <= self.lost * before and (one.training_accuracy - one.accuracy) / error >= self.z
