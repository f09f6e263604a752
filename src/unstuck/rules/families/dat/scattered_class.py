"""DAT123: the examples of a class fall into two far-apart clusters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.words import count, number, share
from unstuck.record.events.data.groups import ClassClusters
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class ScatteredClass(Rule[DatasetView]):
    """The examples of a class fall into two far-apart clusters: it may be two classes under one name.

    ## What it measures

    2-means on one half of the examples of each class. Measured on the other half, along the line that joins the two
    centres: the distance between the clusters in standard deviations within them, the share of examples in the middle
    fifth of the way, and the size of the smaller cluster. The pixels of images are compared, and the columns of numbers
    of a table, each in its standard deviations.

    ## Why it hurts

    A class of several kinds needs more examples and a larger network. The average score hides that the rarer kind is
    often wrong, and a kind that is absent from the training data stays wrong.

    ## How it decides

    The clusters are `apart` standard deviations apart, at most `between` of the examples lie in the middle, and the
    smaller cluster holds at least `smaller` of them. A normal distribution cut in two is 2.65 apart. Classes with fewer
    than 100 examples, and columns with fewer than 20 different values or one frequent value, are left out. Where more
    than half of the classes fall into clusters, the data does, whatever the class, and nothing is reported.

    ## Example

    ```python
    labels = np.where(kind == "cat", 0, 1)   # class 1: dogs, and cars
    ```

    ## Remedies

    Look at examples of both clusters. Name the kinds, and measure the score of each. Where one of them is wrong,
    relabel or drop it.

    ## Known limits

    Only clusters in the values themselves are seen: the same object on two backgrounds may be two clusters, and two
    kinds of objects on similar backgrounds are none. Texts and sequences are not judged.

    ## References

    Oakden-Rayner, Dunnmon, Carneiro, Ré, *Hidden Stratification Causes Clinically Meaningful Failures in Machine
    Learning for Medical Imaging*, 2020.
    """

    code: ClassVar[str] = "DAT123"
    name: ClassVar[str] = "scattered-class"
    severity: ClassVar[Severity] = Severity.INFO
    subjects: ClassVar[tuple[type[View], ...]] = (DatasetView,)
    figures: ClassVar[tuple[str, ...]] = ("data_examples.worst",)
    explained_by: ClassVar[tuple[str, ...]] = ("DAT122",)
    needs: ClassVar[tuple[str, ...]] = ("class_clusters",)

    apart: float = threshold(
        8, unit="standard deviations within", source="classes of 16 data sets, 25 seeds: up to 6.7, the nines of digits"
    )
    between: float = threshold(0.02, unit="share of the examples", source="normal 0.16")
    smaller: float = threshold(0.1, unit="share of the examples", source="fewer are outliers")

    def check(self, view: DatasetView) -> Iterator[Finding]:
        """The farthest clusters first."""
        events = view.of(ClassClusters)
        found = [event for event in events if self._scattered(event)]
        if len(found) > max(1, len(events) / 2):
            return  # it is the data that falls apart, whatever the class
        for event in sorted(found, key=lambda event: -event.distance):
            yield self._found(view, event, len(found))

    def _scattered(self, event: ClassClusters) -> bool:
        return (
            event.distance >= self.apart and event.between_share <= self.between
            and event.smaller_share >= self.smaller
        )  # fmt: skip

    def _found(self, view: DatasetView, event: ClassClusters, total: int) -> Finding:
        where = f", most of all in {', '.join(f'`{name}`' for name in event.columns)}" if event.columns else ""
        return self.finding(
            f"class `{event.label}` falls into two clusters of {number(event.looked_at - event.members)} and "
            f"{count(event.members, 'example')}, {number(event.distance)} standard deviations apart{where}; "
            f"{share(event.between_share)} of the examples lie between them",
            view=view, place=view.place(row=event.rows[0] if event.rows else None, label=event.label),
            evidence=(
                Evidence(key="distance", label="distance of the clusters", value=event.distance, threshold=self.apart,
                         unit="standard deviations within"),
                Evidence(key="between_share", label="examples between the clusters", value=event.between_share,
                         threshold=self.between, unit="share"),
                Evidence(key="smaller_share", label="examples in the smaller cluster", value=event.smaller_share,
                         threshold=self.smaller, unit="share"),
                Evidence(key="classes", label="classes concerned", value=float(total), unit="classes"),
            ),
            examples=view.examples(event.rows, event.members),
            remedies=(
                Remedy(
                    name="look-at-clusters", applicability=Applicability.MANUAL,
                    text="Compare these examples with the others of the class: two kinds, two sources, wrong labels?",
                ),
                Remedy(
                    name="name-the-kinds", applicability=Applicability.MANUAL,
                    text="Where both are real, give each kind a name, keep both in every split, and score each alone.",
                    code="train, test = train_test_split(frame, stratify=kind)",
                ),
            ),
        )  # fmt: skip
