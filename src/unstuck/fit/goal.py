"""What success is: a metric with a threshold, and sometimes a condition beside it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from unstuck.core.data_types import Task
from unstuck.core.errors import UsageError
from unstuck.core.words import number

CLASSES = (Task.BINARY, Task.MULTI_CLASS)
EXAMPLES = '"recall>=0.9 @ precision>=0.5", "f1>=0.9", "accuracy>=0.95 @ coverage>=0.8" or "rmse<=2"'


class About(NamedTuple):
    """A metric that a goal may name."""

    title: str
    tasks: tuple[Task, ...]
    higher_is_better: bool = True
    bounded: bool = True
    """between 0 and 1"""


METRICS: Mapping[str, About] = {
    "accuracy": About("accuracy", (*CLASSES, Task.MULTI_LABEL)),
    "balanced_accuracy": About("balanced accuracy", CLASSES),
    "f1": About("F1", (*CLASSES, Task.MULTI_LABEL)),
    "precision": About("precision", CLASSES),
    "recall": About("recall", CLASSES),
    "coverage": About("coverage", CLASSES),
    "auroc": About("AUROC", CLASSES),
    "average_precision": About("average precision", (Task.BINARY,)),
    "log_loss": About("log loss", CLASSES, False, False),
    "rmse": About("RMSE", (Task.REGRESSION,), False, False),
    "mae": About("MAE", (Task.REGRESSION,), False, False),
    "r2": About("R²", (Task.REGRESSION,), True, False),
}
SHORT = {"acc": "accuracy", "auc": "auroc", "roc_auc": "auroc", "ap": "average_precision", "r²": "r2",
         "logloss": "log_loss", "sensitivity": "recall"}  # fmt: skip
CONDITIONS: Mapping[str, tuple[str, ...]] = {
    "precision": ("recall",), "recall": ("precision",), "coverage": ("accuracy",),
}  # fmt: skip
"""what may stand behind the @, and what before it"""
_CLAUSE = re.compile(r"^\s*([A-Za-z_][\w² ]*?)\s*(>=|<=|>|<|=|≥|≤)\s*([-+]?[\d.]+(?:[eE][-+]?\d+)?)\s*(%?)\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A metric and its threshold; whether it is a least or a most follows from the metric."""

    metric: str
    threshold: float

    @property
    def about(self) -> About:
        """The metric."""
        return METRICS[self.metric]

    def met(self, value: float) -> bool:
        """Whether a value is good enough."""
        return value >= self.threshold if self.about.higher_is_better else value <= self.threshold

    def __str__(self) -> str:
        return f"{self.about.title} {'≥' if self.about.higher_is_better else '≤'} {number(self.threshold)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What is to be reached: ``first``, where ``at`` holds."""

    first: Clause
    at: Clause | None = None
    open: bool = False
    """nobody gave a threshold: as good as possible"""

    @property
    def title(self) -> str:
        """What is compared."""
        return self.first.about.title + (f" at {self.at}" if self.at else "")

    def __str__(self) -> str:
        return f"{self.first.about.title} as good as possible" if self.open else (
            f"{self.first}{f' at {self.at}' if self.at else ''}"
        )

    def check(self, task: Task) -> None:
        """Refuse metrics that do not fit the task.

        Raises:
            UsageError: one of them.
        """
        for clause in filter(None, (self.first, self.at)):
            if task not in clause.about.tasks:
                fitting = ", ".join(name for name, about in METRICS.items() if task in about.tasks)
                raise UsageError(
                    f"The goal asks for {clause.metric}, and the task is {task}. Metrics for it: {fitting}. Where the "
                    "task is told wrongly, say it with --task."
                )
        if self.at is not None and self.at.metric in ("precision", "recall") and task is not Task.BINARY:
            raise UsageError(f"{self.first.metric} @ {self.at.metric} is for two classes. The task is {task}.")


def parse_goal(text: str) -> Goal:
    """The goal that a text means.

    Raises:
        UsageError: it is none, a metric is unknown, or a threshold lies outside of the metric's range.
    """
    parts = text.split("@")
    if len(parts) > 2:
        raise UsageError(f"A goal has one condition behind @. Got {text!r}. Write {EXAMPLES}.")
    clauses = [_clause(part, text) for part in parts]
    first, at = clauses[0], clauses[1] if clauses[1:] else None
    if at is not None and first.metric not in CONDITIONS.get(at.metric, ()):
        allowed = ", ".join(f"{one} @ {name}" for name, ones in CONDITIONS.items() for one in ones)
        raise UsageError(f"{first.metric} @ {at.metric} is no goal that is known. Known are {allowed}. Got {text!r}.")
    if first.metric == "coverage":
        raise UsageError("Coverage alone is met by predicting everything. Write accuracy>=0.95 @ coverage>=0.8.")
    return Goal(first=first, at=at)


def _clause(part: str, text: str) -> Clause:
    found = _CLAUSE.match(part)
    if found is None:
        raise UsageError(f"The goal {text!r} cannot be read at {part.strip()!r}. Write {EXAMPLES}.")
    name = re.sub(r"\s+", "_", found[1].strip().lower())
    name = SHORT.get(name, name)
    if name not in METRICS:
        near = difflib.get_close_matches(name, METRICS, 1, 0.6)
        guess = f" Did you mean {near[0]}?" if near else ""
        raise UsageError(f"There is no metric {found[1].strip()!r}.{guess} Metrics: {', '.join(METRICS)}.")
    about, sign = METRICS[name], found[2]
    try:
        value = float(found[3]) / (100 if found[4] else 1)
    except ValueError as error:
        raise UsageError(f"{found[3]!r} in the goal {text!r} is no number. Write {EXAMPLES}.") from error
    if sign != "=" and (sign in (">=", ">", "≥")) != about.higher_is_better:
        better, right = ("high", ">=") if about.higher_is_better else ("low", "<=")
        raise UsageError(f"{about.title} is to be {better}: write {name}{right}{found[3]}. Got {part.strip()!r}.")
    if about.bounded and not 0 <= value <= 1:
        hint = f" Write {name}>={value / 100:g} or {name}>={value:g}%." if 1 < value <= 100 else ""
        raise UsageError(f"{about.title} lies between 0 and 1. Got {value:g}.{hint}")
    if not about.higher_is_better and value < 0:
        raise UsageError(f"{about.title} is never below 0. Got {value:g}.")
    if name == "r2" and value > 1:
        raise UsageError(f"R² is never above 1. Got {value:g}.")
    return Clause(metric=name, threshold=value)


def default_goal(metric: str) -> Goal:
    """As good as possible by a metric."""
    return Goal(first=Clause(metric=metric, threshold=1.0 if METRICS[metric].higher_is_better else 0.0), open=True)
