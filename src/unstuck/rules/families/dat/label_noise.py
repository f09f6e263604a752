"""DAT103: labels that contradict predictions which they had no part in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import ClassVar

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.view import View
from unstuck.core import words
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.record.events.data.labels import ConflictingLabels, ConfusedClasses, Signal
from unstuck.record.events.data.labels import LabelNoise as Noise
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True)
class LabelNoise(Rule[DatasetView]):
    """Some labels are wrong: they contradict what other examples say about the input.

    ## What it measures

    Class probabilities of each example from its nearest neighbours, from a small network before it memorises labels,
    and from trees that were not grown with the example. The margin of a label is its probability less that of the best
    other class. Wrong labels have the margins that the other labels of all examples have: the share of wrong labels is
    estimated by comparing the two distributions.

    ## Why it hurts

    A network memorises wrong labels when it is trained long enough, and held-out data with wrong labels measures the
    wrong thing.

    ## How it decides

    The lower bound of the share exceeds `low` by the forest, and by neighbours and network, and neighbours agree better
    than with permuted labels (`signal`). Honestly hard data is not judged: labels that are not predicted, beyond the
    share of wrong ones, are at most `unclear` (`unclear_together` by all predictions together), all of them at most
    `disagreement` (`disagreement_of_two` where there are two classes, `better` less by all predictions), and the two
    estimates differ by less than a factor of `apart`; where nearly all labels are predicted (`easy`), neighbours and
    network need to see a `trace` only. The predictions are clearly better than the most frequent class (`skill`).
    Unless nearly all labels are clear (`clear`), contradicted labels are as frequent among implausible labels as among
    plausible ones (`rise`). More labels may be contradicted where held-out labels are predicted better (`contrast_z`),
    and by as much as this share of wrong training labels makes (`alike`): honestly hard data is hard in both.
    Of several labels for each example, one that is missing where the input clearly tells it, and is there in held-out
    data.
    One class that is labelled as another: at least `pair` and at most `half` of its examples, and at most
    `unclear_pair` of the other labels are not predicted (`clear` by all predictions together).

    ## Example

    ```python
    y[random.choice(len(y), 50)] = random.integers(0, 10, 50)
    ```

    ## Remedies

    Look at the listed examples, the most contradicted first, and correct or drop them.

    ## Known limits

    Mild noise in honestly hard data (less than about 80 % of the labels can be predicted) is not found, nor in fewer
    than about 200 examples. Wrong labels that follow the input, as a careless person makes them, look right.
    Regression targets are not judged.

    ## References

    Northcutt et al., *Confident Learning*, 2021. Arpit et al., *A Closer Look at Memorization in Deep Networks*, 2017.
    Jiang et al., *Beyond Synthetic Noise*, 2020.
    """

    code: ClassVar[str] = "DAT103"
    name: ClassVar[str] = "label-noise"
    severity: ClassVar[Severity] = Severity.WARNING
    subjects: ClassVar[tuple[type[View], ...]] = (DatasetView,)
    of_runs: ClassVar[bool] = True
    figures: ClassVar[tuple[str, ...]] = ("data_examples.worst",)
    explained_by: ClassVar[tuple[str, ...]] = ("DAT115",)
    needs: ClassVar[tuple[str, ...]] = ("label_noise",)

    labels: int = threshold(
        100, unit="labels", source="63 labels of sonar without a wrong one: 18 % seemed wrong, at least 5.5 %"
    )
    few: int = threshold(
        300, unit="labels", source="231 labels of pima without a wrong one: 6.5 % seemed wrong; fewer tell in easy data"
    )
    low: float = threshold(0.01, unit="share of the labels", source="0 of 91 clean sets, 59 of them hard")
    count: float = threshold(5, unit="labels", source="fewer say nothing about a share")
    unclear: float = threshold(
        0.165, unit="share of the labels", source="clean, hard data that looks noisy: 0.185 and more"
    )
    unclear_together: float = threshold(0.15, unit="share of the labels", source="the same: 0.14 and more")
    disagreement: float = threshold(0.4, unit="share of the labels", source="a fifth wrong, and a fifth that is hard")
    disagreement_of_two: float = threshold(
        0.3, unit="share of the labels, of two classes",
        source="drawn from logistic models, no label wrong: 0.315 to 0.393 where it looks noisy (5 of 59)",
    )  # fmt: skip
    better: float = threshold(
        0.03, unit="share of the labels", source="below either limit, where all predictions together are better"
    )
    clear: float = threshold(
        0.06, unit="share of the labels", source="easy data: few labels are unclear, and the rise is of few"
    )
    easy: float = threshold(
        0.08, unit="× the labels that a constant prediction misses",
        source="digits, 5 % wrong: 0.03 to 0.06; clean digits, banknote, wine: the forest finds none at all",
    )
    trace: float = threshold(
        0.002, unit="share of the labels", source="easy data, clean: 0; 5 % wrong: 0.0034 and more"
    )
    rise: float = threshold(
        1.75, unit="×", source="noise in real tables and images 0.4 to 1.7; generated noisy thresholds 1.2 to 3.5"
    )
    skill: float = threshold(
        0.7, unit="× the labels that a constant prediction misses", source="a constant prediction: 1; adult: 0.7"
    )
    apart: float = threshold(2.5, unit="× between the two estimates", source="pairs of cifar10 classes: 4 and more")
    signal: float = threshold(
        4, unit="standard deviations of permuted labels", source="of DAT112: without it every label is in doubt"
    )
    contrast_z: float = threshold(
        4, unit="standard errors", source="one in thirty thousand random splits, as SPL106"
    )
    alike: float = threshold(
        1.5, unit="× between the shares by the labels alone and by held-out labels",
        source="labels of phoneme and mnist, a third of them wrong: 0.9 to 1.2",
    )  # fmt: skip
    pair: float = threshold(0.08, unit="share of a class", source="clean: up to 0.091, where the unclear are 0.28")
    half: float = threshold(
        0.47, unit="share of a class", source="two classes that cannot be told apart: 0.5"
    )
    unclear_pair: float = threshold(0.13, unit="share of the labels", source="clean, hard data: 0.14 and more")

    def check(self, view: DatasetView) -> Iterator[Finding]:
        """Wrong labels of one class in another, else wrong labels anywhere."""
        event, signal = view.one(Noise), view.one(Signal)
        if event is None or (signal is not None and signal.z[0] < self.signal) or self._in_copies(view, event):
            return
        if event.tags:
            yield self._forgotten(view, event)
            return
        if event.looked_at < self.labels:
            raise TooLittle(f"{self.labels} labels in a split, to tell wrong ones from hard ones")
        pairs = view.of(ConfusedClasses)
        said: set[tuple[str, str]] = set()
        for one in self.reported(event, pairs):
            if isinstance(one, Noise):
                yield self._found(view, one)
            elif (one.likely, one.labelled) not in said:
                said.add((one.labelled, one.likely))
                back = next((two for two in pairs if (two.likely, two.labelled) == (one.labelled, one.likely)), None)
                yield self._confused(view, one, back if back is not None and back.low >= self.pair else None)

    def _in_copies(self, view: DatasetView, event: Noise) -> bool:
        """Whether most of them are copies with other labels, which DAT104 reports."""
        conflicts = view.one(ConflictingLabels)
        known = set() if conflicts is None else set(conflicts.rows)
        return 2 * sum(row in known for row in event.rows) > len(event.rows)

    def reported(self, event: Noise, pairs: Sequence[ConfusedClasses]) -> tuple[Noise | ConfusedClasses, ...]:
        """What is reported: pairs of classes where they explain the noise, else the noise; nothing in clean data."""
        noisy = self._is_noisy(event)
        judged = pairs if event.unclear_together <= self.unclear_together else ()
        confused = [
            pair for pair in judged
            if self._is_confused(pair) and (not noisy or 2 * pair.concerned > event.share * event.looked_at)
        ]  # fmt: skip
        if confused:
            return tuple(sorted(confused, key=lambda pair: -pair.concerned))
        return (event,) if noisy else ()

    def _is_noisy(self, event: Noise) -> bool:
        return (
            event.low >= self.low and event.count >= self.count
            and (event.looked_at >= self.few or self._is_easy(event))
            and (self._agree(event) or (self._is_easy(event) and event.second_low >= self.trace))
            and event.unclear <= self.unclear and event.unclear_together <= self.unclear_together
            and (event.rise <= self.rise or event.unclear <= self.clear)
            and (self._is_predicted(event) or self._held_out_is_better(event))
        )  # fmt: skip

    def _agree(self, event: Noise) -> bool:
        """Whether both estimates see about as much noise."""
        return event.second_low >= self.low and event.share < self.apart * event.second

    def _low(self, event: Noise) -> float:
        """The lower bound that is told: of both estimates where both count."""
        return min(event.low, event.second_low) if self._agree(event) else event.low

    def _is_easy(self, event: Noise) -> bool:
        """Whether nearly all right labels are predicted.

        There neighbours and network excuse wrong labels, and the forest finds none where there are none.
        """
        hard = max(event.unclear, event.unclear_together)
        return hard <= min(self.clear, self.easy * event.rarer)

    def _is_predicted(self, event: Noise) -> bool:
        """Whether enough of the labels are predicted to say that the others are wrong, and not hard."""
        most = self.disagreement_of_two if event.classes == 2 else self.disagreement
        few = event.disagreement <= most or event.disagreement_together <= most - self.better
        return few and event.unclear <= self.skill * (event.rarer - event.share)

    def _held_out_is_better(self, event: Noise) -> bool:
        """Whether held-out labels are predicted so much better that as many training labels must be wrong."""
        contrast, z = event.contrast, event.contrast_z
        if contrast is None or z is None or z < self.contrast_z or not contrast:
            return False
        return 1 / self.alike <= event.share / contrast <= self.alike

    def _is_confused(self, pair: ConfusedClasses) -> bool:
        enough = pair.low >= self.pair and pair.count >= self.count
        clear = pair.unclear <= self.unclear_pair or pair.unclear_together <= self.clear
        return enough and pair.share <= self.half and clear

    def _found(self, view: DatasetView, event: Noise) -> Finding:
        first = f", the first is row {event.rows[0]}, which looks like {event.likely[0]}" if event.rows else ""
        return self.finding(
            f"about {words.share(event.share)} of the {event.looked_at} labels are wrong (at least "
            f"{words.share(self._low(event))}): {event.listed} are listed{first}",
            view=view, place=view.place(view.split.target, row=next(iter(event.rows), None)),
            evidence=(
                Evidence(key="noise_share", label="estimated share of wrong labels", value=event.share,
                         unit="share of the labels"),
                Evidence(key="noise_low", label="lower bound of it", value=self._low(event),
                         threshold=self.low, unit="share of the labels"),
                Evidence(key="unclear", label="labels that are not predicted, beyond the wrong ones",
                         value=event.unclear, threshold=self.unclear, unit="share of the labels"),
            ),
            examples=view.examples(event.rows, event.listed, "labels"), remedies=_remedies(view),
        )  # fmt: skip

    def _forgotten(self, view: DatasetView, event: Noise) -> Finding:
        shares = list(zip(event.tags, event.forgotten, strict=True))[:_TAGS]
        parts = ", ".join(f"{words.share(share)} of `{tag}`" for tag, share in shares)
        more = f" and {len(event.tags) - _TAGS} other tags" if len(event.tags) > _TAGS else ""
        mine, theirs = event.told[:2]
        return self.finding(
            f"tags are missing in the training data, about {parts}{more}: where the input clearly tells "
            f"`{event.tags[0]}`, {words.share(mine)} of the training examples have it, and {words.share(theirs)} of "
            f"the held-out ones; {event.listed} examples are listed",
            view=view, place=view.place(view.split.target, row=next(iter(event.rows), None), label=event.tags[0]),
            evidence=(
                Evidence(key="noise_share", label="estimated share of examples that lack a tag", value=event.share,
                         unit="share of the examples"),
                Evidence(key="noise_low", label="lower bound of it", value=event.low, threshold=self.low,
                         unit="share of the examples"),
                Evidence(key="forgotten", label=f"share of the tags `{event.tags[0]}` that are missing",
                         value=event.forgotten[0]),
            ),
            examples=view.examples(event.rows, event.listed, "labels"), remedies=_remedies(view),
        )  # fmt: skip

    def _confused(self, view: DatasetView, pair: ConfusedClasses, back: ConfusedClasses | None) -> Finding:
        """One class that is labelled as another; both of them that are labelled as each other."""
        number = pair.concerned + (back.concerned if back is not None else 0)
        other = ""
        if back is not None:
            other = f", and about {words.share(back.share)} of class {back.likely} are labelled {back.labelled}"
        rows = pair.rows if back is None else _in_turn(pair.rows, back.rows)
        return self.finding(
            f"about {words.share(pair.share)} of class {pair.likely} are labelled {pair.labelled}{other}: {number} "
            f"labels are listed",
            view=view, place=view.place(view.split.target, row=next(iter(pair.rows), None), label=pair.labelled),
            evidence=(
                Evidence(key="noise_share", label="estimated share of wrong labels",
                         value=number / pair.looked_at, unit="share of the labels"),
                Evidence(key="pair_low", label=f"share of class {pair.likely} labelled {pair.labelled}, lower bound",
                         value=pair.low, threshold=self.pair, unit="share of a class"),
                Evidence(key="unclear", label="other labels that are not predicted", value=pair.unclear,
                         threshold=self.unclear_pair, unit="share of the labels"),
            ),
            examples=view.examples(rows, number, "labels"), remedies=_remedies(view),
        )  # fmt: skip


def _in_turn(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    """The rows of both, the first ones first."""
    return tuple(row for rows in zip_longest(one, other) for row in rows if row is not None)


_TAGS = 3
"""tags in a message"""


def _remedies(view: DatasetView) -> tuple[Remedy, ...]:
    """Of what was trained on, an experiment tells what the listed examples cost."""
    return (_DROP, _LOOK) if view.can_be_tried and not view.split.id else (_LOOK,)


_DROP = Remedy(
    name="drop-suspects", text="Leave the listed examples out of the training data, until their labels are corrected.",
    applicability=Applicability.TRIAL, code="keep = np.setdiff1d(np.arange(len(y)), rows)\nx, y = x[keep], y[keep]",
)  # fmt: skip
_LOOK = Remedy(
    name="check-labels", text="Look at the listed examples, the first ones first. Correct their labels, or drop them.",
    applicability=Applicability.MANUAL, code="suspicious = frame.iloc[rows]",
)  # fmt: skip
