"""Verify a recorded run: plan the branches, search for the changes that make it learn."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from unstuck.analysis.run.training import trainings
from unstuck.core.diagnosis import OWN_END
from unstuck.core.errors import UsageError
from unstuck.core.experiment import FEWEST_TELLING_STEPS, Results
from unstuck.experiment.branch.branches import Branches
from unstuck.experiment.branch.origin import Origin
from unstuck.experiment.branch.same_start import different_start
from unstuck.experiment.pilot_branches import probed
from unstuck.experiment.sandbox.scratch_folder import scratch
from unstuck.experiment.score import WORST, score_of
from unstuck.experiment.search.branch_length import Pace, planned
from unstuck.experiment.search.candidates import Candidate, candidates, left_out
from unstuck.experiment.search.planner import Planner
from unstuck.experiment.search.runner import Runner, search
from unstuck.experiment.search.search_state import Situation, is_short
from unstuck.experiment.search.settings import (
    LONGEST_BUDGET,
    OF_UNKNOWN_LENGTH,
    PROMPT_STEPS,
    SHARE_BESIDE_EXAMPLES,
    SHORTEST_BUDGET,
)  # fmt: skip
from unstuck.record.manifest import RecordKind

if TYPE_CHECKING:
    from unstuck.core.diagnosis import Diagnosis
    from unstuck.record.reader import Record


def is_preflight(record: Record) -> bool:
    """Whether no more than the first steps of a program were made, so that nobody knows how long it is."""
    return record.manifest.kind is RecordKind.PROBE


def default_budget(record: Record) -> float:
    """As long as the run was, at most `LONGEST_BUDGET`; that where its length is not known."""
    if is_preflight(record):
        return LONGEST_BUDGET
    return min(LONGEST_BUDGET, max(SHORTEST_BUDGET, record.manifest.duration or SHORTEST_BUDGET))


def verify(
    record: Record,
    diagnosis: Diagnosis,
    *,
    budget: float | None = None,
    workers: int | None = None,
    wanted: Sequence[Candidate] | None = None,
    progress: Callable[[str], object] = lambda _: None,
) -> Results:
    """Try remedies on a recorded run, each as a controlled experiment.

    Args:
        record: the run; its program is started again, confined, with one thing changed at a time.
        diagnosis: what the rules make of it.
        budget: seconds of wall time; by default as long as the run was, at most two minutes.
        workers: branches at a time; by default as many as there are cores, at most four.
        wanted: what to try; by default the remedies of the findings, and the panel where the run has not learned.
        progress: told what is being tried.

    Raises:
        UsageError: the run cannot be started again, or has trained nothing and no finding says why.
    """
    origin = Origin.of(record)
    score = None if is_preflight(record) else score_of(record)
    tried = tuple(candidates(diagnosis, score.learned if score is not None else None) if wanted is None else wanted)
    budget = default_budget(record) if budget is None else budget
    if not Pace.of(record).steps and not any(one.codes for one in tried):  # a remedy may make it train at all
        raise UsageError(f"Nothing was trained in {record.name}, so there is nothing to try on it.")
    with scratch() as folder, Branches(origin, folder, default_workers() if workers is None else workers) as branches:
        branches.ready()
        return verify_in(branches, record, diagnosis, tried, budget, progress, asked=wanted is not None)


def default_workers() -> int:
    """One for each core, at most four."""
    return min(4, os.cpu_count() or 1)


def verify_in(
    branches: Branches, record: Record, diagnosis: Diagnosis, tried: Sequence[Candidate], budget: float,
    progress: Callable[[str], object], *, asked: bool,
) -> Results:
    """The same in processes that are ready."""
    pace, unknown = Pace.of(record), is_preflight(record)
    if unknown and pace.steps:
        pace = replace(pace, steps=OF_UNKNOWN_LENGTH)
    by_examples = [one for one in tried if one.intervention.judged_by_examples]
    branches.examples = bool(by_examples)
    alarmed = [ranked.finding.training for ranked in diagnosis.findings if ranked.finding.code in
               {code for one in tried for code in one.codes}]
    training = alarmed[0] if alarmed else None
    whole = None if unknown else score_of(record, training)
    pace = probed(branches, record, pace, budget).pace(pace)
    short = [one for one in tried if is_short(one)]
    share = SHARE_BESIDE_EXAMPLES if by_examples else 1.0
    limits = planned(pace, short, share * budget, branches.workers, asked=asked)
    if not short:  # nothing but whether it repeats
        limits = replace(limits, steps=min(limits.steps, FEWEST_TELLING_STEPS))
    alone = sum(bool(one.losses) for one in trainings(record)) == 1  # else a later one may hold what changes
    limits = replace(limits, prompt=PROMPT_STEPS if alone else 0)
    situation = Situation(
        candidates=tuple(tried), limits=limits, of_steps=pace.steps, budget=budget, workers=branches.workers,
        floor=whole.learned if whole is not None else WORST, asked=asked,
        whole=diagnosis.ended in OWN_END and not unknown, training=training,
        seconds=pace.setup + pace.steps * pace.step, left_out=left_out(diagnosis),
    )  # fmt: skip
    planner = Planner(situation)
    _, results = search(planner, Runner(branches, budget, progress))
    control = planner.ledger.history.branch(())
    if control is None or results.refused or not results.repeatable:  # starts that differ by chance tell nothing
        return results
    return replace(results, elsewhere=different_start(record, control.record))
