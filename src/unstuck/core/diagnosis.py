"""What the rules make of one record: verdict, answer, ranked findings, and what became of every rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from unstuck.core.configuration import Configuration
from unstuck.core.experiment import Results
from unstuck.core.finding import Finding, Place
from unstuck.core.outcome import Outcome


class Verdict(StrEnum):
    """What came of the training; of a record without training, whether a fault was found."""

    STUCK = "stuck"
    """no better, beyond noise, than the constant baseline (without a baseline: than its own beginning)"""
    DIVERGED = "diverged"
    """non-finite, or worse than its beginning beyond noise"""
    LEARNING = "learning"
    """better than the constant baseline and still improving"""
    LEARNED = "learned"
    """better than the constant baseline, and level"""
    TOO_SHORT = "too-short"
    """too few steps to say"""
    NO_TRAINING = "no-training"
    """no backward was seen"""
    CLEAN = "clean"
    """nothing is trained here (a data set, a probe …), and no fault was found"""
    FAULTY = "faulty"
    """nothing is trained here, and a fault was found"""
    MEASURED = "measured"
    """nothing is trained here and nothing is judged: what simple models reach"""


GOOD = (Verdict.LEARNING, Verdict.LEARNED)
"""verdicts of a training that works"""


class Ended(StrEnum):
    """How the user's process ended."""

    FINISHED = "finished"
    EXCEPTION = "exception"
    INTERRUPTED = "interrupted"
    KILLED = "killed"
    RUNNING = "running"
    """not yet"""


OWN_END = frozenset({Ended.FINISHED, Ended.EXCEPTION})
"""nobody ended it on its way"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A finding at its place in the answer; ``explained_by`` names the code under which it is folded."""

    rank: int
    finding: Finding
    explained_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedFinding:
    """A finding that a comment in the user's source allows: no alarm, and not silent."""

    finding: Finding
    comment: Place
    """the line that allows it"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSummary:
    """One training of the run, in the terms of its own task."""

    training: int
    verdict: Verdict
    steps: int
    first_loss: float
    last_loss: float
    """mean over the last tenth of the steps"""
    best_loss: float
    baseline_loss: float | None
    baseline_answer: str
    """in words, for example "always predicting the class frequencies"; "" where there is none"""
    no_objective: str = ""
    """why the loss measures no progress; "" where it does"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """A pure function of a record and the rules."""

    run: str
    verdict: Verdict
    ended: Ended
    answer: str
    findings: tuple[Ranked, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    trainings: tuple[TrainingSummary, ...] = ()
    not_seen: tuple[str, ...] = ()
    """what the record could not see, one sentence each"""
    overhead: Mapping[str, float] = field(default_factory=dict)
    experiments: Results | None = None
    """what was tried on the run, where it was"""
    allowed: tuple[AllowedFinding, ...] = ()
    configuration: Configuration = field(default_factory=Configuration)
    """what the user has set about the rules"""
