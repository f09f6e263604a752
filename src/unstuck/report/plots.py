"""The figures of a run as matplotlib axes: what `run.plot` gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from unstuck.analysis.run.training import trainings
from unstuck.core.errors import UsageError
from unstuck.core.trial_verdict import by_importance
from unstuck.figures.experiment_curves import experiment_curves
from unstuck.figures.gradient_norm import gradient_norm
from unstuck.figures.layer_curves import layer_curves
from unstuck.figures.layers import COLUMNS
from unstuck.figures.learning_curve import learning_curve
from unstuck.figures.learning_rate import learning_rate
from unstuck.show import proofs
from unstuck.show.matplotlib import draw

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes

    from unstuck.analysis.run.training import Training
    from unstuck.core.diagnosis import Diagnosis
    from unstuck.core.experiment import Trial
    from unstuck.core.figure import Figure
    from unstuck.record.reader import Record

QUANTITIES = {"update_ratio": 0, "gradient_norm": 1, "dead_units": 2}
"""name of a quantity → its position in `COLUMNS`"""


@dataclass(frozen=True, slots=True)
class Plots:
    """Each method draws one figure, on ``ax`` or on new axes, and returns the axes.

    The record is read at each call: a run that still goes on is drawn up to now.
    """

    read: Callable[[], Record]
    judge: Callable[[], tuple[Record, Diagnosis]]

    def learning_curve(self, ax: Axes | None = None, *, training: int = 0, log: bool = False) -> Axes:
        """Every loss over the steps, and the baseline loss."""
        record, diagnosis = self.judge()
        chosen = _chosen(record, training)
        summary = next((one for one in diagnosis.trainings if one.training == chosen.number), None)
        return draw(learning_curve(chosen, summary, log=log), ax)

    def learning_rate(self, ax: Axes | None = None, *, training: int = 0) -> Axes:
        """The learning rate of every optimiser."""
        return _drawn(learning_rate(_chosen(self.read(), training)), "no optimiser made a step", ax)

    def gradient_norm(self, ax: Axes | None = None, *, training: int = 0) -> Axes:
        """The norm of the whole gradient at the sampled steps."""
        return _drawn(gradient_norm(_chosen(self.read(), training)), "no step was sampled", ax)

    def layers(self, quantity: str = "update_ratio", ax: Axes | None = None, *, training: int = 0) -> Axes:
        """One quantity of every layer: ``update_ratio``, ``gradient_norm`` or ``dead_units``."""
        column = QUANTITIES.get(quantity)
        if column is None:
            raise UsageError(f"There is no plot of {quantity!r} by layer. Choose one of {', '.join(QUANTITIES)}.")
        figure = layer_curves(_chosen(self.read(), training), column)
        return _drawn(figure, f"no layer has sampled values of {COLUMNS[column].name}", ax)

    def experiment(self, change: str | None = None, ax: Axes | None = None) -> Axes:
        """The loss without a change and with it; by default of the experiment with the clearest effect."""
        diagnosis = self.judge()[1]
        trial = _trial(diagnosis, change)
        summary = proofs.summary_of(trial, diagnosis)
        figure = experiment_curves(trial, summary.baseline_loss if summary else None)
        return _drawn(figure, f"the curves of {trial.title} were not kept", ax)


def _chosen(record: Record, number: int) -> Training:
    known = trainings(record)
    if not known:
        raise UsageError(f"Nothing to plot: {record.name} has no training.")
    if not 0 <= number < len(known):
        raise UsageError(f"{record.name} has no training {number}. It has {len(known)}, counted from 0.")
    return known[number]


def _trial(diagnosis: Diagnosis, change: str | None) -> Trial:
    measured = by_importance(diagnosis.experiments) if diagnosis.experiments is not None else ()
    if not measured:
        raise UsageError(f"Nothing to plot: {diagnosis.run} has no experiments. Run `unstuck verify {diagnosis.run}`.")
    if change is None:
        return measured[0]
    named = {trial.title: trial for trial in reversed(measured)}
    if change not in named:
        raise UsageError(f"{diagnosis.run} has no experiment {change!r}. It has {', '.join(reversed(named))}.")
    return named[change]


def _drawn(figure: Figure | None, missing: str, ax: Axes | None) -> Axes:
    if figure is None:
        raise UsageError(f"Nothing to plot: {missing}.")
    return draw(figure, ax)
