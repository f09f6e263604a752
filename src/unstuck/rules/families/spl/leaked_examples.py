"""SPL101: held-out data that is in the training data."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.view import View
from unstuck.core import words
from unstuck.core.data_types import Form
from unstuck.core.finding import Applicability, Evidence, Examples, Finding, Remedy, Severity
from unstuck.record.events.data.copies import Duplicates, Sameness, SharedExamples, SharedGroups, TimeOrder
from unstuck.rules.rule import Rule, threshold

OF_IMAGES = (Sameness.ALIKE, Sameness.TURNED)
SAID = 0.8
"""share of the copies of a search that another one has found"""
_COPIES = {
    Sameness.EXACT: "are copies", Sameness.NEAR: "are near copies", Sameness.ALIKE: "are copies",
    Sameness.TURNED: "are mirrored or turned copies",
}  # fmt: skip


@dataclass(frozen=True)
class LeakedExamples(Rule[DatasetView]):
    """Held-out data holds examples, groups or times of the training data.

    ## What it measures

    Of the held-out examples: how many have an exact or a near copy in the training data, of images also a mirrored or
    turned one, and how many belong to a group (`--group`) that is trained on. With `--time`: how often a training
    example is later than a held-out one.

    ## Why it hurts

    The network has seen what it is tested on. The held-out metric is too good, and it rewards memorising.

    ## How it decides

    Copies: held-out data repeats the training data more often than the training data repeats itself (`by_own`), and
    more often than a random split of the same rows would (`chance`; `chance_alone` where training repeats nothing).
    Near copies need a gap in the distances as well, or are `overlapping` of the examples or more, beyond all chance
    (`sure`), and much closer than held-out examples are to each other (`closer`). Coarse tables, which hold equal rows
    by nature, are therefore sound. Images with many shades have no copies by nature: there copies count from `many` on
    though the training data repeats itself, and mirrored or turned ones. Windows: `overlapping` or more of the held-out
    examples begin and end with a run of values that stands in a training example at another place; of small images, a
    part of them does. Readings of one
    object: the nearest training example is much closer than the next ones and nearly always of the same label, which
    those are not, among the training examples as well as from held-out ones. Groups: any shared group. Time: more than
    `later` of the pairs are in the wrong order. Copies in less than `large` of the held-out examples are a warning.

    ## Example

    ```python
    frame = oversample(frame)                    # copies rows
    train, test = train_test_split(frame)        # copies end on both sides
    ```

    ## Remedies

    Drop the copies before splitting; split by group; split at a point in time.

    ## Known limits

    A split of data with natural copies (frames of a film) repeats training data as often as training data repeats
    itself: give the groups. In a run, three to about ten readings of one object are seen where its label cannot be told
    from other objects. Near copies in coarse tables are not found.

    ## References

    Kapoor and Narayanan, *Leakage and the Reproducibility Crisis in Machine-Learning-Based Science*, 2023.
    """

    code: ClassVar[str] = "SPL101"
    name: ClassVar[str] = "leaked-examples"
    severity: ClassVar[Severity] = Severity.ERROR
    subjects: ClassVar[tuple[type[View], ...]] = (DatasetView,)
    of_runs: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("shared_examples",)
    figures: ClassVar[tuple[str, ...]] = ("data_examples.worst",)

    count: float = threshold(3, unit="examples", source="one equal pair happens in clean data (iris)")
    by_own: float = threshold(1e-3, unit="probability", source="clean splits of 20 data sets: 0.008 at the lowest")
    chance: float = threshold(1e-3, unit="probability", source="one alarm in a thousand random splits")
    chance_alone: float = threshold(
        0.05, unit="probability", source="where training repeats nothing, clean data hardly has twins at all"
    )
    gap: float = threshold(
        0.3, unit="natural logarithm of a distance ratio", source="clean panel: below 0.3 except in coarse tables"
    )
    tail: float = threshold(1e-5, unit="probability", source="clean panel: no alarm in 136 splits of 20 data sets")
    sure: float = threshold(1e-20, unit="probability", source="photos that were moved by a pixel: 1e-261, clean: 0.98")
    closer: float = threshold(
        1.3, unit="× as far are held-out examples from each other", source="else they are all of one kind"
    )
    later: float = threshold(0.02, unit="share of pairs", source="0.5 in a random split, 0 in a split by time")
    many: float = threshold(0.05, unit="share of the held-out images", source="photos of cifar10: 0 of 400")
    overlapping: float = threshold(
        0.2, unit="share of the held-out examples", source="a split in time: none; windows dealt at random: nearly all"
    )
    large: float = threshold(0.01, unit="share of the held-out examples", source="about the error of most metrics")

    def check(self, view: DatasetView) -> Iterator[Finding]:
        """Copies, groups, time."""
        said: set[int] = set()
        within = next((one.typical for one in view.of(Duplicates) if one.sameness is Sameness.NEAR), None)
        found = [event for event in view.of(SharedExamples) if self.leaks(event) or self._many_near(event, within)]
        for event in found:
            if event.sameness in OF_IMAGES and _mostly(event.rows, said):
                continue
            if event.sameness is Sameness.SHIFTED:
                yield self._overlaps(view, event)
            elif event.sameness is Sameness.OF_ONE_OBJECT:
                if not said:
                    yield self._readings(view, event)
            elif event.sameness is not Sameness.ALIKE or len(found) == 1 or found[0] is event:
                yield self._copies(view, event)
                said.update(event.rows)
        for groups in view.of(SharedGroups):
            if groups.shared:
                yield self._groups(view, groups)
        for order in view.of(TimeOrder):
            if order.later > self.later:
                yield self._time(view, order)

    def leaks(self, event: SharedExamples) -> bool:
        """Whether held-out data repeats training data more often than chance has it."""
        if event.sameness in OF_IMAGES:
            least = self.large if event.sameness is Sameness.TURNED else self.many
            return event.count >= max(self.count, least * event.looked_at)
        if event.sameness in (Sameness.SHIFTED, Sameness.OF_ONE_OBJECT):
            return event.count >= max(self.count, self.overlapping * event.looked_at)
        if event.count < self.count or event.by_own >= self.by_own:
            return False
        if event.sameness is Sameness.EXACT:
            return event.chance < (self.chance if event.own_share else self.chance_alone)
        return event.gap is not None and event.gap >= self.gap and event.tail is not None and event.tail < self.tail

    def _many_near(self, event: SharedExamples, within: float | None) -> bool:
        """Many examples that are much closer to training examples than these, or held-out ones, are to each other.

        Copies that were moved or lit otherwise are as far as the nearest of different examples: there is no gap.
        """
        if event.sameness is not Sameness.NEAR or event.tail is None or within is None or event.distance is None:
            return False
        many = event.count >= max(self.count, self.overlapping * event.looked_at)
        return many and max(event.tail, event.by_own) < self.sure and self.closer * event.distance <= within

    def _copies(self, view: DatasetView, event: SharedExamples) -> Finding:
        exact, share = event.sameness is Sameness.EXACT, event.count / event.looked_at
        beyond = max(0.0, (share - event.own_share) / max(1e-9, 1 - event.own_share)) if exact else share
        count = event.count if event.sameness not in OF_IMAGES else round(share * view.split.rows)
        other = view.splits[event.other].name
        copies = _COPIES[event.sameness]
        message = f"{_of(event.count, event.looked_at)} of `{view.split.name}` {copies} of examples of `{other}`"
        if event.own_share >= self.large:
            message += f" (within `{other}` {words.share(event.own_share)} have a copy)"
        if event.sameness is Sameness.NEAR:
            message += (
                f": their distance is at most {words.number(event.distance or 0.0)}, "
                f"usually it is {words.number(event.typical or 0.0)}"
            )
        if event.conflicting:
            message += f"; {words.number(event.conflicting)} of them have another label there"
        by_own = () if event.sameness in OF_IMAGES else (
            Evidence(key="by_own", label="probability at the rate of the training data", value=event.by_own,
                     threshold=self.by_own),
        )  # fmt: skip
        evidence = (
            Evidence(key="leaked_share", label="held-out examples in the training data beyond its own rate",
                     value=beyond, unit="share of examples"),
            Evidence(key="own_share", label="training examples with a copy in the training data",
                     value=event.own_share, unit="share of examples"),
            *by_own, Evidence(key="conflicting", label="copies with another label", value=float(event.conflicting)),
        )  # fmt: skip
        return self._found(
            view, message, evidence, view.examples(event.rows, count), _DROP,
            Severity.ERROR if share >= self.large else Severity.WARNING,
        )  # fmt: skip

    def _overlaps(self, view: DatasetView, event: SharedExamples) -> Finding:
        other = view.splits[event.other].name
        evidence = (
            Evidence(key="leaked_share", label="held-out windows that overlap training windows on both sides",
                     value=event.count / event.looked_at, threshold=self.overlapping, unit="share of examples"),
        )  # fmt: skip
        return self._found(
            view,
            f"{_of(event.count, event.looked_at)} of `{view.split.name}` overlap examples of `{other}`: "
            + ("a part of each is a part of one of them at another place, as in patches of one picture"
               if view.split.form is Form.IMAGE
               else "they begin or end with values of theirs, as windows of one recording do"),
            evidence, view.examples(event.rows, event.count), _BY_RECORDING, Severity.ERROR,
        )  # fmt: skip

    def _readings(self, view: DatasetView, event: SharedExamples) -> Finding:
        other = view.splits[event.other].name
        evidence = (
            Evidence(key="leaked_share", label="held-out examples with a training example of the same object",
                     value=event.count / event.looked_at, threshold=self.overlapping, unit="share of examples"),
        )  # fmt: skip
        return self._found(
            view,
            f"{_of(event.count, event.looked_at)} of `{view.split.name}` lie by an example of `{other}` as several "
            f"readings of one object do: it is at a distance of {words.number(event.distance or 0.0)} and has the same "
            f"label, other examples are {words.number(math.exp(event.gap or 0.0))} times as far and often have another",
            evidence, view.examples(event.rows, event.count), _BY_GROUP, Severity.ERROR,
        )  # fmt: skip

    def _groups(self, view: DatasetView, event: SharedGroups) -> Finding:
        column, other = view.split.group_column or "group", view.splits[event.other].name
        evidence = (
            Evidence(key="group_count", label="groups on both sides", value=float(event.shared), threshold=0.0),
            Evidence(key="leaked_share", label="held-out examples of these groups", unit="share of examples",
                     value=event.count / max(1, event.looked_at)),
        )  # fmt: skip
        return self._found(
            view,
            f"{words.number(event.shared)} of {words.count(event.groups, 'group')} (`{column}`) of `{view.split.name}` "
            f"{'is' if event.shared == 1 else 'are'} also in `{other}`: {_of(event.count, event.looked_at)}",
            evidence, view.examples(event.rows, event.count), _BY_GROUP, Severity.ERROR,
        )  # fmt: skip

    def _time(self, view: DatasetView, event: TimeOrder) -> Finding:
        other = view.splits[event.other].name
        evidence = (
            Evidence(key="later_share", label="pairs in which the training example is later", value=event.later,
                     threshold=self.later, unit="share of pairs"),
            Evidence(key="leaked_share", label="held-out examples before the last training example",
                     value=event.count / max(1, event.looked_at), unit="share of examples"),
        )  # fmt: skip
        return self._found(
            view,
            f"{_of(event.count, event.looked_at)} of `{view.split.name}` are earlier than the last example of "
            f"`{other}`: "
            f"in {words.share(event.later)} of pairs the training example is the later one",
            evidence, view.examples(event.rows, event.count), _BY_TIME, Severity.ERROR,
        )  # fmt: skip

    def _found(
        self, view: DatasetView, message: str, evidence: tuple[Evidence, ...], examples: Examples, remedy: Remedy,
        severity: Severity,
    ) -> Finding:  # fmt: skip
        tried = _WITHOUT if remedy is _DROP and view.can_be_tried else remedy  # without groups, little would be left
        return self.finding(
            message, view=view, place=view.place(row=next(iter(examples.indices), None)), evidence=evidence,
            examples=examples, remedies=(tried,), severity=severity,
        )  # fmt: skip


def _of(count: int, total: int) -> str:
    return f"{words.number(count)} of {words.number(total)} examples ({words.share(count / max(1, total))})"


_WITHOUT = Remedy(
    name="drop-leaked",
    text="Leave the listed examples out of the held-out data: the figure without them is the honest one. Drop copies "
    "before the data is split.",
    applicability=Applicability.TRIAL,
    code="keep = np.setdiff1d(np.arange(len(x_test)), rows)\nx_test, y_test = x_test[keep], y_test[keep]",
)
_DROP = Remedy(
    name="drop-leaked",
    text="Drop copies before the data is split, and augment or oversample the training split only, after splitting.",
    applicability=Applicability.MANUAL,
    code="frame = frame.drop_duplicates()\ntrain, test = train_test_split(frame, test_size=0.2, random_state=0)",
)
_BY_GROUP = Remedy(
    name="split-by-group",
    text="Split by group, so that no group is on both sides.",
    applicability=Applicability.MANUAL,
    code="train, test = next(GroupShuffleSplit(1, test_size=0.2, random_state=0).split(X, y, groups))",
)
_BY_RECORDING = Remedy(
    name="split-recordings",
    text="Split before windows are cut: by recording or person, or at a point in time with a gap of one window.",
    applicability=Applicability.MANUAL,
    code="train, test = series[:at], series[at + window :]\nx_train, x_test = windows(train), windows(test)",
)
_BY_TIME = Remedy(
    name="split-by-time",
    text="Split at a point in time: train on what is earlier, test on what is later.",
    applicability=Applicability.MANUAL,
    code='frame = frame.sort_values("time")\nat = int(0.8 * len(frame))\ntrain, test = frame[:at], frame[at:]',
)


def _mostly(rows: tuple[int, ...], said: set[int]) -> bool:
    """Whether (nearly) all of these were said already."""
    return len(said.intersection(rows)) > SAID * len(rows)
