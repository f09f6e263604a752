"""DAT103: labels that contradict predictions which they had no part in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.view import View
from unstuck.core import words
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.record.events.data.labels import ConflictingLabels, ConfusedClasses, Signal
from unstuck.record.events.data.labels import LabelNoise as Noise
from unstuck.rules.rule import Rule, threshold


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
    `disagreement` (`disagreement_of_two` where there are two classes), and the two estimates differ by less than a
    factor of `apart`. The predictions are clearly better than the most frequent class (`skill`). Unless nearly all
    labels are clear (`clear`), contradicted labels are as frequent among implausible labels as among plausible ones
    (`rise`).
    One class that is labelled as another: at least `pair` and at most `half` of its examples, and at most
    `unclear_pair` of the other labels are not predicted.

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
    clear: float = threshold(
        0.06, unit="share of the labels", source="easy data: few labels are unclear, and the rise is of few"
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
        for one in self.reported(event, view.of(ConfusedClasses)):
            yield self._found(view, one) if isinstance(one, Noise) else self._confused(view, one)

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
            min(event.low, event.second_low) >= self.low and event.count >= self.count
            and event.unclear <= self.unclear and event.unclear_together <= self.unclear_together
            and event.disagreement <= (self.disagreement_of_two if event.classes == 2 else self.disagreement)
            and event.share < self.apart * event.second
            and event.unclear <= self.skill * (event.rarer - event.share)
            and (event.rise <= self.rise or event.unclear <= self.clear)
        )  # fmt: skip

    def _is_confused(self, pair: ConfusedClasses) -> bool:
        enough = pair.low >= self.pair and pair.count >= self.count
        return enough and pair.share <= self.half and pair.unclear <= self.unclear_pair

    def _found(self, view: DatasetView, event: Noise) -> Finding:
        first = f", the first is row {event.rows[0]}, which looks like {event.likely[0]}" if event.rows else ""
        return self.finding(
            f"about {words.share(event.share)} of the {event.looked_at} labels are wrong (at least "
            f"{words.share(min(event.low, event.second_low))}): {event.listed} are listed{first}",
            view=view, place=view.place(view.split.target, row=next(iter(event.rows), None)),
            evidence=(
                Evidence(key="noise_share", label="estimated share of wrong labels", value=event.share,
                         unit="share of the labels"),
                Evidence(key="noise_low", label="lower bound of it", value=min(event.low, event.second_low),
                         threshold=self.low, unit="share of the labels"),
                Evidence(key="unclear", label="labels that are not predicted, beyond the wrong ones",
                         value=event.unclear, threshold=self.unclear, unit="share of the labels"),
            ),
            examples=view.examples(event.rows, event.listed, "labels"), remedies=_remedies(view),
        )  # fmt: skip

    def _confused(self, view: DatasetView, pair: ConfusedClasses) -> Finding:
        return self.finding(
            f"about {words.share(pair.share)} of class {pair.likely} are labelled {pair.labelled}: {pair.concerned} "
            f"labels are listed",
            view=view, place=view.place(view.split.target, row=next(iter(pair.rows), None), label=pair.labelled),
            evidence=(
                Evidence(key="noise_share", label="estimated share of wrong labels",
                         value=pair.concerned / pair.looked_at, unit="share of the labels"),
                Evidence(key="pair_low", label=f"share of class {pair.likely} labelled {pair.labelled}, lower bound",
                         value=pair.low, threshold=self.pair, unit="share of a class"),
                Evidence(key="unclear", label="other labels that are not predicted", value=pair.unclear,
                         threshold=self.unclear_pair, unit="share of the labels"),
            ),
            examples=view.examples(pair.rows, pair.concerned, "labels"), remedies=_remedies(view),
        )  # fmt: skip


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
