"""CRV103: training falls, held-out rises."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from unstuck.analysis.run.curves import Curve, Evaluation, Level, curve_of, epoch_length, evaluations, level, same_kind
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.record.schema import Kind
from unstuck.rules.rule import Rule, threshold

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Overfitting(Rule[TrainingView]):
    """From a turning point on, the network gets better on what it has seen and worse on what it has not.

    ## What it measures

    The held-out loss at each evaluation, smoothed over three, where it is lowest, how far it has risen since; and
    the training loss then and at the end.

    ## Why it hurts

    What is learned after the turn is the training set by heart. The network at the end is worse than one that
    the run had already found.

    ## How it decides

    Five evaluations or more of the same kind of loss. The lowest lies before the last fifth of the run; since then
    the loss has risen beyond its own noise and by more than 10 % both of its fall until there and of its lowest
    value, while the training loss fell further. Where the weights were set back afterwards to those of the best
    evaluation, it is told as a note.

    ## Example

    ```python
    for epoch in range(500):   # 90 examples, 40,000 parameters: held-out loss 0.35 at epoch 20, 0.9 at the end
    ```

    ## Remedies

    Keep the state of the lowest held-out loss. Then: more data or augmentation, weight decay, dropout, a smaller
    network.

    ## Known limits

    The loss may rise while the accuracy still grows: the network then becomes too sure of its mistakes. Held-out
    sets of a few dozen examples turn by chance, which only more of them can tell.

    ## References

    Prechelt: Early stopping, but when? (1998); Guo et al.: On calibration of modern neural networks (2017).
    """

    code: ClassVar[str] = "CRV103"
    name: ClassVar[str] = "overfitting"
    severity: ClassVar[Severity] = Severity.WARNING
    explained_by: ClassVar[tuple[str, ...]] = ("DAT103", "DAT111", "SPL102", "SCL104")
    needs: ClassVar[tuple[str, ...]] = ("loss", "eval_loss")
    figures: ClassVar[tuple[str, ...]] = ("turn.overfitting",)
    common_in_searches: ClassVar[bool] = True

    evaluations: int = threshold(5, unit="evaluations", source="fewer show no turn")
    rise: float = threshold(0.1, unit="share of the fall, and of the lowest value", source="docs/log.md")
    sigmas: float = threshold(4.0, unit="standard errors", source="the lowest of many is low by chance too")
    late: float = threshold(0.8, unit="share of the run", source="patience of early stopping lies within the rest")
    gain: float = threshold(0.1, unit="share of the training loss at the turn", source="docs/log.md")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """The held-out curve with the largest rise."""
        loss = view.training.loss
        if loss is None or not view.status.objective:
            return
        curve = curve_of(view.training, loss)
        found = [
            turn for one in evaluations(view.training)
            if len(one.x) >= self.evaluations and not one.trained_on and same_kind(one.function, loss.function)
            if (turn := self._turn(one, curve)) is not None
        ]  # fmt: skip
        if found:
            yield self._found(view, max(found, key=lambda turn: turn["rise"] / turn["low"]))

    def _turn(self, held: Evaluation, curve: Curve) -> dict[str, Any] | None:
        kept = np.isfinite(held.y)
        x, y = held.x[kept], held.y[kept]
        if len(y) < self.evaluations or x[-1] <= x[0]:
            return None
        smooth = _median_of_three(y)
        at = int(np.argmin(smooth))
        if at == len(y) - 1 or (x[at] - curve.x[0]) > self.late * (curve.x[-1] - curve.x[0]):
            return None
        tail = y[max(at + 1, len(y) - max(3, len(y) // 10)) :]
        end = level(tail)
        low, rise = float(smooth[at]), float(np.median(tail)) - float(smooth[at])
        scatter = float(np.std(np.diff(y, 2))) / math.sqrt(6) if len(y) > 4 else end.scatter
        bar = max(self.rise * (float(y[0]) - low), self.rise * abs(low), self.sigmas * scatter)
        then, last = _around(curve, x[at]), level(curve.between(0.9, 1.0))
        fell = then.value - last.value
        if rise <= bar or fell <= max(self.gain * abs(then.value), 3 * math.hypot(then.error, last.error)):
            return None
        return {"held": held, "x": float(x[at]), "low": low, "rise": rise, "bar": bar, "end": low + rise,
                "then": then.value, "last": last.value, "number": at}  # fmt: skip

    def _found(self, view: TrainingView, turn: dict[str, Any]) -> Finding:
        held: Evaluation = turn["held"]
        step = int(turn["x"])
        length = epoch_length(view.training)
        epoch = f" (epoch {max(1, round(step / length))})" if length is not None else ""
        restored = _restored(view, turn["x"])
        note = ", and the best state was kept" if restored else ""
        return self.finding(
            f"the held-out loss was lowest at step {step}{epoch}, {turn['low']:.4g}, and rose to {turn['end']:.4g}, "
            f"while the training loss fell from {turn['then']:.4g} to {turn['last']:.4g}{note}",
            view=view, place=Place(file=held.file, line=held.line) if held.file else view.loss_place(),
            used_at=view.loss_place(), first_step=step, severity=Severity.INFO if restored else None,
            evidence=(
                Evidence(label="rise of the held-out loss", value=turn["rise"], threshold=turn["bar"]),
                Evidence(label="lowest held-out loss", value=turn["low"]),
                Evidence(label="held-out loss at the end", value=turn["end"]),
                Evidence(label="step of the turn", value=float(step), unit="steps"),
                Evidence(label="training loss at the turn", value=turn["then"]),
                Evidence(label="training loss at the end", value=turn["last"]),
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
    """Level of the training loss about a moment: a twentieth of the run before it and after it."""
    span = float(curve.x[-1] - curve.x[0]) / 20
    near = curve.y[(curve.x >= x - span) & (curve.x <= x + span)]
    return level(near if len(near) else curve.y)


def _restored(view: TrainingView, turn: float) -> bool:
    """After the last backward the held-out loss was looked at once more, and was as low as at the turn."""
    loss = view.training.loss
    end = float(loss.index[-1]) + 1 if loss is not None else math.inf
    tape = view.training.part.tape
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
    text="Keep the state of the lowest held-out loss, and stop when it has not fallen for some evaluations.",
    applicability=Applicability.TRIAL,
    code="if held_out < best: best, state = held_out, copy.deepcopy(model.state_dict())",
)
