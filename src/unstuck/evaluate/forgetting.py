"""What a network forgets when its training goes on with new data (continual learning)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unstuck.core.errors import UsageError
from unstuck.core.figure import Axis, Bar, Bars
from unstuck.core.words import number
from unstuck.evaluate.call import evaluate
from unstuck.record.events.model.numbers import Compared
from unstuck.watch.directory import DEFAULT

if TYPE_CHECKING:
    from unstuck.run import Run

OLD, NEW = "old data", "new data"


@dataclass(frozen=True, kw_only=True)
class Task:
    """One set of held-out data, before and after the further training."""

    name: str
    metric: str
    before: float
    after: float
    low: float
    """95 % interval of the difference, by the paired bootstrap"""
    high: float
    examples: int
    run: Run

    @property
    def change(self) -> float:
        """After, less before."""
        return self.after - self.before


@dataclass(frozen=True, kw_only=True)
class Forgetting:
    """What is forgotten, task by task."""

    tasks: tuple[Task, ...]

    def __str__(self) -> str:
        return "\n".join(
            f"{one.name}: {one.metric} {one.before:.4f} before, {one.after:.4f} after ({one.change:+.4f} "
            f"[{one.low:+.4f}, {one.high:+.4f}]) on {one.examples} examples" for one in self.tasks
        )

    def figures(self) -> tuple[Bars, ...]:
        """One for each task."""
        return tuple(
            Bars(
                title=f"{one.name}: {one.metric} before and after", description=f"{one.examples} held-out examples.",
                x=Axis(label=one.metric, low=0.0, high=max(1.0, one.before, one.after)),
                bars=(Bar(name="before", value=one.before, note=number(round(one.before, 3))),
                      Bar(name="after", value=one.after, note=number(round(one.after, 3)), marked=one.high < 0)),
            )
            for one in self.tasks
        )  # fmt: skip


def forgetting(
    before: Any, after: Any, tasks: Mapping[str, Any], *, dir: Path | str = DEFAULT, **options: Any  # noqa: A002
) -> Forgetting:
    """Both networks on the same held-out examples of each task, such as ``{"old data": …, "new data": …}``.

    Args:
        before: the network before training went on.
        after: the same network after it.
        tasks: held-out data of each, as `unstuck.evaluate` takes it.
        dir: folder of the records, one for each task.
        options: of `unstuck.evaluate`.

    Raises:
        UsageError: something cannot be predicted, or there is no task.
    """
    if not tasks:
        raise UsageError("Give the held-out data of one task or more, such as {'old data': old, 'new data': new}.")
    found = []
    for name, data in tasks.items():
        run = evaluate(after, data, against=before, dir=dir, **({"baselines": False} | options))
        event = next(one for part in run.record.parts for one in part.of(Compared) if one.sort == "model")
        found.append(Task(
            name=name, metric=event.metric, before=event.other, after=event.value, low=event.low or 0.0,
            high=event.high or 0.0, examples=event.examples, run=run,
        ))  # fmt: skip
    return Forgetting(tasks=tuple(found))
