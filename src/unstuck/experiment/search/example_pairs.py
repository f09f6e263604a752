"""Changes that single held-out examples judge: whole runs, to the last evaluation that the script itself makes."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from unstuck.core.experiment import PAIRS, HeldOutFigure, Reason, TrialVerdict
from unstuck.core.row_numbers import from_words
from unstuck.experiment.branch.end import End
from unstuck.experiment.effect import LEVEL, student
from unstuck.experiment.held_out_examples import (
    NORMAL,
    Evaluated,
    Examples,
    Figures,
    as_scores,
    between_branches,
    examples_of,
    in_step,
    same_data,
    within_branch,
)
from unstuck.experiment.search.settings import WHOLE_RUN_SLACK
from unstuck.experiment.search.trials import judge_figures, untried

if TYPE_CHECKING:
    from unstuck.experiment.branch.branches import Branch
    from unstuck.experiment.score import Score
    from unstuck.experiment.search.candidates import Candidate
    from unstuck.experiment.search.search_state import Ledger, Plan


def in_example_pairs(ledger: Ledger) -> Plan[None]:
    """Try each change that single examples judge, in the order of their findings, as far as there is time."""
    wanted = [one for one in ledger.candidates if one.intervention.judged_by_examples]
    if not wanted:
        return
    limits = ledger.limits
    whole = replace(limits, steps=2 * ledger.situation.of_steps, seconds=4 * _seconds(ledger) + 5.0)
    with ledger.limited(whole):
        for one in wanted:
            runs = sum(not ledger.has_run(((), seed)) for seed in range(PAIRS))
            runs += 0 if one.intervention.trains_as_it_was else PAIRS
            rounds = math.ceil(runs / ledger.situation.workers)
            if not ledger.situation.whole:
                untried(ledger, one, Reason.RUN_CUT)
            elif (needed := rounds * _seconds(ledger)) > ledger.left:
                untried(ledger, one, Reason.NEEDS_WHOLE_RUNS, budget_needed=ledger.spent + needed)
            else:
                yield from _compared(ledger, one)


def _seconds(ledger: Ledger) -> float:
    """Of a whole run, among as many as run at a time."""
    whole = ledger.situation.seconds
    return WHOLE_RUN_SLACK * (ledger.history.pace(()) * ledger.situation.of_steps if whole is None else whole)


def _compared(ledger: Ledger, one: Candidate) -> Plan[None]:
    changes = () if one.intervention.trains_as_it_was else (one.intervention,)
    for seeds in (range(1), range(1, PAIRS)):
        yield from ledger.ensure((each, seed) for seed in seeds for each in dict.fromkeys(((), changes)))
        control = ledger.history.branch(())
        if control is None or control.ended == End.SECONDS or not ledger.has_run(((), 0)):
            untried(ledger, one, Reason.BUDGET_SPENT)
            return
        pairs = pairs_of(ledger, one)
        if not pairs:
            break
    scores = [pair.scores for pair in pairs if pair.scores is not None]
    trial = judge_figures(ledger, one, changes, scores, tuple(figures_of(pairs)), _why_none(ledger))
    if len(pairs) == 1 and not _same_data(ledger):
        trial = ledger.record((), one, replace(trial, verdict=TrialVerdict.NOT_TESTED, reason=Reason.OTHER_DATA))
    if trial.verdict is TrialVerdict.VERIFIED and changes and one.intervention.about_figure is None:
        ledger.verified = ledger.verified or changes


class Pair(NamedTuple):
    """One seed."""

    scores: tuple[Score, Score] | None
    figures: Mapping[str, Figures]
    split: str
    left_out: int


def pairs_of(ledger: Ledger, one: Candidate) -> list[Pair]:
    """Of the seeds that have run, and in which the rows are those of the first."""
    return [pair for seed in range(PAIRS) if (pair := _pair(ledger, one, seed)) is not None]


def _pair(ledger: Ledger, one: Candidate, seed: int) -> Pair | None:
    intervention = one.intervention
    control, score = ledger.history.branch((), seed), ledger.score((), seed)
    first = ledger.history.branch(())
    mine = _examples(control)
    of_first = _examples(first)
    if mine is None or of_first is None or score is None or not same_data(of_first, mine):
        return None
    split = str(getattr(intervention, "split", ""))
    evaluated = mine.named(split)
    if evaluated is None:
        return None
    if intervention.trains_as_it_was:
        rows = from_words(str(getattr(intervention, "rows", "")))
        figures = within_branch(evaluated, rows)
    else:
        treated = _examples(ledger.history.branch((intervention,), seed))
        other = treated.named(split) if treated is not None else None
        rows = tuple(ledger.situation.left_out.get(evaluated.name, ()))
        lag = intervention.held_out_lag
        figures = {} if other is None else between_branches(*in_step(evaluated, other, lag), rows)
    if "loss" not in figures:
        return None
    return Pair(as_scores(figures["loss"], score, PAIRS), figures, evaluated.name, _concerned(evaluated, rows))


def _concerned(evaluated: Evaluated, rows: Sequence[int]) -> int:
    return int((~evaluated.without(rows)).sum())


def _examples(branch: Branch | None) -> Examples | None:
    return examples_of(branch) if branch is not None and branch.ended != End.SECONDS else None


def _same_data(ledger: Ledger) -> bool:
    first = _examples(ledger.history.branch(()))
    others = [_examples(ledger.history.branch((), seed)) for seed in range(1, PAIRS)]
    return first is None or all(other is None or same_data(first, other) for other in others)


def _why_none(ledger: Ledger) -> tuple[Reason, str]:
    """Why there is no pair, if there is none: nothing evaluated, or no rows that are known."""
    control = ledger.history.branch(())
    examples = _examples(control)
    if examples is None and control is not None and control.why:
        return Reason.REFUSED, control.why
    if examples is None or not examples.held_out:
        return Reason.NO_HELD_OUT_LOSS, ""
    return Reason.NOTHING_TO_CHANGE, ""


def figures_of(pairs: Sequence[Pair]) -> Iterator[HeldOutFigure]:
    """Means over the pairs, with intervals over examples or over pairs, whichever is wider."""
    for quantity in ("accuracy", "loss"):
        found = [pair.figures[quantity] for pair in pairs if quantity in pair.figures]
        if not found:
            continue
        gains = [one.honest - one.printed for one in found]
        half = NORMAL * statistics.fmean(one.error for one in found)
        if len(gains) > 1:
            spread = statistics.stdev(gains) / math.sqrt(len(gains))
            half = max(half, student(1 - LEVEL / 2, len(gains) - 1) * spread)
        gain = statistics.fmean(gains)
        yield HeldOutFigure(
            quantity=quantity, split=pairs[0].split, without=statistics.fmean(one.printed for one in found),
            changed=statistics.fmean(one.honest for one in found), low=gain - half, high=gain + half,
            examples=found[0].examples, left_out=pairs[0].left_out,
        )  # fmt: skip
