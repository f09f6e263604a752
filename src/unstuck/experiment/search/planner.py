"""The planner: which changes make a run learn? It proposes what to run next, and never runs anything itself.

Each change alone first; the best is kept and the rest tried on top of it, up to three; then what is not needed is taken
out. Faults that hide each other are found by `combinations`. A planner is a function of the reports that it is given:
`propose` is that function, `Planner.plan` the same step by step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from unstuck.experiment.branch.end import End
from unstuck.experiment.search.combinations import Combinations
from unstuck.experiment.search.elimination import Elimination
from unstuck.experiment.search.example_pairs import in_example_pairs
from unstuck.experiment.search.history import CONTROL, Request
from unstuck.experiment.search.repeatability import first_difference
from unstuck.experiment.search.search_results import branch_steps, does_not_repeat, results_of
from unstuck.experiment.search.search_state import Ledger
from unstuck.experiment.search.settings import (
    LONGER_BRANCH_SHARE,
    MAX_CONFIRMED,
    SECOND_LOOK_BRANCHES,
    SECOND_LOOK_FACTOR,
    WORTHWHILE_FACTOR,
)
from unstuck.experiment.search.single_changes import Rounds
from unstuck.experiment.search.whole_runs import in_whole_runs

if TYPE_CHECKING:
    from unstuck.core.experiment import Results
    from unstuck.experiment.branch.branches import Branch, Limits
    from unstuck.experiment.search.candidates import Candidate
    from unstuck.experiment.search.history import Changes, Report
    from unstuck.experiment.search.search_state import Plan, Situation


def propose(situation: Situation, reports: Sequence[Report]) -> Request | None:
    """What to run next, after these reports on what was proposed before; None where the search has ended.

    Pure: the same reports always lead to the same proposal.
    """
    plan = Planner(situation).plan()
    try:
        request = next(plan)
        for report in reports:
            request = plan.send(report)
    except StopIteration:
        return None
    return request


class Planner:
    """One search over the changes of one run, as a plan."""

    def __init__(self, situation: Situation) -> None:
        self.situation = situation
        self.ledger = Ledger(situation)
        self.rounds = Rounds(self.ledger)
        self.elimination = Elimination(self.ledger)
        self.combinations = Combinations(self.ledger, self.elimination)
        self.first_difference: int | None = None
        """backward call from which two controls differ"""
        self.steps = 0
        """backward calls of the branches that are shorter than the run may be; 0 before all of them have run"""

    def plan(self) -> Plan[None]:
        """Propose runs until the search has ended; `Ledger.verified` holds the best set at any time."""
        ledger, asked = self.ledger, self.situation.asked
        control = yield from self._controls()
        if control.ended == End.REFUSED or does_not_repeat(ledger, control):
            return
        remedies, panel = ([one for one in ledger.short if bool(one.codes) is cure] for cure in (True, False))
        ledger.verified = yield from self.rounds.in_turn((), remedies, most=len(remedies))
        yield from in_example_pairs(ledger)
        yield from self._look_longer()
        if not asked and not ledger.enough(ledger.verified):
            together = [one for one in remedies if not one.intervention.held_out_only]
            yield from self._together(together, panel)
            yield from self._look_longer()
            yield from self._remedies_on_top(remedies)
        if not asked and not ledger.verified:
            ledger.verified = yield from self.rounds.in_longer_pairs((), remedies)
        if not asked and not ledger.enough(ledger.verified):
            ledger.verified = yield from self.combinations.refined(ledger.verified)
        yield from self._panel_on_top(remedies, panel)
        ledger.verified = yield from self.elimination.without_needless(ledger.verified)
        yield from self.rounds.refute()
        self.steps = branch_steps(ledger) if ledger.short else 0
        yield from in_whole_runs(ledger)

    def results(self) -> Results:
        """Everything that was tried so far."""
        return results_of(self.ledger, self.first_difference, self.steps)

    def _controls(self) -> Plan[Branch]:
        """The control, run twice."""
        report = yield Request((CONTROL, CONTROL), self.ledger.limits, whatever_is_left=True)
        first, second = report.runs
        self.ledger.add_report(replace(report, runs=report.runs[:1]))
        self.first_difference = first_difference(first.branch, second.branch)
        return first.branch

    def _panel_on_top(self, remedies: Sequence[Candidate], panel: Sequence[Candidate]) -> Plan[None]:
        """Single changes of the panel on top of what is verified.

        They come after the remedies of findings: one that only helps may gain as much as the cure (clipping where
        gradients are never cleared).
        """
        ledger, asked = self.ledger, self.situation.asked
        while not ledger.enough(ledger.verified):
            before = ledger.verified
            more = yield from self.rounds.in_turn(before, panel, most=MAX_CONFIRMED, rounds=1)
            if more == before and not asked:
                more = yield from self.rounds.in_longer_pairs(before, ledger.short)
            if more == before:
                break
            ledger.verified = more
            yield from self._remedies_on_top(remedies)
            yield from self._look_longer()

    def _look_longer(self) -> Plan[None]:
        """See in one longer branch what the verified changes come to, before more is put on top of them."""
        ledger, base = self.ledger, self.ledger.verified
        more = any(self.rounds.is_open(one, base) for one in ledger.short)
        if not base or not more or base in ledger.longer or ledger.enough(base) or not ledger.has_run((base, 0)):
            return
        limits = ledger.longer_limits(base, 1, LONGER_BRANCH_SHARE)
        if limits.steps > ledger.limits.steps:
            with ledger.limited(limits):
                yield from ledger.run_first([base])
                score = ledger.score(base)
            if score is not None:
                ledger.longer[base] = score

    def _remedies_on_top(self, remedies: Sequence[Candidate]) -> Plan[None]:
        ledger = self.ledger
        if ledger.verified and not ledger.enough(ledger.verified):
            ledger.verified = yield from self.rounds.in_turn(ledger.verified, remedies, most=len(remedies))

    def _together(self, remedies: Sequence[Candidate], panel: Sequence[Candidate]) -> Plan[None]:
        """Faults that hide each other; where nothing shows, what is tried first once more in longer branches."""
        ledger, before = self.ledger, self.ledger.verified
        proved = yield from self.combinations.proved(before, remedies, panel)
        if proved:
            ledger.verified = self._better(before, proved)
            return
        limits = self._second_look()
        if before or not panel or limits is None:
            return
        with ledger.limited(limits):
            yield from ledger.run_first([()])
            best = yield from self.combinations.at_once((), remedies, panel)
            ledger.verified = yield from self.elimination.proved(best)

    def _better(self, base: Changes, other: Changes) -> Changes:
        """The other set where it gains what matters."""
        return other if self.ledger.gains(other, base) else base

    def _second_look(self) -> Limits | None:
        """Branches so much longer that as many as a second look takes fit into the time; None for not much longer."""
        ledger = self.ledger
        longer = ledger.longer_limits((), SECOND_LOOK_BRANCHES, 1.0)
        steps = min(longer.steps, SECOND_LOOK_FACTOR * ledger.limits.steps)
        return replace(longer, steps=steps) if steps >= WORTHWHILE_FACTOR * ledger.limits.steps else None
