"""The budget as a plan of trainings: made once from a measured step time, recorded, and followed without a clock."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from unstuck.core.errors import UsageError
from unstuck.core.words import count, duration
from unstuck.fit.settings import RUNGS
from unstuck.record.writer import write_whole

PLAN = "plan.json"
VERSION = 1
CHOICES = (
    (5, 2000), (5, 1000), (5, 500), (5, 250), (3, 1000), (3, 500), (3, 250), (1, 2000), (1, 1000), (1, 500), (1, 250),
)  # fmt: skip
"""folds and steps of a training, the best first"""
LEAST_STEPS, EPOCHS = 500, 100
"""steps that are enough on small data, and passes over it"""
ENOUGH = 12
"""trainings over all folds, with which no rung is left out"""
FEW = 6
"""with which a cross-validation is still worth more than further trainings on one held-out part"""
LEAST = 4
"""trainings that are worth more than longer ones"""
OVERHEAD = 1.25
"""of a training beyond its steps: looks at held-out data, copies, comparisons"""
USED = 0.85
"""share of what is left of the budget that is planned"""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How many trainings of which length each rung may make. One unit is a training on every fold."""

    request: str
    """digest of what was asked for"""
    seed: int
    budget: float
    """seconds that were asked for"""
    left: float
    """seconds of it that were left when the plan was made"""
    step_seconds: float
    """of the first network, measured once"""
    folds: int
    steps: int
    ramp: int
    regularise: int
    tune: int
    ensemble: int
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def units(self) -> int:
        """All of them, the first network included."""
        return 1 + self.ramp + self.regularise + self.tune + self.ensemble

    def __str__(self) -> str:
        how = f"{count(self.folds, 'fold')} of cross-validation" if self.folds > 1 else "one held-out part"
        return (
            f"a step takes {1000 * self.step_seconds:.2g} ms, so {duration(round(self.left))} suffice for "
            f"{count(self.units, 'training')} of {self.steps} steps on {how}: first network 1, ramp {self.ramp}, "
            f"regularisation {self.regularise}, tuning {self.tune}, ensemble {self.ensemble}"
        )

    def write(self, folder: Path) -> None:
        """Keep it."""
        write_whole(folder / PLAN, json.dumps({"version": VERSION, **asdict(self)}, indent=1) + "\n")


def read_plan(path: Path) -> Plan:
    """A plan that was kept.

    Raises:
        UsageError: the file holds none.
    """
    file = path / PLAN if path.is_dir() else path
    try:
        kept: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        kept.pop("version")
        return Plan(**kept)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UsageError(f"{file} holds no plan of a fit: {error}. Give the plan.json of a result.") from error


def make_plan(
    *, request: str, seed: int, budget: float, left: float, step_seconds: float, folds: int | None, rows: int,
    batch_size: int, versions: dict[str, str], grown: float = 1.5,
    rungs: Sequence[str] = RUNGS,
) -> Plan:  # fmt: skip
    """Share what is left of the budget.

    Args:
        request: digest of what was asked for.
        seed: of the fit.
        budget: seconds that were asked for.
        left: seconds of it that are left.
        step_seconds: of the first network.
        folds: that were asked for; None: by the data.
        rows: training examples.
        batch_size: of the first network.
        versions: of the libraries.
        grown: times the step time of the first network, that networks of later rungs take on average.
        rungs: that are climbed.

    Raises:
        UsageError: not even one training fits into it.
    """
    least = 0.15 * budget
    usable = USED * max(left, least)
    choices = [(f, s) for f, s in CHOICES if folds is None or f == min(folds, 5)] or [(folds or 1, 500)]
    longest = max(LEAST_STEPS, EPOCHS * rows // batch_size)
    choices = [(f, s) for f, s in choices if s <= longest] or choices
    if folds is None and rows > MANY_ROWS:
        choices = [(f, s) for f, s in choices if f == 1]
    made = [(f, s, int(usable / (f * s * step_seconds * OVERHEAD * grown))) for f, s in choices]
    crossed = [one for one in made if one[0] > 1]
    enough = (
        next((one for one in some if one[2] >= least), None)
        for some, least in ((crossed, ENOUGH), (crossed, FEW), (made, ENOUGH), (made, LEAST))
    )
    best = next(filter(None, enough), None) or max(made, key=lambda one: one[2] or -one[0] * one[1])
    number = best[2]
    if number < 1:
        need = budget - left + best[0] * best[1] * step_seconds * OVERHEAD * grown / USED
        raise UsageError(
            f"The budget of {duration(budget)} does not suffice for one training of the first network: "
            f"{count(best[1], 'step')} of {1000 * step_seconds:.3g} ms. Say --budget {need + 5:.0f}s or more."
        )
    parts = _shared(number - 1, rungs)
    return Plan(
        request=request, seed=seed, budget=budget, left=round(left, 1), step_seconds=step_seconds, folds=best[0],
        steps=best[1], versions=versions, **parts,
    )  # fmt: skip


SHARES = {"ramp": (0.3, 6), "regularise": (0.3, 8), "tune": (0.2, 16), "squeeze": (0.2, 4)}
"""of the trainings after the first, and how many at the most"""


def _shared(rest: int, rungs: Sequence[str]) -> dict[str, int]:
    """Trainings of each rung; what a rung that is left out would get is for the others."""
    whole = sum(share for name, (share, _) in SHARES.items() if name in rungs) or 1.0
    made = {
        name: min(most, round(share / whole * rest)) if name in rungs else 0 for name, (share, most) in SHARES.items()
    }
    if "tune" in rungs:
        made["tune"] = min(SHARES["tune"][1], max(0, rest - sum(n for name, n in made.items() if name != "tune")))
    made["ensemble"] = made.pop("squeeze")
    made["tune"] = made["tune"] if made["tune"] >= LEAST_TRIALS else 0
    return made


MANY_ROWS = 20_000
"""beyond which one held-out part says enough"""
LEAST_TRIALS = 3
"""of a search"""
