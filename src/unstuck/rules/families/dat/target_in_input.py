"""DAT118: the answer stands among the inputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.probe.view import ProbeView
from unstuck.analysis.view import View
from unstuck.core.data_types import Task
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.words import share
from unstuck.record.events.data.answers import ColumnAnswer, SequenceAnswer
from unstuck.record.events.probe.behaviour import SequenceReach
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True)
class TargetInInput(Rule[DatasetView | ProbeView]):
    """An input holds the answer: the network copies it, and fails where the answer is not yet known.

    ## What it measures

    Of tables: how well a decision tree on one column alone predicts the target, out of fold. Of sequences of tokens
    with a class each: how well the presence of one token for each class tells the class. Of sequences with target
    sequences: at which shift the target repeats the input. Of a network for sequences, before training: whether the
    outputs change when a later position is exchanged.

    ## Why it hurts

    A column that is made from the target (its code, its text, a sum that contains it, something that is only known
    afterwards) gives a perfect score in training and on held-out data, and none in use. A target sequence that repeats
    its input at the same or an earlier position is copied, not predicted.

    ## How it decides

    The column's score is above the threshold, its error is a small part of the error of a constant prediction, and all
    columns that do not hold the same answer are clearly worse. Of classes, the lower bound of the accuracy counts too,
    and the next column is worse beyond chance: on few examples, or few of a rare class, an honest feature scores as
    high by luck. A column with exactly one value for each class needs neither. Where an example may have several
    labels, each may have a feature of its own, such as a word: there the column must tell the label nearly always.
    Tokens are judged in the same way, where the other tokens say something about the class as well: else to find that
    token is the task. A sequence: the target equals the input at the same or an earlier position nearly everywhere. The
    input shifted the other way is what a language model predicts, and fine, unless the network sees the later
    positions: a causal mask is missing.

    ## Example

    ```python
    frame["risk"] = frame["default"].map({0: "low", 1: "high"})   # the target `default` by another name
    ```

    ## Remedies

    Drop the column. Shift the targets: `inputs, targets = x[:, :-1], x[:, 1:]`.

    ## Known limits

    A column that holds the answer together with much noise predicts no better than an honest feature, and is not
    found. A label that one measurement really decides is reported too: say so with `--ignore DAT118`.

    ## References

    Kaufman, Rosset, Perlich, *Leakage in data mining: formulation, detection, and avoidance* (2012).
    """

    code: ClassVar[str] = "DAT118"
    name: ClassVar[str] = "target-in-input"
    severity: ClassVar[Severity] = Severity.ERROR
    subjects: ClassVar[tuple[type[View], ...]] = (DatasetView, ProbeView)
    of_runs: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("sequence_reach",)
    figures: ClassVar[tuple[str, ...]] = ("data_columns.values",)

    accuracy: float = threshold(
        0.975, unit="accuracy of one column", source="above the best honest column of 32 data sets (0.953)"
    )
    variance: float = threshold(
        0.98, unit="share of the variance", source="above the best honest column of 32 data sets (0.941)"
    )
    least: float = threshold(
        0.953, unit="accuracy of one column", source="lower bound (95 %): the best honest column of 32 data sets"
    )
    rare: float = threshold(5, unit="examples outside the most frequent class", source="fewer may coincide")
    of_constant: float = threshold(
        0.25, unit="× the error of a constant prediction", source="rare classes: mammography's best column has 0.8"
    )
    of_one_of_several: float = threshold(
        0.02, unit="× the error of a constant prediction",
        source="of several labels: a word tells its translation with 0.04 to 0.1",
    )  # fmt: skip
    ahead: float = threshold(2.0, unit="× its error: error of the next column", source="several such are features")
    apart: float = threshold(
        2.33, unit="standard errors", source="between the errors of this and the next column: 1 % by chance, one-sided"
    )
    future: float = threshold(1e-3, unit="change of earlier outputs / of later ones", source="rounding: 1e-6")
    copied: float = threshold(0.975, unit="share of positions", source="as for the accuracy of one column")

    def check(self, view: DatasetView | ProbeView) -> Iterator[Finding]:
        """The columns that hold the answer, the best first; then sequences that repeat their input."""
        if isinstance(view, ProbeView):
            yield from self._looks_ahead(view)
            return
        columns, sequence = view.of(ColumnAnswer), view.one(SequenceAnswer)
        if not columns and sequence is None:
            raise TooLittle("a target that could be compared with the inputs")
        several = view.split.task is Task.MULTI_LABEL
        answers = [event for event in columns if self._is_answer(event, several=several)]
        for event in answers:
            yield self._column(view, event, len(answers))
        if sequence is not None and sequence.agreement >= self.copied and sequence.lag <= 0:
            yield self._sequence(view, sequence)

    def _looks_ahead(self, view: ProbeView) -> Iterator[Finding]:
        """A network for sequences whose target is the next token, and whose outputs depend on it."""
        event = view.one(SequenceReach)
        if event is None or not (event.shifted or event.same):
            raise TooLittle("a target that is the next token of the input")
        if not event.shifted or event.future <= self.future:
            return
        where = f", from layer `{event.layer}` on" if event.layer else ""
        yield self.finding(
            f"outputs depend on later positions, by {share(event.future)} of what a position changes from itself on, "
            "and "
            f"the target of each of {event.positions} positions is the input at the next one{where}",
            view=view, place=view.layer_place(event.layer),
            evidence=(
                Evidence(key="future", label="change of outputs before a position / from it on", value=event.future,
                         threshold=self.future),
            ),
            remedies=(_MASK,),
        )  # fmt: skip

    def _is_answer(self, event: ColumnAnswer, *, several: bool) -> bool:
        error, constant = 1 - event.score, 1 - event.majority
        needed = self.accuracy if event.is_accuracy else self.variance
        if event.score < needed or error > self.of_constant * constant or not self._is_sure(event):
            return False
        if several and error > self.of_one_of_several * constant:
            return False
        following = 1 - event.next_score
        return following >= self.ahead * error and following > min(1 - needed, self.of_constant * constant)

    def _is_sure(self, event: ColumnAnswer) -> bool:
        """Whether the accuracy is no luck on few examples."""
        constant, rows = 1 - event.majority, event.looked_at
        if not event.is_accuracy or (event.one_to_one and constant * rows >= self.rare):
            return True
        wrong, others = (1 - event.score) * rows, (1 - event.next_score) * rows
        apart = others - wrong >= self.apart * (others + wrong) ** 0.5
        least = event.score if event.least_accuracy is None else event.least_accuracy
        return apart and least >= max(self.least, 1 - self.of_constant * constant)

    def _column(self, view: DatasetView, event: ColumnAnswer, columns: int) -> Finding:
        what = f"an accuracy of {share(event.score)}" if event.is_accuracy else f"{share(event.score)} of the variance"
        how = "has one value for each target" if event.one_to_one else f"alone reaches {what}"
        others = f"the next column {share(event.next_score)}" if event.next_column else (
            f"a constant prediction {share(event.majority)}"
        )
        message = f"column `{event.column}` {how}: it holds the target `{event.target}` ({others})"
        if event.tokens:
            message = (
                f"the tokens {event.column}, one for each class, reach {what}: they hold the target `{event.target}` "
                f"(the next best tokens {share(event.next_score)})"
            )
        return self.finding(
            message, view=view, place=view.place(None if event.tokens else event.column),
            evidence=(
                Evidence(key="column_accuracy", label="score of the column alone, out of fold", value=event.score,
                         threshold=self.accuracy if event.is_accuracy else self.variance),
                Evidence(key="majority_share", label="score of a constant prediction", value=event.majority),
                Evidence(key="next_accuracy", label="score of the next column", value=event.next_score),
                Evidence(key="columns", label="columns that hold the answer", value=float(columns)),
            ),
            remedies=(_drop_tokens(event) if event.tokens else _drop_column(event, view),),
        )  # fmt: skip

    def _sequence(self, view: DatasetView, event: SequenceAnswer) -> Finding:
        where = "the same position" if event.lag == 0 else f"{-event.lag} before"
        return self.finding(
            f"the target sequence is the input at {where} in {share(event.agreement)} of the positions: "
            "it can be copied",
            view=view, place=view.place(),
            evidence=(
                Evidence(key="copied_share", label="positions at which the target is the input", value=event.agreement,
                         threshold=self.copied, unit="share"),
                Evidence(key="lag", label="shift of the input against the target", value=float(event.lag),
                         unit="positions"),
            ),
            remedies=(
                Remedy(
                    name="shift-targets", applicability=Applicability.MANUAL,
                    text="Predict the next position: shift the targets by one against the inputs.",
                    code="inputs, targets = x[:, :-1], x[:, 1:]",
                ),
            ),
        )  # fmt: skip


def _drop_column(event: ColumnAnswer, view: DatasetView) -> Remedy:
    return Remedy(
        name="drop-column", applicability=Applicability.TRIAL if view.of_run else Applicability.MANUAL,
        text=f"Drop the column `{event.column}`, unless it is known before the target is.",
        code=f'frame = frame.drop(columns="{event.column}")',
    )  # fmt: skip


def _drop_tokens(event: ColumnAnswer) -> Remedy:
    return Remedy(
        name="drop-tokens", applicability=Applicability.MANUAL,
        text=f"Take the tokens {event.column} out of the sequences, unless they are known before the target is.",
        code="tokens = [token for token in tokens if token not in answers]",
    )  # fmt: skip


_MASK = Remedy(
    name="causal-mask",
    text="Hide later positions from earlier ones.",
    applicability=Applicability.MANUAL,
    code="mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1])\nencoder(x, mask=mask, is_causal=True)",
)
