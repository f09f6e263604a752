"""SPL106: held-out data that measures too little, or something easier."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.view import View
from unstuck.core import words
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.record.events.data.order import HeldOutPower
from unstuck.rules.rule import Rule, threshold

SHOWN = 5
"""classes in a message"""


@dataclass(frozen=True)
class UnrepresentativeValidation(Rule[DatasetView]):
    """Held-out data is too small, lacks classes, or is easier than the training data.

    ## What it measures

    The 95 % interval of an accuracy on so many examples, the classes that the held-out data lacks, and how often the
    nearest training example has the right label: for held-out examples, and for training examples among themselves.

    ## Why it hurts

    On few examples a metric is noise: models that differ by less than its interval cannot be compared. A class without
    held-out examples is never tested. On easy examples the metric is too good.

    ## How it decides

    Half of the interval is above `interval` (a warning above `wide`). A class is absent though `expected` or more of
    its examples would be there by its share. The nearest neighbours are right more often by `easier`, and by `sigmas`
    standard errors.

    ## Example

    ```python
    train, val = data[:-20], data[-20:]
    ```

    ## Remedies

    Hold out more examples, drawn at random within each class, or use cross-validation.

    ## Known limits

    The interval is that of an accuracy of one half, the widest; that of a metric on a rare class is wider. Folds of a
    cross-validation count together, as their metrics are averaged. Where a run showed a part, all of it counts.

    ## References

    Bengio and Grandvalet, *No Unbiased Estimator of the Variance of K-Fold Cross-Validation*, 2004.
    """

    code: ClassVar[str] = "SPL106"
    name: ClassVar[str] = "unrepresentative-validation"
    severity: ClassVar[Severity] = Severity.WARNING
    subjects: ClassVar[tuple[type[View], ...]] = (DatasetView,)
    of_runs: ClassVar[bool] = True
    figures: ClassVar[tuple[str, ...]] = ("data_classes.both_splits",)
    explained_by: ClassVar[tuple[str, ...]] = ("DAT103", "DAT114")
    needs: ClassVar[tuple[str, ...]] = ("held_out_power",)

    interval: float = threshold(0.1, unit="accuracy", source="96 examples: models differ by less")
    wide: float = threshold(0.15, unit="accuracy", source="42 examples: hardly any two models can be compared")
    expected: float = threshold(3, unit="examples", source="absent by chance in e^-3 of random splits")
    easier: float = threshold(0.05, unit="accuracy", source="differences that change a decision")
    sigmas: float = threshold(4, unit="standard errors", source="one in thirty thousand random splits")

    def check(self, view: DatasetView) -> Iterator[Finding]:
        """Too small; classes that are absent; too easy."""
        event = view.one(HeldOutPower)
        if event is None:
            return
        examples, interval = self._measured(view, event)
        if interval > self.interval:
            yield self._small(view, examples, interval)
        if event.absent and event.expected >= self.expected:
            yield self._absent(view, event)
        accuracy, own, z = event.accuracy, event.own_accuracy, event.z
        if accuracy is None or own is None or z is None:
            return
        if accuracy - own >= self.easier and z >= self.sigmas:
            yield self._easy(view, accuracy, own, z)

    def _measured(self, view: DatasetView, event: HeldOutPower) -> tuple[int, float]:
        """Examples that the metric is of, and half of its interval: all folds, and what was not seen, count."""
        split = view.split
        rows = round(event.looked_at * split.rows / split.looked_at) if split.looked_at else event.looked_at
        examples = max(event.looked_at, rows, event.in_all or 0)
        return examples, event.interval * math.sqrt(max(1, event.looked_at) / max(1, examples))

    def _small(self, view: DatasetView, examples: int, interval: float) -> Finding:
        return self.finding(
            f"`{view.split.name}` has {words.count(examples, 'example')}: an accuracy is known to "
            f"± {words.share(interval)} only (95 % interval)",
            view=view, place=view.place(), severity=Severity.WARNING if interval > self.wide else Severity.INFO,
            evidence=(
                Evidence(key="interval", label="half of the 95 % interval of an accuracy", value=interval,
                         threshold=self.interval),
                Evidence(key="rows", label="examples with a label", value=float(examples)),
            ),
            remedies=(_MORE,),
        )  # fmt: skip

    def _absent(self, view: DatasetView, event: HeldOutPower) -> Finding:
        names = ", ".join(f"`{name}`" for name in event.absent[:SHOWN]) + (" …" if len(event.absent) > SHOWN else "")
        many = words.count(len(event.absent), "class", "classes")
        return self.finding(
            f"`{view.split.name}` lacks {many} of the training data ({names}): about {words.number(event.expected)} "
            f"examples of `{event.absent[0]}` would be expected",
            view=view, place=view.place(view.split.target, label=event.absent[0]),
            evidence=(
                Evidence(key="absent_classes", label="classes that are absent", value=float(len(event.absent))),
                Evidence(key="expected", label="examples that would be expected", value=event.expected,
                         threshold=self.expected),
            ),
            remedies=(_STRATIFY,),
        )  # fmt: skip

    def _easy(self, view: DatasetView, accuracy: float, own: float, z: float) -> Finding:
        return self.finding(
            f"`{view.split.name}` is easier than the training data: the nearest training example has the right label "
            f"for {words.share(accuracy)} of its examples, and for {words.share(own)} of the training examples",
            view=view, place=view.place(),
            evidence=(
                Evidence(key="accuracy_gain", label="accuracy of nearest neighbours above that in training",
                         value=accuracy - own, threshold=self.easier),
                Evidence(key="easier_z", label="standard errors", value=z, threshold=self.sigmas),
            ),
            remedies=(_STRATIFY,),
        )  # fmt: skip


_MORE = Remedy(
    name="hold-out-more",
    text="Hold out more examples, or use cross-validation: then every example is held out once.",
    applicability=Applicability.MANUAL,
    code="scores = cross_val_score(model, X, y, cv=RepeatedStratifiedKFold(n_splits=5, n_repeats=4, random_state=0))",
)
_STRATIFY = Remedy(
    name="stratify",
    text="Draw the held-out examples at random within each class.",
    applicability=Applicability.MANUAL,
    code="train, test = train_test_split(frame, test_size=0.2, stratify=frame[target], random_state=0)",
)
