"""Faults that hide each other: changes that help only together, found by applying many at once.

If a learning rate is too low and a target has the wrong scale, neither change shows anything while the other is
missing, and a search that keeps what helps alone stops at its first step. Here the remedies of all findings are applied
together; where that does not suffice, all low-risk changes of the panel on top of them. What remains after the
elimination is *sufficient* only where each change in it is verified on top of the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from unstuck.core.experiment import MATERIAL, Reason
from unstuck.experiment.search.group_testing import group_of, low_risk, with_network_change
from unstuck.experiment.search.settings import (
    ENOUGH,
    LOW_RISK,
    MAX_CONFIRMED_SETS,
    MAX_FURTHER_SETTINGS,
    MAX_TOGETHER,
    NETWORK_CHANGES,
)
from unstuck.experiment.search.trials import untried

if TYPE_CHECKING:
    from unstuck.experiment.interventions.building_blocks.intervention import Intervention
    from unstuck.experiment.search.candidates import Candidate
    from unstuck.experiment.search.elimination import Elimination
    from unstuck.experiment.search.history import Changes
    from unstuck.experiment.search.search_state import Ledger, Plan


class Combinations:
    """The search among sets of which no change helps alone."""

    def __init__(self, ledger: Ledger, elimination: Elimination) -> None:
        self.ledger = ledger
        self.elimination = elimination

    def proved(self, base: Changes, remedies: Sequence[Candidate], panel: Sequence[Candidate]) -> Plan[Changes]:
        """The first promising set that can be proved: all remedies or low-risk changes, then other settings, then more.

        Empty where none can.
        """
        ledger, start = self.ledger, self._one_of_each(remedies)
        best = yield from self.at_once(base, remedies, panel)
        seen = {base, ()}
        if best not in seen and best != self._applied(start):
            seen.add(best)
            if found := (yield from self.elimination.proved(best)):
                return found
        joint = yield from self._of_remedies(remedies)
        if joint not in seen and ledger.floor_of(joint) >= ENOUGH:
            seen.add(joint)
            if found := (yield from self.elimination.proved(joint)):
                return found
        everything = yield from self._everything(joint or base, panel)
        for one in (ledger.best_of([joint, everything]), joint):
            if one not in seen:
                seen.add(one)
                if found := (yield from self.elimination.proved(one)):
                    return found
        if joint and not everything:
            for one in (yield from self._with_one_more(joint, panel)):
                if found := (yield from self.elimination.proved(one)):
                    return found
        return ()

    def at_once(self, base: Changes, remedies: Sequence[Candidate], panel: Sequence[Candidate]) -> Plan[Changes]:
        """The best of all remedies together and, where they do not suffice, all low-risk changes; empty for none."""
        ledger, start = self.ledger, self._one_of_each(remedies)
        run = yield from ledger.run_first([start] if start else [])
        known = [self._applied(each) for each in run]
        if not panel or any(ledger.floor_of(each) >= ENOUGH for each in known):
            return ledger.best_of(known)
        run = yield from ledger.run_first(low_risk(start or base, panel))
        return ledger.best_of([*known, *(self._applied(each) for each in run)])

    def refined(self, base: Changes) -> Plan[Changes]:
        """A set with another setting of one change, where that is verified and gains what matters."""
        ledger = self.ledger
        for at, one in enumerate(base):
            further = one.further()
            if further is None or ledger.floor_of(base) >= ENOUGH:
                continue
            more = (*base[:at], further, *base[at + 1 :])
            yield from ledger.run_first([base, more])
            if ledger.projected(more) >= ledger.projected(base) + MATERIAL:
                ledger.add_setting(one, further)
                verified = yield from self.elimination.all_verified(more)
                base = more if verified == more else base
        return base

    def _of_remedies(self, remedies: Sequence[Candidate]) -> Plan[Changes]:
        """All remedies together in their best settings, where that does no harm: not proved, to be built upon."""
        all_ = self._one_of_each(remedies)
        if not all_:
            return ()
        yield from self.ledger.run_first([all_])
        best = yield from self._with_other_settings(self._applied(all_), remedies)
        return best if self.ledger.loses(best, ()) is False else ()

    def _everything(self, base: Changes, panel: Sequence[Candidate]) -> Plan[Changes]:
        """All low-risk changes on top of a set, with one network change where that does more: not proved."""
        ledger = self.ledger
        run = yield from ledger.run_first(low_risk(base, panel))
        all_ = [self._applied(each) for each in run]
        best = ledger.best_of(all_)
        if best and ledger.floor_of(best) >= ENOUGH:
            return best
        bolder = with_network_change(best or max(all_, key=ledger.learned), panel)
        yield from ledger.run_first(bolder)
        return ledger.best_of([best, *bolder])

    def _with_one_more(self, base: Changes, panel: Sequence[Candidate]) -> Plan[list[Changes]]:
        """A set with one change of the rest of the panel on top, the best first."""
        ledger, groups = self.ledger, {group_of(one) for one in base}
        rest = [one.intervention for one in panel if one.intervention.name not in (*LOW_RISK, *NETWORK_CHANGES)]
        wanted = yield from ledger.run_first([(*base, one) for one in rest if group_of(one) not in groups])
        better = [changes for changes in wanted if ledger.gains(changes, base)]
        return sorted(better, key=lambda changes: -ledger.learned(changes))[:MAX_CONFIRMED_SETS]

    def _one_of_each(self, remedies: Sequence[Candidate]) -> Changes:
        """One setting of each group that has something to act on, the best of those that were tried alone."""
        ledger = self.ledger
        best: dict[str, Candidate] = {}
        for one in remedies:
            group = group_of(one.intervention)
            if ledger.idle(one):
                continue
            if group not in best or ledger.gain_of(one) > ledger.gain_of(best[group]):
                best[group] = one
        return tuple(one.intervention for one in best.values())[:MAX_TOGETHER]

    def _applied(self, changes: Changes) -> Changes:
        """The changes of a set that found something to act on in its branch, which is the branch of these then."""
        ledger, branch = self.ledger, self.ledger.history.branch(changes)
        if branch is None or len(branch.applied) != len(changes):
            return changes
        applied = {one: what for one, what in zip(changes, branch.applied, strict=True) if what}
        kept = tuple(applied)
        if kept != changes:
            ledger.same_as(kept, replace(branch, interventions=kept, applied=tuple(applied.values())))
            for one in [ledger.candidate_of(one) for one in changes if one not in applied]:
                if not one.codes and ((), one) not in ledger.trials:  # it needs no branch of its own
                    untried(ledger, one, Reason.NOTHING_TO_CHANGE)
        return kept

    def _with_other_settings(self, changes: Changes, remedies: Sequence[Candidate]) -> Plan[Changes]:
        """A set with another setting of one change where that does better: a setting shows its worth here only."""
        ledger = self.ledger
        for at, one in enumerate(changes):
            others = [other.intervention for other in remedies if type(other.intervention) is type(one)]
            sets = [(*changes[:at], other, *changes[at + 1 :]) for other in others]
            if len(sets) > 1:
                yield from ledger.run_first(sets)
                changes = max(sets, key=ledger.floor_of)
            changes = yield from self._with_further_settings(changes, at, set(others))
        return changes

    def _with_further_settings(self, changes: Changes, at: int, known: set[Intervention]) -> Plan[Changes]:
        """A set with a setting beyond those of the findings, as long as one gains what matters."""
        ledger = self.ledger
        for _ in range(MAX_FURTHER_SETTINGS):
            further = changes[at].further()
            if further is None or further in known or ledger.floor_of(changes) >= ENOUGH:
                break
            known.add(further)
            more = (*changes[:at], further, *changes[at + 1 :])
            yield from ledger.run_first([more])
            if ledger.score(more) is None or ledger.floor_of(more) < ledger.floor_of(changes) + MATERIAL:
                break
            ledger.add_setting(changes[at], further)
            changes = more
        return changes
