"""SCL104: the splits were not prepared the same way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.view import View
from unstuck.core import words
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.record.events.data.shift import Mismatch, Preparation
from unstuck.rules.rule import Rule, threshold

MOST = 20
"""findings of a split"""


@dataclass(frozen=True)
class TrainTestPreprocessingMismatch(Rule[DatasetView]):
    """Held-out data went through another preparation than the training data.

    ## What it measures

    The quantiles of each column of the held-out data over those of the training data: a straight line is another scale
    or offset, a falling line an inversion. For images the spread, the mean image and the differences between channels.

    ## Why it hurts

    The network gets inputs of a scale that it never saw. The held-out metric is that of a broken pipeline.

    ## How it decides

    The difference is real, the shape of the distribution is the same, and the scale of a column differs by a factor of
    `factor` or more (of a whole split: most columns have another scale or an offset above one standard deviation).
    Scaled by its own statistics: nearly all columns have exactly mean 0 and standard deviation 1 in both splits.

    ## Example

    ```python
    train = StandardScaler().fit_transform(train)
    test = StandardScaler().fit_transform(test)   # its own mean and spread
    ```

    ## Remedies

    Fit every preparation on the training data, and apply the same to all splits.

    ## Known limits

    A split in time can change the scale of a column in truth, as prices do. Images that are inverted are recognised
    where their mean image has a pattern.

    ## References

    Sculley et al., *Hidden Technical Debt in Machine Learning Systems*, 2015 (training-serving skew).
    """

    code: ClassVar[str] = "SCL104"
    name: ClassVar[str] = "train-test-preprocessing-mismatch"
    severity: ClassVar[Severity] = Severity.ERROR
    subjects: ClassVar[tuple[type[View], ...]] = (DatasetView,)
    of_runs: ClassVar[bool] = True
    figures: ClassVar[tuple[str, ...]] = ("data_columns.both_splits",)
    explained_by: ClassVar[tuple[str, ...]] = ("DAT105",)
    needs: ClassVar[tuple[str, ...]] = ("preparation",)

    factor: float = threshold(1.7, unit="× or ÷ the scale of the training data", source="inch to centimetre is 2.54")

    def check(self, view: DatasetView) -> Iterator[Finding]:
        """The whole split, or each column."""
        events = [event for event in view.of(Preparation) if event.what is not None and self._counts(event)]
        for event in events[:MOST]:
            yield self._found(view, event, sum(max(1, one.concerned) for one in events))

    def _counts(self, event: Preparation) -> bool:
        if event.what is not Mismatch.UNIT or event.scale_factor is None:
            return True
        return not 1 / self.factor < event.scale_factor < self.factor

    def _found(self, view: DatasetView, event: Preparation, count: int) -> Finding:
        evidence = [Evidence(key="columns", label="columns that are concerned", value=float(count))]
        if event.scale_factor is not None:
            evidence.append(Evidence(key="scale_factor", label="values / values of the training data",
                                     value=event.scale_factor, threshold=self.factor))  # fmt: skip
        if event.offset is not None:
            evidence.append(Evidence(key="offset", label="offset of the median", value=event.offset,
                                     unit="standard deviations of the training data"))  # fmt: skip
        column = event.column or (event.columns[0] if event.concerned == 1 else None)
        return self.finding(
            _words(view, event), view=view, place=view.place(column), evidence=tuple(evidence),
            remedies=_remedies(view, event),
        )  # fmt: skip


def _words(view: DatasetView, event: Preparation) -> str:
    name, other = view.split.name, view.splits[event.other].name
    factor = event.scale_factor or 1.0
    shown = f"× {words.number(factor)}" if factor >= 1 or factor <= 0 else f"÷ {words.number(1 / factor)}"
    columns = f"{event.concerned} of {words.count(event.compared, 'column')}"
    offset = f"{words.number(event.offset or 0.0)} standard deviations"
    if event.column is not None:
        what = {
            Mismatch.UNIT: f"is {shown} what it is in `{other}`",
            Mismatch.INVERTED: f"is inverted compared with `{other}` (its median is off by {offset})",
        }.get(event.what or Mismatch.WHOLE, f"has {shown} the spread of `{other}` and an offset of {offset}")
        return f"column `{event.column}` of `{name}` {what}: the shape of its distribution is the same"
    if not event.compared:
        return {
            Mismatch.INVERTED: f"the images of `{name}` are inverted: its mean image is the negative of that of "
            f"`{other}` ({shown})",
            Mismatch.COLOURS: f"the colour channels of `{name}` are in another order: the channels of `{other}` are "
            f"its channels {', '.join(event.order)}",
        }.get(
            event.what or Mismatch.WHOLE,
            f"the pixels of `{name}` have another range: {shown} the spread of `{other}`, an offset of {offset}",
        )
    return {
        Mismatch.OWN: f"{columns} have mean 0 and standard deviation 1 exactly in `{name}` and in `{other}`: each "
        "split was scaled by its own statistics",
        Mismatch.RAW: f"{columns} are standardised in `{other}` and not in `{name}` (median factor {shown})",
        Mismatch.STANDARDISED: f"{columns} are standardised in `{name}` and not in `{other}` (median factor {shown})",
    }.get(
        event.what or Mismatch.WHOLE,
        f"{columns} have another scale or offset in `{name}` than in `{other}` (median factor {shown}, median offset "
        f"{offset}), and the same shape",
    )


def _remedies(view: DatasetView, event: Preparation) -> tuple[Remedy, ...]:
    """Of data that passed through a run, an experiment tells what the held-out figure is with one preparation."""
    if event.what is Mismatch.COLOURS:
        return (_COLOURS,)
    if not view.of_run:
        return (_SAME,)
    pixels = not event.compared and event.column is None
    if event.what is Mismatch.INVERTED:
        return (_undo("undo-inversion-of-pixels" if pixels else "undo-inversion"), _SAME)
    return (_undo("undo-preparation-of-pixels" if pixels else "undo-preparation"), _SAME)


def _undo(name: str) -> Remedy:
    return Remedy(
        name=name, text="Give the held-out data the scale and offset of the training data.",
        applicability=Applicability.TRIAL,
        code="x_test = (x_test - x_test.mean(0)) / x_test.std(0) * x_train.std(0) + x_train.mean(0)",
    )


_SAME = Remedy(
    name="prepare-alike",
    text="Fit every preparation on the training data once, and apply the fitted one to all splits.",
    applicability=Applicability.MANUAL,
    code="scaler = StandardScaler().fit(x_train)\n"
    "x_train, x_test = scaler.transform(x_train), scaler.transform(x_test)",
)
_COLOURS = Remedy(
    name="same-channel-order",
    text="Read all images with the channels in the same order.",
    applicability=Applicability.MANUAL,
    code="image = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)",
)
