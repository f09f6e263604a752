"""Experiments on objects: our own plain loop trains copies of them in branches, as a script is run again in others."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from unstuck.analysis.run.training import trainings
from unstuck.core.errors import UsageError
from unstuck.core.experiment import PAIRS, REPLAY, Reason, Results, Trial, TrialVerdict
from unstuck.experiment.branch.branches import Branches, Limits
from unstuck.experiment.branch.control_record import keep_as_run
from unstuck.experiment.branch.end import End
from unstuck.experiment.branch.objects import pack
from unstuck.experiment.branch.origin import KNOWN, Origin
from unstuck.experiment.results import keep
from unstuck.experiment.sandbox.scratch_folder import scratch
from unstuck.experiment.search.candidates import Candidate, candidates, panel
from unstuck.experiment.search.settings import LONGEST_BUDGET
from unstuck.experiment.verify import default_workers, verify_in
from unstuck.record.reader import Record
from unstuck.rules.engine import diagnose
from unstuck.watch.directory import make_directory

if TYPE_CHECKING:
    from unstuck.core.diagnosis import Diagnosis
    from unstuck.experiment.branch.branches import Branch
    from unstuck.experiment.branch.objects import Objects

NAME = "unstuck.experiment"
"""the program, as the record names it"""
BASELINE_SHARE = 0.25
"""of the budget, that one baseline may take: controls and treatments follow that are as long"""
TOLD_APART = 40
"""steps after which pairs of different seeds must no longer be the same"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be tried, and what it may cost."""

    wanted: Sequence[Candidate] | None = None
    """None for the remedies of the findings; the panel where there are none, or the run has not learned"""
    budget: float = LONGEST_BUDGET
    """seconds of wall time"""
    workers: int | None = None
    progress: Callable[[str], object] = lambda _: None


def replay(objects: Objects, base: Path, plan: Plan) -> Path:
    """Train copies of the objects with one change at a time; the record of the baseline, results beside it.

    Raises:
        UsageError: they cannot be copied or trained, or not twice in the same way.
    """
    workers = default_workers() if plan.workers is None else plan.workers
    with scratch() as folder:
        packed = folder / "packed"
        packed.mkdir()
        pickled = pack(objects, packed)
        libraries = tuple(sorted(name for name in KNOWN if name.encode() in pickled))
        origin = Origin("objects", str(packed), (), str(Path.cwd()), sys.executable, {}, libraries)
        with Branches(origin, folder, workers) as branches:
            branches.ready()
            plan.progress("the baseline, twice")
            baseline = _baseline(branches, objects.steps, plan.budget)
            path = keep_as_run(baseline, _about(), make_directory(base, Path(objects.file).stem))
            record = Record(path)
            diagnosis = diagnose(record)
            tried = proposed(diagnosis) if plan.wanted is None else tuple(plan.wanted)
            asked = plan.wanted is not None
            results = verify_in(branches, record, diagnosis, tried, plan.budget, plan.progress, asked=asked)
    keep(_whole(results, tried if asked else ()), path)
    return path


def _about() -> dict[str, object]:
    """For the manifest."""
    return {"argv": [NAME], "target": {"kind": "objects", "what": NAME}, "python": sys.executable}


def proposed(diagnosis: Diagnosis) -> tuple[Candidate, ...]:
    """The remedies of the findings, and the panel: where nothing was found, it is all that there is."""
    found = tuple(one for one in candidates(diagnosis) if one.intervention.lengthens == 1)  # the loop is ours
    return found or tuple(Candidate(intervention=one) for one in panel())


def _whole(results: Results, asked: Sequence[Candidate]) -> Results:
    """The results of this way, with a word on everything that was asked for."""
    told = {trial.title for trial in results.trials}
    left_out = tuple(
        Trial(
            title=one.title, names=(one.intervention.name,), verdict=TrialVerdict.NOT_TESTED,
            reason=Reason.BUDGET_SPENT,
        )
        for one in asked if one.title not in told
    )  # fmt: skip
    return replace(results, way=REPLAY, trials=(*results.trials, *left_out))


def _baseline(branches: Branches, steps: int, budget: float) -> Branch:
    """The training as it was given: run twice, and with other seeds, before anything is compared with it.

    Raises:
        UsageError: it does not train, does not repeat, or is the same with every seed.
    """
    limits = Limits(steps=steps + 1, seconds=max(10.0, BASELINE_SHARE * budget))
    short = replace(limits, steps=min(steps, TOLD_APART))
    first, second = branches.run_all([((), 0), ((), 0)], limits)
    _trained(first, limits)
    if _losses(first) != _losses(second):
        raise UsageError(
            "The baseline was run twice and came out differently, so no change can be compared with it. Something in "
            "the model, the loss or the data draws random numbers of its own (`os.urandom`, the time, a generator "
            "without a seed), or another thread decides. Seed it, or make it in a function that is given to us."
        )
    for other in branches.run_all([((), seed) for seed in range(1, PAIRS)], short):
        if _losses(other) == _losses(first)[: len(_losses(other))]:
            raise UsageError(
                f"The training is the same bit for bit with every seed, so {PAIRS} pairs would say no more than one. "
                "Give a function that makes the model, so that every pair has initial weights of its own, or a "
                "DataLoader with shuffle=True."
            )
    return first


def _trained(baseline: Branch, limits: Limits) -> None:
    """It came to its end, with losses.

    Raises:
        UsageError: it did not.
    """
    if baseline.ended == End.REFUSED:
        raise UsageError(f"Nothing could be tried: {baseline.why}.")
    if baseline.ended == End.SECONDS or (baseline.ended == End.KILLED and baseline.seconds > limits.seconds):
        raise UsageError(
            f"The baseline did not come to {limits.steps - 1} steps within {baseline.seconds:.0f} s, its share of the "
            "budget. Give fewer steps or a larger budget."
        )
    if baseline.ended != End.FINISHED:
        raise UsageError(f"The training does not run as it was given: {baseline.why}{_where(baseline)}.")
    if not _losses(baseline):
        raise UsageError("Nothing was trained: no loss was seen whose backward reaches a parameter.")


def _where(branch: Branch) -> str:
    """The last line of the user's code in its traceback."""
    try:
        lines = (branch.directory / "stderr").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    package = str(Path(__file__).resolve().parents[1])
    places = [line.strip() for line in lines if line.startswith("  File ") and package not in line]
    mine = [line for line in places if "site-packages" not in line and "<frozen" not in line]
    return f" ({mine[-1]})" if mine else ""


def _losses(branch: Branch) -> tuple[bytes, ...]:
    """Every training loss, bit for bit."""
    if branch.record.main is None:
        return ()
    values = [series.value for training in trainings(branch.record) for series in training.losses]
    return tuple(np.float64(math.nan if np.isnan(one) else one).tobytes() for some in values for one in some)
