"""``unstuck.fit(X, y, goal=…)`` as a function, and what it gives."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from unstuck.analysis.data.measure import Progress, silent
from unstuck.audit.call import settings_of
from unstuck.audit.splits import splits_of
from unstuck.fit.ladder import climb
from unstuck.fit.request import RESULT
from unstuck.fit.settings import BUDGET, FitSettings, seconds_of


class Fitted:
    """The result of a fit: a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __repr__(self) -> str:
        return f"Fitted({str(self.path)!r})"

    @property
    def result(self) -> dict[str, Any]:
        """Numbers: the test value, its interval, what is delivered and why."""
        found: dict[str, Any] = json.loads((self.path / RESULT).read_text(encoding="utf-8"))
        return found

    def predict(self, data: object) -> Any:
        """Predictions of new examples; see `unstuck.predict`."""
        from unstuck.fit.predict import predict

        return predict(self.path, data)


def fit(
    data: object,
    y: object = None,
    *,
    goal: str = "",
    target: str | int | Sequence[str] | None = None,
    test: object = None,
    budget: float | str = BUDGET,
    out: Path | str = "fit",
    task: str | None = None,
    types: Mapping[str, str] | None = None,
    group: str | None = None,
    time: str | None = None,
    header: bool | None = None,
    form: str | None = None,
    positive: str | None = None,
    network: str = "auto",
    folds: int | None = None,
    stop_early: bool = True,
    plan: Path | str | None = None,
    new: bool = False,
    seed: int = 0,
    quiet: bool = False,
    progress: Progress = silent,
) -> Fitted:
    """From data and a goal to a model that works: ``unstuck.fit(X, y, goal="f1>=0.9").predict(X_new)``.

    Args:
        data: as for `unstuck.audit`: a path, arrays, a frame.
        y: the labels of array data.
        goal: a metric with a threshold, such as ``recall>=0.9 @ precision>=0.5``; as good as possible by default.
        target: names of the target columns of a table, or their positions.
        test: test data; by default a fifth of the data is set aside.
        budget: seconds, or a text such as ``20m``.
        out: folder of the result; an interrupted fit in it goes on.
        task: as for `unstuck.audit`.
        types: of columns, by name.
        group: column of groups: none is in both parts of a split.
        time: column of time: what is predicted is later than what is learned from.
        header: whether text tables begin with the names of their columns.
        form: what one example is.
        positive: class that precision and recall are about; by default the rarer of two.
        network: ``dense``, ``convolution``, ``recurrent``; by the data by default.
        folds: of the cross-validation; 1 for one held-out part.
        stop_early: stop where a shallow model meets the goal, or nothing can be learned.
        plan: the ``plan.json`` of an earlier fit, to be followed again.
        new: begin afresh where ``out`` holds a fit.
        seed: of every random choice.
        quiet: print nothing.
        progress: called with what is being done and the share that is done.

    Raises:
        UsageError: it cannot be done; the message says what was expected.
    """
    reading = settings_of(target, task, types, form, group=group, time=time, header=header, look=0, seed=seed)
    settings = FitSettings(
        goal=goal, budget=seconds_of(budget) if isinstance(budget, str) else float(budget), seed=seed, out=Path(out),
        positive=None if positive is None else str(positive), network=network, folds=folds, stop_early=stop_early,
        plan=None if plan is None else Path(plan), new=new,
    )  # fmt: skip
    given = splits_of(data if y is None else (data, y), None, test)
    work = climb(given, reading, settings, (lambda _: None) if quiet else sys.stdout.write, progress)
    return Fitted(work.folder)
