"""Elimination: take out of a set what the rest does as well without, and prove what remains.

The same idea as delta debugging (Zeller and Hildebrandt 2002, "Simplifying and isolating failure-inducing input").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from unstuck.core.experiment import FEWEST_TELLING_STEPS, MOST_PAIRS, PAIRS, Trial, TrialVerdict
from unstuck.core.trial_verdict import is_scattered
from unstuck.experiment.search.group_testing import act_on_most_scripts
from unstuck.experiment.search.search_state import without
from unstuck.experiment.search.settings import LEAD_SHARE, LEAST_LEAD, MAX_CHANGES
from unstuck.experiment.search.trials import judge

if TYPE_CHECKING:
    from unstuck.experiment.interventions.building_blocks.intervention import Intervention
    from unstuck.experiment.search.history import Changes
    from unstuck.experiment.search.search_state import Ledger, Plan

VERIFIED = TrialVerdict.VERIFIED


class Elimination:
    """Finds the smallest part of a set that does as well, with each change verified on top of the others."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    def proved(self, changes: Changes) -> Plan[Changes]:
        """What of a set is needed, where that makes it learn and each change is verified on top of the others."""
        ledger = self.ledger
        if not ledger.gains(changes, ()):
            return ()
        less = yield from self._without_usual(changes)
        for length in list(self._lengths(less)):
            with ledger.limited(replace(ledger.limits, steps=length)):
                needed = yield from self._needed(less, changes)
                found = yield from self.all_verified(needed)
            if found:
                yield from ledger.run_first([found])
                if ledger.spares(found, changes):
                    return found
        return ()

    def all_verified(self, needed: Changes) -> Plan[Changes]:
        """It, or what is left of it without the changes that further pairs do not verify."""
        while 0 < len(needed) <= MAX_CHANGES and self.ledger.gains(needed, ()):
            verdicts = yield from self._verdicts(needed)
            doubtful = [one for one, verdict in verdicts.items() if verdict is not VERIFIED]
            if not doubtful:
                return needed
            if TrialVerdict.NOT_TESTED in verdicts.values() or len(needed) == 1:
                break
            needed = without(needed, doubtful[:1])
        return ()

    def without_needless(self, base: Changes) -> Plan[Changes]:
        """Take out, one after the other, what the rest does not need; not what was verified on top of the rest."""
        ledger = self.ledger
        trials = ledger.trials.items()
        verified = {(on, one.intervention) for (on, one), trial in trials if trial.verdict is VERIFIED}
        for one in base[:-1]:
            rest = tuple(other for other in base if other is not one)
            if (rest, one) in verified or one.held_out_only:
                continue
            yield from ledger.run_first([rest])
            needed = ledger.loses(rest, base)
            if needed is not None:
                base = base if needed else rest
        return base

    def _verdicts(self, needed: Changes) -> Plan[dict[Intervention, TrialVerdict]]:
        """The verdict on each change on top of the others."""
        ledger = self.ledger
        parts = {one: without(needed, (one,)) for one in needed}
        yield from ledger.ensure((whole, seed) for seed in range(PAIRS) for whole in (needed, *parts.values()))
        trials = {one: self._judged(one, rest, needed) for one, rest in parts.items()}
        scattered = [one for one, trial in trials.items() if is_scattered(trial)]
        if scattered:
            sets = (needed, *(parts[one] for one in scattered))
            yield from ledger.ensure((whole, seed) for seed in range(PAIRS, MOST_PAIRS) for whole in sets)
            trials |= {one: self._judged(one, parts[one], needed) for one in scattered}
        return {one: trial.verdict for one, trial in trials.items()}

    def _judged(self, one: Intervention, rest: Changes, whole: Changes) -> Trial:
        return judge(self.ledger, rest, self.ledger.candidate_of(one), among=len(whole), whole=whole)

    def _lengths(self, changes: Changes) -> Iterator[int]:
        """Steps of branches: first the fewest after which a set has most of its lead over the control, then whole."""
        ledger, whole = self.ledger, self.ledger.limits
        lead, steps = ledger.lead(changes), whole.steps
        while steps // 2 >= FEWEST_TELLING_STEPS:
            with ledger.limited(replace(whole, steps=steps // 2)):
                if ledger.lead(changes) < max(LEAST_LEAD, LEAD_SHARE * lead):
                    break
            steps //= 2
        if steps != whole.steps:
            yield steps
        yield whole.steps

    def _without_usual(self, changes: Changes) -> Plan[Changes]:
        """A set without the changes that act on most scripts, faulty or not, where it does as well."""
        ledger = self.ledger
        groups = [[one for one in some if not self._of_finding(one)] for some in act_on_most_scripts(changes)]
        fewer = [rest for some in groups if some and (rest := without(changes, some))]
        yield from ledger.run_first(fewer)
        spared = [rest for rest in fewer if ledger.spares(rest, changes)]
        if not spared:
            return changes
        least = tuple(one for one in changes if all(one in rest for rest in spared))
        if least:
            yield from ledger.run_first([least])
            if ledger.spares(least, changes):
                return least
        return spared[0]

    def _needed(self, changes: Changes, whole: Changes) -> Plan[Changes]:
        """What is left when everything has been taken out that the whole does as well without, the panel's first."""
        ledger, open_ = self.ledger, list(changes)
        while len(changes) > 1 and open_:
            less = {one: without(changes, (one,)) for one in open_}
            yield from ledger.run_first(list(less.values()))
            open_ = [one for one in open_ if ledger.spares(less[one], whole)]
            least = sorted(open_, key=lambda one: ledger.learned(less[one]))[-1:]
            for spare in (open_, [one for one in open_ if not self._of_finding(one)], least):
                rest = without(changes, spare)
                if not spare or not rest:
                    continue
                yield from ledger.run_first([rest])
                if ledger.spares(rest, whole):
                    changes, open_ = rest, [one for one in open_ if one not in spare]
                    break
            else:
                break
        return changes

    def _of_finding(self, one: Intervention) -> bool:
        """Whether it is the remedy of a finding."""
        return bool(self.ledger.candidate_of(one).codes)
