"""DAT104: equal inputs with different labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.view import View
from unstuck.core import words
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.record.events.data.labels import ConflictingLabels as Conflicts
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class ConflictingLabels(Rule[DatasetView]):
    """The same input has different labels.

    ## What it measures

    Examples whose inputs are equal, as they were given, and how many of these have different labels. Of numbers to
    be predicted, whether they differ by more than a tenth of their standard deviation.

    ## Why it hurts

    No prediction can be right for both. What is lost so limits every metric, and in the loss the two examples pull
    in opposite directions.

    ## How it decides

    At least `inputs` inputs have different labels, and these are at least `part` of the inputs that occur more than
    once. Where equal inputs mostly agree, single conflicts are rare cases and no fault of the labels. In a table, pairs
    with different labels must also be `beyond` times as many as chance lets expect: where rows are equal by chance,
    many more are equal in all columns but one.

    ## Example

    ```python
    frame = pandas.concat([labelled_by_ann, labelled_by_bob])
    ```

    ## Remedies

    Look at the pairs, and decide for one label or drop both. If the inputs lack a column that decides, add it.

    ## Known limits

    Tables of a few coarse columns (answers from 1 to 5, ages, counts) repeat inputs by nature: there wrong labels of
    repeated rows are not found. Near copies are not compared.

    ## References

    Northcutt et al., *Pervasive Label Errors in Test Sets*, 2021.
    """

    code: ClassVar[str] = "DAT104"
    name: ClassVar[str] = "conflicting-labels"
    severity: ClassVar[Severity] = Severity.WARNING
    subjects: ClassVar[tuple[type[View], ...]] = (DatasetView,)
    of_runs: ClassVar[bool] = True
    figures: ClassVar[tuple[str, ...]] = ("data_examples.worst",)
    explained_by: ClassVar[tuple[str, ...]] = ("DAT106", "DAT121")
    needs: ClassVar[tuple[str, ...]] = ("conflicting_labels",)

    inputs: float = threshold(3, unit="inputs", source="0 in 21 clean data sets, 1 in mammography")
    part: float = threshold(
        0.1, unit="share of the repeated inputs", source="clean panel: 0, but for one group of 3,329 equal rows"
    )

    beyond: float = threshold(
        3, unit="× the pairs that chance lets expect", source="coarse tables: up to 1.08; labelled twice: above 100"
    )

    def check(self, view: DatasetView) -> Iterator[Finding]:
        """The conflicts of a split."""
        event = view.one(Conflicts)
        if event is None or event.conflicting < max(self.inputs, self.part * event.repeated):
            return
        if event.pairs_by_chance == 0 or event.pairs >= self.inputs + self.beyond * event.pairs_by_chance:
            yield self._found(view, event)

    def _found(self, view: DatasetView, event: Conflicts) -> Finding:
        members = event.members or event.concerned
        share = members / event.looked_at
        labels, exactly = ("labels", "right") if event.difference is None else ("targets", "exactly")
        return self.finding(
            f"{event.conflicting} inputs that occur more than once have different {labels}: they are {members} of "
            f"{event.looked_at} examples ({words.share(share)}), and at least {event.lost} of these cannot be "
            f"predicted {exactly}",
            view=view, place=view.place(view.split.target, row=next(iter(event.rows), None)),
            evidence=(
                Evidence(key="conflicting_share", label="examples of these inputs", value=share,
                         unit="share of the examples"),
                Evidence(key="conflicting_inputs", label="inputs with different labels / inputs that occur repeatedly",
                         value=event.conflicting / event.repeated, threshold=self.part),
            ),
            examples=view.examples(event.rows, event.concerned),
            remedies=(_DROP, _DECIDE) if view.can_be_tried and not view.split.id else (_DECIDE,),
        )  # fmt: skip


_DROP = Remedy(
    name="drop-suspects", text="Leave the listed examples out of the training data.",
    applicability=Applicability.TRIAL, code="keep = np.setdiff1d(np.arange(len(y)), rows)\nx, y = x[keep], y[keep]",
)  # fmt: skip
_DECIDE = Remedy(
    name="resolve-conflicts",
    text="Look at the pairs. Keep one label for each input, or drop the input; add the column that decides, if one is "
    "missing.",
    applicability=Applicability.MANUAL,
    code='labels = frame.groupby(features)["label"].nunique()   # inputs with more than 1 need a decision',
)
