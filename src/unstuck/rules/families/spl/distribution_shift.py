"""SPL102: training and held-out data have different distributions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.view import View
from unstuck.core import words
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.record.events.data.augmentation import Augmentation
from unstuck.record.events.data.shift import ColumnShift, DomainShift, Preparation
from unstuck.rules.columns import AsOne, as_one
from unstuck.rules.rule import Rule, threshold

MOST = 20
"""findings of a split"""
ROUNDED = 1e-6
"""of the difference of two means: a mean that is smaller is said to be 0"""


@dataclass(frozen=True)
class DistributionShift(Rule[DatasetView]):
    """Held-out data comes from another distribution than the training data.

    ## What it measures

    For each column and for the target: the distance of the distribution functions of the two splits, the difference of
    the means, the share of missing values, and the p-value of the difference. Of images: brightness, contrast,
    sharpness and size; of texts: lengths. A classifier that is trained to recognise the split finds what no column
    shows.

    ## Why it hurts

    The held-out metric measures something else than the training teaches: the network is worse there than it could be,
    or the metric does not say how good it will be in use.

    ## How it decides

    A column: its p-value, corrected for the number of columns (Holm), is below `p_value`, and the difference is at
    least `distance`, or `missing` for missing values. Otherwise the classifier: `auc`, and `z` standard errors; in a
    watched run that is an information only below `certain`.
    Columns that were prepared differently are left to SCL104.

    ## Example

    ```python
    train, test = frame[frame.year < 2020], frame[frame.year >= 2020]
    ```

    ## Remedies

    Split at random, if the data in use will be like the training data; otherwise collect training data like the
    held-out data, weight it, or drop the column.

    ## Known limits

    A split at a point in time drifts by intention: the finding then says what to expect in use. With 40 held-out
    examples a shift of half a standard deviation is not found. Of inputs that random transforms change, a run compares
    what two epochs have in common (a flip keeps brightness, colour and sharpness), and an audit nothing: SPL109 judges
    these transforms.

    ## References

    Rabanser, Günnemann and Lipton, *Failing Loudly: An Empirical Study of Methods for Detecting Dataset Shift*, 2019;
    Holm, *A Simple Sequentially Rejective Multiple Test Procedure*, 1979.
    """

    code: ClassVar[str] = "SPL102"
    name: ClassVar[str] = "distribution-shift"
    severity: ClassVar[Severity] = Severity.WARNING
    subjects: ClassVar[tuple[type[View], ...]] = (DatasetView,)
    of_runs: ClassVar[bool] = True
    figures: ClassVar[tuple[str, ...]] = ("data_columns.both_splits", "data_examples.worst")
    explained_by: ClassVar[tuple[str, ...]] = ("SCL104", "DAT114", "DAT119", "DAT106", "DAT105")
    needs: ClassVar[tuple[str, ...]] = ("column_shift",)

    p_value: float = threshold(1e-3, unit="probability", source="corrected: one split in a thousand at random")
    distance: float = threshold(0.1, unit="share of the examples", source="a shift of half a standard deviation: 0.2")
    missing: float = threshold(0.05, unit="share of the values", source="smaller differences change no model visibly")
    auc: float = threshold(0.6, unit="area under the ROC curve", source="220 random splits of 11 data sets: none above")
    certain: float = threshold(
        0.9, unit="area under the ROC curve",
        source="blur, contrast, inversion, other colours: 1.0; digits in the order of their file: 0.7",
    )
    z: float = threshold(4.5, unit="standard errors", source="random splits: 3.4 at most")

    def check(self, view: DatasetView) -> Iterator[Finding]:
        """Each column that drifts, the most different first; else the split as a whole."""
        shifts = view.of(ColumnShift)
        prepared = [event for event in view.of(Preparation) if event.what is not None]
        whole = any(event.column is None for event in prepared)
        names = {event.column for event in prepared}
        drifting = [one for one in shifts if self.drifts(one)]
        augmented = not view.of_run and is_augmented(view)  # in a run only what the transforms keep is compared
        others = [one for one in drifting if one.target or not (whole or augmented or one.column in names)]
        domain = None if augmented else view.one(DomainShift)
        count = sum(not one.target for one in others)
        for one in as_one(others, lambda shift: shift.column, (shift.column for shift in shifts))[:MOST]:
            yield self._column(view, one, count, domain)
        if not drifting and not prepared and domain is not None and self.recognised(domain):
            yield self._domain(view, domain)

    def drifts(self, shift: ColumnShift) -> bool:
        """Whether a column differs in truth and by enough."""
        large = shift.distance >= self.distance or abs(shift.missing - shift.other_missing) >= self.missing
        return shift.p_value < self.p_value and large

    def recognised(self, domain: DomainShift) -> bool:
        """Whether the classifier recognises the split."""
        return domain.auc > self.auc and domain.z > self.z

    def _column(
        self, view: DatasetView, one: AsOne[ColumnShift], count: int, domain: DomainShift | None
    ) -> Finding:
        shift = one.item
        evidence = [
            Evidence(key="distance", label="largest difference of the distributions", value=shift.distance,
                     threshold=self.distance, unit="share of examples"),
            Evidence(key="p_value", label="p-value, corrected for all columns", value=shift.p_value,
                     threshold=self.p_value),
            Evidence(key="columns", label="columns that drift", value=float(count)),
        ]  # fmt: skip
        if shift.shift is not None:
            evidence.insert(0, Evidence(key="shift", label="difference of the means", value=abs(shift.shift),
                                        unit="standard deviations of the training data"))  # fmt: skip
        if shift.association is not None:
            evidence.append(Evidence(key="label_association", label="explained by the label", value=shift.association,
                                     unit="share of the variance"))  # fmt: skip
        if domain is not None:
            evidence.append(Evidence(key="domain_auc", label="AUC of a classifier of the splits", value=domain.auc))
        return self.finding(
            f"{'the target' if shift.target else 'column'} `{shift.column}`{one.words} differs in `{view.split.name}`: "
            f"{self._words(view, shift)}{_matters(shift)}",
            view=view, place=view.place(shift.column), evidence=tuple(evidence),
            remedies=(_remedy(view, classes=shift.target and view.split.task.has_classes),),
        )  # fmt: skip

    def _words(self, view: DatasetView, shift: ColumnShift) -> str:
        other = view.splits[0].name
        if abs(shift.missing - shift.other_missing) >= max(self.missing, shift.distance):
            mine, theirs = words.share(shift.missing), words.share(shift.other_missing)
            return f"{mine} of its values are missing, {theirs} in `{other}`"
        if shift.category is not None:
            mine, theirs = words.share(shift.share or 0.0), words.share(shift.other_share or 0.0)
            return f"`{shift.category}` is {mine} of the examples, {theirs} in `{other}`"
        mean, other_mean = shift.mean or 0.0, shift.other_mean or 0.0
        least = ROUNDED * abs(mean - other_mean)
        mine, theirs = (words.number(one if abs(one) > least else 0.0) for one in (mean, other_mean))
        if shift.shift is None:
            return f"mean {mine}, {theirs} in every row of `{other}`"
        means = f"mean {mine}, {theirs} in `{other}`"
        return f"{means} (a difference of {words.number(shift.shift)} standard deviations)"

    def _domain(self, view: DatasetView, domain: DomainShift) -> Finding:
        return self.finding(
            f"no column drifts alone, but a classifier recognises examples of `{view.split.name}` with an AUC of "
            f"{words.number(domain.auc)}: the columns depend on each other in another way",
            view=view, place=view.place(row=next(iter(domain.rows), None)),
            severity=Severity.INFO if view.of_run and domain.auc < self.certain else Severity.WARNING,
            evidence=(
                Evidence(key="domain_auc", label="AUC of the classifier", value=domain.auc, threshold=self.auc),
                Evidence(key="domain_z", label="standard errors above 0.5", value=domain.z, threshold=self.z),
            ),
            examples=view.examples(domain.rows, of="rows least like the training data"),
            remedies=(_remedy(view, classes=False),),
        )  # fmt: skip


def is_augmented(view: DatasetView) -> bool:
    """Whether examples of any split change when they are read again: then the inputs of splits differ on purpose."""
    return any(event.differing for part in view.record.parts for event in part.of(Augmentation))


def _matters(shift: ColumnShift) -> str:
    if shift.association is None:
        return ""
    return f"; label and column share {words.share(shift.association)} of their variance"


def _remedy(view: DatasetView, *, classes: bool) -> Remedy:
    """By time where the data has one; with equal class shares where these differ."""
    if view.split.time_column is not None:
        return _IN_TIME
    return _SPLIT_TARGET if classes else _SPLIT


_IN_TIME = Remedy(
    name="validate-in-time",
    text="Data that changes with time is split by time. Expect the held-out metric in use; train on recent data, and "
    "give the network differences or ratios in place of levels that drift.",
    applicability=Applicability.MANUAL,
    code="for train, test in TimeSeriesSplit(n_splits=5).split(frame): ...",
)
_SPLIT = Remedy(
    name="split-at-random",
    text="If new data will be like the training data, split all rows at random. Otherwise expect the held-out metric "
    "in use, and collect or weight training data so that it resembles the held-out data.",
    applicability=Applicability.MANUAL,
    code="train, test = train_test_split(pandas.concat([train, test]), test_size=0.2, random_state=0)",
)
_SPLIT_TARGET = Remedy(
    name="stratify",
    text="Split with the same class shares on both sides, unless new data has the shares of the held-out data.",
    applicability=Applicability.MANUAL,
    code="train, test = train_test_split(frame, test_size=0.2, stratify=frame[target], random_state=0)",
)
