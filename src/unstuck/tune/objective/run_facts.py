"""What the record of a trial's run says: how it stands and why, its losses, its size."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from unstuck.analysis.run.curves import evaluations, same_kind
from unstuck.analysis.run.training import Training, trainings
from unstuck.core.errors import UnstuckError
from unstuck.record.reader import Record
from unstuck.record.schema import Kind
from unstuck.run import Run
from unstuck.tune.objective.outcome import Outcome, TrialStatus

LEAST_MEAN = 0.1
"""share of the training at its end whose mean is its last loss"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """In short."""

    verdict: str = ""
    answer: str = ""
    training_loss: float | None = None
    parameters: int | None = None


def outcome_of(status: TrialStatus, values: Sequence[float], path: Path, facts: RunFacts, message: str = "") -> Outcome:
    """What came of a trial, with what its (last) run says; no run where the path is empty."""
    return Outcome(
        status=status, values=tuple(values), message=message, record=str(path) if path.name else "",
        verdict=facts.verdict, answer=facts.answer, training_loss=facts.training_loss, parameters=facts.parameters,
    )  # fmt: skip


def why_diverged(values: Sequence[float], facts: RunFacts) -> str:
    """What the run says of a value that is not finite; the value alone where no training was seen; else nothing."""
    odd = next((value for value in values if not math.isfinite(value)), None)
    if odd is None:
        return ""
    return facts.answer if facts.training_loss is not None and facts.answer else f"the value is {odd}"


def facts_of(path: Path) -> RunFacts:
    """Of a run that has ended; nothing where its record says nothing."""
    try:
        run = Run(path)
        record, diagnosis = run.record, run.diagnose()
    except UnstuckError:
        return RunFacts()
    main = main_training(record)
    if main is None or main.loss is None:
        return RunFacts(verdict=str(diagnosis.verdict), answer=diagnosis.answer)
    last = main.loss.value[-max(1, round(LEAST_MEAN * len(main.loss.value))) :]
    from unstuck.record.events import Model

    sizes = [sum(math.prod(one.shape) for one in model.parameters) for model in main.of(Model)]
    return RunFacts(
        verdict=str(diagnosis.verdict), answer=diagnosis.answer, training_loss=float(last.mean()),
        parameters=sizes[-1] if sizes else None,
    )  # fmt: skip


def without_our_line(facts: RunFacts) -> RunFacts:
    """Without the line of the program that runs us: where our own loop trains, no line of the user's does."""
    program = Path(sys.argv[0]).name if sys.argv else ""
    return replace(facts, answer=re.sub(rf" \({re.escape(program)}:\d+\)", "", facts.answer)) if program else facts


def main_training(record: Record) -> Training | None:
    """The longest training of a run."""
    found = [one for one in trainings(record) if one.losses]
    return max(found, key=lambda one: len(one.losses[0].value), default=None)


def held_out_curve(record: Record) -> list[float]:
    """Held-out losses of the longest training, one for each evaluation that is over, in order.

    Of several sets that one with the highest loss at its end counts, for another may be what is trained on.
    """
    main = main_training(record)
    if main is None or main.loss is None:
        return []
    function = main.loss.function
    held = [one for one in evaluations(main) if not one.trained_on and same_kind(one.function, function) and len(one.x)]
    if not held:
        return []
    chosen = max(held, key=lambda one: float(one.y[-1]) if math.isfinite(one.y[-1]) else math.inf)
    rows = main.part.rows(Kind.BACKWARD)
    done = int(rows["index"][-1]) + 1 if len(rows) else 0
    over = record.manifest.ended is not None
    return [float(y) for x, y in zip(chosen.x, chosen.y, strict=True) if x > 0 and (over or x < done)]
