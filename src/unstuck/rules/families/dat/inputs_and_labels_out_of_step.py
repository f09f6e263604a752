"""DAT115: labels that belong to other rows than their inputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.run.view import TrainingView
from unstuck.analysis.view import View
from unstuck.core import words
from unstuck.core.finding import Applicability, Confidence, Evidence, Examples, Finding, Remedy, Severity
from unstuck.record.events.data.labels import ComparedWith, LabelAgreement
from unstuck.rules.families.dat.packed_order import RESTORE, lost_order
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class InputsAndLabelsOutOfStep(Rule[DatasetView | TrainingView]):
    """Labels stand beside the inputs of other rows: shifted, shuffled in a stretch of the file, or sorted by length.

    ## What it measures

    How well each target agrees with what tells it, compared with permuted targets: row by row, with the targets
    shifted by up to 10 rows, and for the stretch of rows that agrees least. Of a label that is the labels of the
    nearest neighbours, of a mask the edges of its image, of tags the tokens and where the sequence ends. In a run:
    whether sequences are sorted to be packed for a recurrent layer, and their outputs put back.

    ## Why it hurts

    The pairs teach nothing: the network can only memorise them. Metrics on them are chance.

    ## How it decides

    As they are, targets agree no better than permuted ones (z below `none`), and shifted they do
    (z above `clear`). Or a stretch of rows agrees less than the rest by `stretch` standard errors and `beyond` times
    as much as the worst stretch of shuffled rows, and its labels agree hardly better than by chance. Where no shift
    makes them agree, more is needed (`alone`, `beyond_alone`), and it is a warning: places and batches in a file are
    harder or easier than the rest.

    In a run: the loader's batch has the lengths of the packed sequences in another order, no operation above the
    packing changes the order of rows, and the loss ends at `unlearned` of the baseline loss or more.

    ## Example

    ```python
    features = frame[columns].iloc[1:]
    labels = frame["label"].iloc[:-1]    # the label of the row before
    ```

    ## Remedies

    Join inputs and labels by a key, not by position. Shuffle both with the same order.

    ## Known limits

    In files that are sorted by label a shift by one moves few labels and is not seen. Stretches of less than a
    hundredth of the file, or 20 rows, are not looked at. Labels wrong for another reason look the same in a stretch.

    ## References

    Hollander, Wolfe and Chicken, *Nonparametric Statistical Methods*: permutation tests.
    """

    code: ClassVar[str] = "DAT115"
    name: ClassVar[str] = "inputs-and-labels-out-of-step"
    severity: ClassVar[Severity] = Severity.ERROR
    subjects: ClassVar[tuple[type[View], ...]] = (TrainingView, DatasetView)
    of_runs: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("label_agreement", "loss")
    figures: ClassVar[tuple[str, ...]] = ("shares.reported",)

    none: float = threshold(
        4, unit="standard deviations of permuted labels", source="shifted labels reach 3.5, sound ones 10 and more"
    )
    clear: float = threshold(
        8, unit="standard deviations of permuted labels", source="the right shift has 11 to 330, wrong ones up to 4.4"
    )
    stretch: float = threshold(6, unit="standard errors", source="sound files: up to 4.4")
    beyond: float = threshold(1.3, unit="× the worst stretch of shuffled rows", source="sound files: up to 1.1")
    alone: float = threshold(
        10, unit="standard errors", source="sound files with places or batches: up to 8.4; shuffled stretches: 12 to 35"
    )
    beyond_alone: float = threshold(
        2.5, unit="× the worst stretch of shuffled rows", source="sound files: up to 2.1; shuffled ones: 2.9 and more"
    )
    left: float = threshold(
        0.4, unit="share of the agreement beyond chance", source="a stretch out of step has 0 to 0.3"
    )

    unlearned: float = threshold(
        0.97, unit="of the baseline loss", source="captions sorted by length: 1.0; put back: 0.2"
    )

    def check(self, view: DatasetView | TrainingView) -> Iterator[Finding]:
        """A shift of all labels, else a stretch of rows; of a run the order that packing leaves."""
        if isinstance(view, TrainingView):
            found = lost_order(view, self.unlearned)
            if found is not None:
                yield self.finding(
                    found.message, view=view, place=found.place, used_at=found.used_at, evidence=found.evidence,
                    remedies=(RESTORE,),
                )  # fmt: skip
            return
        event = view.one(LabelAgreement)
        if event is None or not event.ordered:
            return
        if event.lag and event.z < self.none and event.lag_z > self.clear:
            yield self._shifted(view, event)
        elif self._is_apart(event):
            yield self._stretch(view, event)

    def _is_apart(self, event: LabelAgreement) -> bool:
        gain = event.stretch_expected - event.chance
        least, beyond = (self.stretch, self.beyond) if event.stretch_lag else (self.alone, self.beyond_alone)
        return (
            event.start is not None and event.stretch_z > max(least, beyond * event.stretch_shuffled_z)
            and gain > 0 and event.stretch_agreement - event.chance < self.left * gain
        )  # fmt: skip

    def _shifted(self, view: DatasetView, event: LabelAgreement) -> Finding:
        targets, basis = _WORDS[event.compared_with]
        return self.finding(
            f"{targets} are {_rows(event.lag)} the inputs that they belong to: shifted so, they agree with {basis} at "
            f"z = {words.number(event.lag_z)}, as they are at z = {words.number(event.z)} ({event.looked_at} examples)",
            view=view, place=view.place(view.split.target),
            evidence=(
                Evidence(key="lag", label="rows by which labels are late", value=float(event.lag), unit="rows"),
                Evidence(key="lag_z", label="agreement at that shift", value=event.lag_z, threshold=self.clear,
                         unit="standard deviations"),
                Evidence(key="agreement_z", label="agreement as they are", value=event.z, threshold=self.none,
                         unit="standard deviations"),
            ),
            remedies=(_shift(event.lag, view), _JOIN),
        )  # fmt: skip

    def _stretch(self, view: DatasetView, event: LabelAgreement) -> Finding:
        assert event.start is not None
        assert event.stop is not None
        number, (targets, basis) = event.stop - event.start, _WORDS[event.compared_with]
        how = f"; they are {_rows(event.stretch_lag)} their inputs" if event.stretch_lag else ""
        evidence = [
            Evidence(key="stretch_z", label="agreement of the stretch below the rest", value=event.stretch_z,
                     threshold=self.stretch if event.stretch_lag else self.alone, unit="standard errors"),
            Evidence(key="stretch_agreement", label=f"agreement with {basis} in the stretch",
                     value=event.stretch_agreement),
        ]  # fmt: skip
        if event.stretch_lag:
            evidence.insert(0, Evidence(key="lag", label="rows by which labels are late",
                                        value=float(event.stretch_lag), unit="rows"))  # fmt: skip
        return self.finding(
            f"the {targets} of rows {event.start} to {event.stop - 1} do not belong to their inputs: they agree with "
            f"{basis} at {words.number(event.stretch_agreement)}, all other rows at "
            f"{words.number(event.stretch_expected)}, chance is {words.number(event.chance)}{how}",
            view=view, place=view.place(view.split.target, row=event.start),
            severity=Severity.ERROR if event.stretch_lag else Severity.WARNING,
            confidence=Confidence.MEASURED if event.stretch_lag else Confidence.SUSPECTED, evidence=tuple(evidence),
            examples=Examples(
                of="rows", count=number, share=number / max(1, event.looked_at),
                indices=tuple(range(event.start, min(event.stop, event.start + _MOST))),
            ),
            remedies=(*((_shift(event.stretch_lag, view),) if event.stretch_lag else ()), _JOIN),
        )  # fmt: skip


_MOST = 1000
_WORDS = {
    ComparedWith.NEIGHBOURS: ("labels", "the labels of neighbours"),
    ComparedWith.EDGES: ("target images", "the edges of the images"),
    ComparedWith.TOKENS: ("sequences of tags", "the tokens"),
}
"""targets, and what they are compared with"""


def _rows(lag: int) -> str:
    number = "1 row" if abs(lag) == 1 else f"{abs(lag)} rows"
    return f"{number} {'after' if lag > 0 else 'before'}"


def _shift(lag: int, view: DatasetView) -> Remedy:
    code = f"x, y = x[:-{lag}], y[{lag}:]" if lag > 0 else f"x, y = x[{-lag}:], y[:{lag}]"
    return Remedy(
        name="shift-labels", text="Shift the labels back, and find out where they got out of step.",
        applicability=Applicability.TRIAL if view.can_be_tried and not view.split.id else Applicability.MANUAL,
        code=code,
    )  # fmt: skip


_JOIN = Remedy(
    name="join-by-key", text="Join inputs and labels by a key, not by position. Shuffle both with the same order.",
    applicability=Applicability.MANUAL, code="order = random.permutation(len(x))\nx, y = x[order], y[order]",
)  # fmt: skip
