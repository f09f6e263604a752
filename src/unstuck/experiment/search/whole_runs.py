"""Changes that make the run longer: they are compared with the whole run, and come last because they take longest."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from unstuck.core.experiment import PAIRS, Reason, TrialVerdict
from unstuck.experiment.branch.end import End
from unstuck.experiment.held_out import evaluations
from unstuck.experiment.search.settings import WHOLE_RUN_SLACK
from unstuck.experiment.search.trials import judge, untried

if TYPE_CHECKING:
    from unstuck.experiment.search.candidates import Candidate
    from unstuck.experiment.search.search_state import Ledger, Plan


def in_whole_runs(ledger: Ledger) -> Plan[None]:
    """Try each change that makes the run longer, where there is time for whole runs."""
    situation, pace = ledger.situation, ledger.history.pace(())
    whole = replace(ledger.limits, steps=2 * situation.of_steps)  # it ends by itself, after its last evaluation
    for one in [one for one in ledger.candidates if one.intervention.lengthens > 1]:
        seconds = WHOLE_RUN_SLACK * pace * situation.of_steps * (1 + one.intervention.lengthens)
        needed = PAIRS * seconds / situation.workers
        if not situation.whole:
            untried(ledger, one, Reason.RUN_CUT)
        elif ledger.verified and not situation.asked:
            untried(ledger, one, Reason.NOT_NEEDED)
        elif needed > ledger.left:
            untried(ledger, one, Reason.NEEDS_WHOLE_RUNS, budget_needed=ledger.spent + needed)
        else:
            with ledger.limited(replace(whole, seconds=2 * seconds)):
                yield from _compared(ledger, one)


def _compared(ledger: Ledger, one: Candidate) -> Plan[None]:
    changes = (one.intervention,)
    yield from ledger.run_first([()])
    control = ledger.history.branch(())
    if control is None or control.ended == End.SECONDS or not ledger.has_run(((), 0)):  # the script's end was not seen
        untried(ledger, one, Reason.BUDGET_SPENT)
        return
    if not evaluations(control.record, ledger.history.training):
        untried(ledger, one, Reason.NO_HELD_OUT_LOSS)
        return
    for seeds in (range(1), range(1, PAIRS)):
        yield from ledger.ensure((each, seed) for seed in seeds for each in ((), changes))
        trial = judge(ledger, (), one)
        if trial.effect is None or not trial.effect.promising:
            return
    if trial.verdict is TrialVerdict.VERIFIED:
        ledger.verified = ledger.verified or changes
