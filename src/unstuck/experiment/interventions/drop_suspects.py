"""Examples that are suspect are left out: those that a finding lists, or whose labels the network doubts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from unstuck.core.row_numbers import from_words, in_words
from unstuck.core.vocabulary import LIKELIHOOD_LOSSES
from unstuck.core.words import count
from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    from unstuck.core.finding import Finding
    from unstuck.experiment.interventions.building_blocks.loss_call import LossCall
    from unstuck.experiment.interventions.building_blocks.stage import Stage

SOUND_FIRST = 0.25
"""share of a branch in which nothing is left out: networks learn what is consistent before they memorise the rest
(Arpit et al. 2017, "A Closer Look at Memorization in Deep Networks")"""


@dataclass(frozen=True)
class DropSuspects(Intervention):
    """The rows that a finding lists, of the training data: another row, drawn at random, takes the place of each.

    Without rows, suspect is an example while the network is sure of another class than its label. Sure as in confident
    learning (Northcutt, Jiang and Chuang 2021, section 3.1): the class has at least the mean probability that the
    network gives it on examples labelled so. Such examples drive nothing; the loss that is recorded is that of all. It
    rises, rightly, where labels are wrong: the held-out loss tells.
    """

    name: ClassVar[str] = "drop-suspects"
    remedies: ClassVar[tuple[str, ...]] = ("drop-suspects",)
    changes: ClassVar[str] = "examples that are suspect drive nothing"
    held_out_only: ClassVar[bool] = True

    rows: str = ""

    @classmethod
    def carrying_out(cls, remedy: str, finding: Finding | None = None) -> Iterator[Self]:
        """Of the rows that the finding lists."""
        if remedy in cls.remedies:
            examples = finding.examples if finding is not None else None
            yield cls(in_words(examples.indices) if examples is not None else "")

    @property
    def judged_by_examples(self) -> bool:
        """Where rows are known."""
        return bool(self.rows)

    @property
    def title(self) -> str:
        """``drop-suspects (37 rows)``."""
        return f"{self.name} ({count(len(from_words(self.rows)), 'row')})" if self.rows else self.name

    def install(self, stage: Stage) -> None:
        """Leave out the rows; without them, what the network doubts."""
        if self.rows:
            from unstuck.experiment.interventions.building_blocks.training_rows import TrainingRows, dropped

            rows = from_words(self.rows)
            TrainingRows(stage, lambda size: dropped(rows, size), "suspect rows replaced by others")
        else:
            leave_out_doubtful(stage)


def leave_out_doubtful(stage: Stage) -> None:
    """Learn what the network is sure of, and drive with the rest."""
    from unstuck.experiment.interventions.building_blocks.class_confidence import Confidence
    from unstuck.experiment.interventions.building_blocks.loss_call import reported_as

    known: dict[int, Confidence] = {}
    calls = 0

    def number(_: object) -> None:
        nonlocal calls
        calls += 1

    def drop(call: LossCall) -> Any:
        given, target = call.given, call.target
        numbers = given.dim() == 2 and target.dim() == 1 and not target.is_floating_point()
        if call.function not in LIKELIHOOD_LOSSES or not call.training or not numbers:
            return None
        ignored = int(call.arguments.get("ignore_index", -100))
        confidence = known.setdefault(given.shape[1], Confidence(given.shape[1]))
        suspects = confidence.doubts(given.detach().softmax(1), target, target != ignored)
        kept = (target != ignored) & ~suspects
        if calls <= SOUND_FIRST * stage.turn.length or not suspects.any() or not kept.any():
            return None
        stage.applied("batches with suspects left out")
        return reported_as(call.recorded(), call.changed(target=target.masked_fill(suspects, ignored)).unrecorded())

    stage.before_backward(number)
    stage.on_loss(drop)
