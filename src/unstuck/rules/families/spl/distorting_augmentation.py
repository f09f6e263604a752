"""SPL109: augmentation that leads away from what is tested, or is applied to held-out data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Confidence, Evidence, Finding, Remedy, Severity
from unstuck.core.words import number, share
from unstuck.record.events.data.augmentation import Augmentation
from unstuck.rules.rule import Rule, threshold

WORDS = {
    "means": "brightness", "dark": "darkest values", "bright": "brightest values", "spread": "contrast",
    "sharpness": "sharpness",
}  # fmt: skip
FIXED = Remedy(
    name="fix-held-out-transforms", text="Give the held-out data set only transforms without chance.",
    applicability=Applicability.MANUAL,
    code="test_set.transform = Compose([Resize(size), CenterCrop(size), ToTensor()])",
)  # fmt: skip
MILDER = Remedy(
    name="weaken-augmentation", text="Weaken the transform, or apply it to few images.",
    applicability=Applicability.MANUAL, code="transform = RandomApply([transform], p=0.1)",
)  # fmt: skip
UPRIGHT = Remedy(
    name="keep-images-upright", text="Leave out flips and turns that change what an image shows.",
    applicability=Applicability.MANUAL, code="transform = RandomCrop(size, padding=2)   # no RandomHorizontalFlip",
)  # fmt: skip


@dataclass(frozen=True)
class DistortingAugmentation(Rule[DatasetView]):
    """Augmentation leads away from what is tested, destroys the label, or is applied to held-out data.

    ## What it measures

    Some examples are read twice from the user's data set. For training images that differ between the reads:
    brightness, contrast and sharpness compared with held-out images, and the share of images whose best match among
    held-out images (moves allowed) needs no turn and no mirror, compared with that share among held-out images. In a
    watched run: how often the most similar held-out image has the same label, and how similar it is.

    ## Why it hurts

    A network trained on images that never occur in the test learns the wrong task. A mirrored 5 is no 5. A random
    transform of held-out data makes scores noisy and too low.

    ## How it decides

    Held-out examples that differ between two reads. A statistic that differs by so many standard deviations, far beyond
    what flips, crops, small rotations, colour jitter and cutout do. Turned or mirrored: so many standard errors fewer
    upright images. Nothing left: similar held-out images hardly tell the label any more, though they tell that of
    held-out images, and they are far less similar.

    ## Example

    ```python
    test_set = ImageFolder("test", transform=train_transform)   # random crops and flips
    ```

    ## Remedies

    Use transforms without chance for held-out data, milder ones for training.

    ## Known limits

    Turns of photographs change little of what is measured here, and are not found. Strong cutout on images of single
    signs counts as destroyed.

    ## References

    Shorten and Khoshgoftaar, *A survey on image data augmentation for deep learning* (2019): transforms that keep the
    label.
    """

    code: ClassVar[str] = "SPL109"
    name: ClassVar[str] = "distorting-augmentation"
    severity: ClassVar[Severity] = Severity.WARNING
    subjects: ClassVar[tuple[type[View], ...]] = (DatasetView,)
    of_runs: ClassVar[bool] = True
    explained_by: ClassVar[tuple[str, ...]] = ("SCL104", "DAT114", "DAT115", "DAT119")
    needs: ClassVar[tuple[str, ...]] = ("augmentation",)

    differing: float = threshold(0.1, unit="share of held-out examples", source="without chance: 0")
    difference: float = threshold(
        5.0, unit="standard deviations", source="mnist and cifar10: flips, crops, jitter, noise, cutout ≤ 3.7; "
        "noise over the image ≥ 6.7, blur of 1.5 pixels ≥ 8.5"
    )  # fmt: skip
    z: float = threshold(5.0, unit="standard errors", source="mnist: moves and small rotations ≤ 2.1; mirrored 5.8")
    left: float = threshold(
        0.15, unit="share of what held-out images tell of their label", source="mnist: moves, noise, rotations by 30°, "
        "crops of a tenth ≥ 0.5, turns by any angle 0.28, a quarter erased 0.34; half erased 0"
    )  # fmt: skip
    alike: float = threshold(
        0.75, unit="share of the likeness of held-out images", source="mnist: a quarter erased 0.82; half erased 0.64"
    )
    telling: float = threshold(
        0.3, unit="share beyond chance", source="mnist 0.76; photos 0.2: they cannot be told by similar ones"
    )
    upright: float = threshold(0.75, unit="share of the held-out share", source="mnist: moves 0.9; mirrored 0.5")

    def check(self, view: DatasetView) -> Iterator[Finding]:
        """Held-out data that changes, then training images that are far from it."""
        found = view.one(Augmentation)
        if found is None or not found.looked_at:
            return
        if view.split.id != 0:
            if found.differing >= self.differing * found.looked_at:
                yield self._held_out(view, found)
            return
        if found.difference is not None and abs(found.difference) >= self.difference:
            yield self._far(view, found, found.difference)
        elif self._turned(found):
            yield self._on_its_side(view, found)
        elif self._nothing_left(found):
            yield self._destroyed(view, found)

    def _turned(self, found: Augmentation) -> bool:
        if found.z is None or found.upright is None or found.upright_held_out is None:
            return False
        return found.z >= self.z and found.upright <= self.upright * found.upright_held_out

    def _nothing_left(self, found: Augmentation) -> bool:
        if found.told is None or found.told_held_out is None or found.told_by_chance is None:
            return False
        beyond = found.told_held_out - found.told_by_chance
        unlike = (found.likeness or 0.0) <= self.alike * (found.likeness_held_out or 0.0)
        return beyond >= self.telling and unlike and found.told - found.told_by_chance <= self.left * beyond

    def _held_out(self, view: DatasetView, found: Augmentation) -> Finding:
        size = found.differing / found.looked_at
        return self.finding(
            f"{found.differing} of {found.looked_at} {view.split.name} examples differ when they are read again: a "
            "random transform is applied to held-out data",
            view=view, place=view.place(row=found.rows[0] if found.rows else None),
            evidence=(
                Evidence(key="differing_share", label="share of the examples read twice", value=size,
                         threshold=self.differing, unit="share"),
            ),
            examples=view.examples(found.rows, round(size * view.split.rows)),
            remedies=(FIXED,),
        )  # fmt: skip

    def _far(self, view: DatasetView, found: Augmentation, difference: float) -> Finding:
        other = view.splits[found.other or 0].name
        return self.finding(
            f"augmentation changes the {WORDS[found.statistic]} of the images by {number(abs(difference))} standard "
            f"deviations from {other}",
            view=view, place=view.place(), confidence=Confidence.SUSPECTED,
            evidence=(
                Evidence(key="difference", label=f"difference of the mean {WORDS[found.statistic]}", value=difference,
                         threshold=self.difference, unit="standard deviations"),
            ),
            remedies=(MILDER,),
        )  # fmt: skip

    def _on_its_side(self, view: DatasetView, found: Augmentation) -> Finding:
        assert found.upright is not None
        assert found.upright_held_out is not None
        other = view.splits[found.other or 0].name
        return self.finding(
            f"augmentation turns, mirrors or hides what the images show: {share(found.upright)} are most like images "
            f"of {other} as they are ({share(found.upright_held_out)} of those are)",
            view=view, place=view.place(), confidence=Confidence.SUSPECTED,
            evidence=(
                Evidence(key="upright_share", label="training images most like held-out images as they are",
                         value=found.upright, unit="share"),
                Evidence(key="z", label="fewer than among held-out images, in standard errors", value=found.z or 0.0,
                         threshold=self.z),
            ),
            remedies=(UPRIGHT,),
        )  # fmt: skip

    def _destroyed(self, view: DatasetView, found: Augmentation) -> Finding:
        assert found.told is not None
        assert found.told_held_out is not None
        assert found.told_by_chance is not None
        other = view.splits[found.other or 0].name
        kept = max(0.0, found.told - found.told_by_chance) / (found.told_held_out - found.told_by_chance)
        return self.finding(
            f"augmentation leaves hardly anything of the images: the most similar image of {other} has their label for "
            f"{share(found.told)} ({share(found.told_held_out)} of the images of {other}, by chance "
            f"{share(found.told_by_chance)})",
            view=view, place=view.place(), confidence=Confidence.SUSPECTED,
            evidence=(
                Evidence(key="left", label="of what held-out images tell of their label, beyond chance", value=kept,
                         threshold=self.left, unit="share"),
                Evidence(key="likeness", label="correlation with the most similar held-out image, median",
                         value=found.likeness or 0.0),
            ),
            remedies=(MILDER,),
        )  # fmt: skip
