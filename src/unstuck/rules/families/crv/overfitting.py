"""CRV103: the training loss falls while the held-out loss rises."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from unstuck.analysis.run.curves import Curve, Evaluation, Level, curve_of, epoch_length, evaluations, level, same_kind
from unstuck.analysis.run.training import Series
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.record.schema import Kind
from unstuck.rules.needs_progress import needs_progress
from unstuck.rules.rule import Rule, TooLittle, threshold

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """A held-out curve that falls and then rises."""

    held_out: Evaluation
    x: float
    """backward calls before its lowest value"""
    lowest: float
    rise: float
    """from the lowest value to the end"""
    bar: float
    """the rise that noise allows"""
    train_then: float
    """training loss at the turn"""
    train_end: float

    @property
    def end(self) -> float:
        """Held-out loss at the end."""
        return self.lowest + self.rise


@dataclass(frozen=True)
class Overfitting(Rule[TrainingView]):
    """The training loss keeps falling, while the held-out loss rises again.

    ## What it measures

    The held-out loss at each evaluation (median of three neighbours): where it is lowest, and how far it has risen
    since. The training loss at that step and at the end.

    ## Why it hurts

    After the turning point the network memorises the training set. The final network is worse than one that the run
    already had.

    ## How it decides

    At least five evaluations with the same kind of loss are needed. The lowest value must lie before the last fifth of
    the run. From there the loss must have risen beyond its noise, and by more than 10 % both of its fall until there
    and of its lowest value, while the training loss fell further. If the weights of the best evaluation were restored
    afterwards, the finding is a note. Where the program computes no held-out loss, it is worked out from what the
    network answered, and the accuracy must have fallen too: by more than `fall` and two standard errors.

    ## Example

    ```python
    for epoch in range(500):   # 90 examples, 40,000 parameters: held-out loss 0.35 at epoch 20, 0.9 at the end
    ```

    ## Remedies

    Keep the weights with the lowest held-out loss. Then try more data or augmentation, weight decay, dropout or a
    smaller network.

    ## Known limits

    The held-out loss may rise while the accuracy still grows: the network then becomes overconfident in its mistakes.
    Held-out sets of a few dozen examples turn by chance; only more examples can show whether the turn is real.

    ## References

    Prechelt: Early stopping, but when? (1998); Guo et al.: On calibration of modern neural networks (2017).
    """

    code: ClassVar[str] = "CRV103"
    name: ClassVar[str] = "overfitting"
    severity: ClassVar[Severity] = Severity.WARNING
    explained_by: ClassVar[tuple[str, ...]] = ("DAT103", "DAT111", "SPL102", "SCL104")
    needs: ClassVar[tuple[str, ...]] = ("loss", "eval_loss")
    figures: ClassVar[tuple[str, ...]] = ("held_out_minimum.overfitting",)
    common_in_searches: ClassVar[bool] = True

    evaluations: int = threshold(5, unit="evaluations", source="fewer do not show a turn")
    rise: float = threshold(0.1, unit="share of the fall, and of the lowest value", source="docs/log.md")
    sigmas: float = threshold(4.0, unit="standard errors", source="the lowest of many values is low by chance too")
    late: float = threshold(0.8, unit="share of the run", source="the patience of early stopping lies within the rest")
    fall: float = threshold(0.01, unit="accuracy", source="less changes no decision")
    gain: float = threshold(0.1, unit="share of the training loss at the turn", source="docs/log.md")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """The held-out curve with the largest rise."""
        loss = view.training.loss
        needs_progress(view)
        if loss is None:
            return
        held_out = self._held_out(view, loss)
        if not held_out:
            raise TooLittle(f"{self.evaluations} evaluations of the same loss on held-out data")
        curve = curve_of(view.training, loss)
        turns = [turn for evaluation in held_out if (turn := self._turn(evaluation, curve)) is not None]
        if turns:
            yield self._report(view, max(turns, key=lambda turn: turn.rise / turn.lowest))

    def _held_out(self, view: TrainingView, loss: Series) -> list[Evaluation]:
        """The evaluations on held-out data that have enough finite values and are comparable with the training loss."""
        return [
            evaluation for evaluation in evaluations(view.training)
            if not evaluation.trained_on and same_kind(evaluation.function, loss.function)
            and np.isfinite(evaluation.y).sum() >= self.evaluations
        ]  # fmt: skip

    def _turn(self, held_out: Evaluation, curve: Curve) -> _Turn | None:
        finite = np.isfinite(held_out.y)
        x, y = held_out.x[finite], held_out.y[finite]
        if x[-1] <= x[0]:
            return None
        smooth = _median_of_three(y)
        at = int(np.argmin(smooth))
        if at == len(y) - 1 or (x[at] - curve.x[0]) > self.late * (curve.x[-1] - curve.x[0]):
            return None
        tail = y[max(at + 1, len(y) - max(3, len(y) // 10)) :]
        lowest, rise = float(smooth[at]), float(np.median(tail)) - float(smooth[at])
        scatter = float(np.std(np.diff(y, 2))) / math.sqrt(6) if len(y) > 4 else level(tail).scatter
        bar = max(self.rise * (float(y[0]) - lowest), self.rise * abs(lowest), self.sigmas * scatter)
        then, end = _around(curve, x[at]), level(curve.between(0.9, 1.0))
        fall = then.value - end.value
        if rise <= bar or fall <= max(self.gain * abs(then.value), 3 * math.hypot(then.error, end.error)):
            return None
        if held_out.accuracy is not None and not self._got_worse(held_out.accuracy[finite], at, held_out.looked_at):
            return None
        return _Turn(
            held_out=held_out, x=float(x[at]), lowest=lowest, rise=rise, bar=bar, train_then=then.value,
            train_end=end.value,
        )  # fmt: skip

    def _got_worse(self, accuracy: Array, at: int, examples: int) -> bool:
        """Whether the accuracy fell from the turn to the end: the program looks at nothing else."""
        then, end = float(np.median(accuracy[max(0, at - 1) : at + 2])), float(np.median(accuracy[-3:]))
        error = math.sqrt(max(then * (1 - then), end * (1 - end)) / max(1, examples))
        return then - end > max(self.fall, 2 * error)

    def _report(self, view: TrainingView, turn: _Turn) -> Finding:
        held_out, step = turn.held_out, int(turn.x)
        length = epoch_length(view.training)
        epoch = f", epoch {max(1, round(step / length))}" if length is not None else ""
        restored = _restored(view, turn.x)
        note = "; the best weights were restored" if restored else ""
        return self.finding(
            f"the held-out loss rose from {turn.lowest:.4g} (lowest, step {step}{epoch}) to {turn.end:.4g}, "
            f"while the training loss fell from {turn.train_then:.4g} to {turn.train_end:.4g}{note}",
            view=view, place=Place(file=held_out.file, line=held_out.line) if held_out.file else view.loss_place(),
            used_at=view.loss_place(), first_step=step, severity=Severity.INFO if restored else None,
            evidence=(
                Evidence(key="held_out_rise", label="rise of the held-out loss", value=turn.rise, threshold=turn.bar),
                Evidence(key="lowest_held_out_loss", label="lowest held-out loss", value=turn.lowest),
                Evidence(key="held_out_loss_at_end", label="held-out loss at the end", value=turn.end),
                Evidence(key="turning_step", label="step of the lowest held-out loss", value=float(step)),
                Evidence(key="loss_at_turn", label="training loss at that step", value=turn.train_then),
                Evidence(key="loss_at_end", label="training loss at the end", value=turn.train_end),
            ),
            remedies=(_REMEDY,),
        )


def _median_of_three(y: Array) -> Array:
    if len(y) < 3:
        return y
    padded = np.concatenate((y[:1], y, y[-1:]))
    middle: Array = np.median(np.stack([padded[:-2], padded[1:-1], padded[2:]]), axis=0)
    return middle


def _around(curve: Curve, x: float) -> Level:
    """Level of the training loss around a step: a twentieth of the run before it and after it."""
    span = float(curve.x[-1] - curve.x[0]) / 20
    near = curve.y[(curve.x >= x - span) & (curve.x <= x + span)]
    return level(near if len(near) else curve.y)


def _restored(view: TrainingView, turn: float) -> bool:
    """Whether an evaluation after the last backward call was as low as the one at the turn."""
    loss = view.training.loss
    end = float(loss.index[-1]) + 1 if loss is not None else math.inf
    tape = view.training.part.timeline
    for series in view.training.evals:
        after = tape["value"][
            (tape["kind"] == Kind.EVAL_LOSS) & (tape["source"] == series.id) & (tape["index"] >= end)
        ]  # fmt: skip
        before = series.value[series.index <= turn]
        if len(after) >= 2 and len(before) and float(after[-1]) < float(after[0]) and after[-1] <= before[-1] * 1.05:
            return True
    return False


_REMEDY = Remedy(
    name="stop-at-lowest-held-out-loss",
    text="Keep the weights with the lowest held-out loss, and stop when it has not fallen for several evaluations.",
    applicability=Applicability.MANUAL,
    code="if held_out < best: best, state = held_out, copy.deepcopy(model.state_dict())",
)
