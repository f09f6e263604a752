"""Faults that hide each other: changes that help only together, found by trying all at once, then fewer.

Of a rate that is too low and a target that is out of scale, neither change shows anything while the other is missing,
and a search that keeps what helps alone stops at its first step. Here the remedies of all findings are applied at
once; where that does not do, each of the panel on top of them. What is left after everything needless was taken out
is *sufficient* only where every change in it is verified on top of the others, in as many pairs as any other change.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from unstuck.core.experiment import PAIRS, Proof
from unstuck.experiment.effect import effect_of

if TYPE_CHECKING:
    from unstuck.experiment.candidates import Candidate
    from unstuck.experiment.intervention import Intervention
    from unstuck.experiment.search import Search

MOST_TOGETHER = 6
"""changes that are applied at once"""
MOST_CONFIRMED = 2
"""sets of the panel on top of the remedies that are looked at closely"""
Set = tuple["Intervention", ...]


class Together:
    """The search among sets of changes none of which need help alone."""

    def __init__(self, search: Search, most: int) -> None:
        self.search = search
        self.most = most

    def of_remedies(self, remedies: Sequence[Candidate]) -> Set:
        """All remedies at once, in the settings that do best, less what does harm: unproved, to build upon."""
        all_ = self._one_of_each(remedies)
        if len(all_) < 2:
            return all_
        self.search.ensure([(all_, 0)])
        best = self._with_other_settings(self._applied(all_), remedies)
        return best if self._loses(best, ()) is False else ()

    def proved(self, changes: Set) -> Set:
        """What of it is needed, where that makes it learn and each change is verified on top of the others."""
        needed = self._needed(changes)
        if not 0 < len(needed) <= self.most or not self._gains(needed, ()):
            return ()
        seeds = range(1, PAIRS)
        parts = [tuple(other for other in needed if other is not one) for one in needed]
        self.search.ensure([(whole, seed) for seed in seeds for whole in (needed, *parts)])
        for one, rest in zip(needed, parts, strict=True):
            trial = self.search.judge(rest, self._candidate(one), among=len(needed), whole=needed)
            if trial.proof is not Proof.VERIFIED:
                return ()
        return needed

    def with_the_panel(self, base: Set, panel: Sequence[Candidate]) -> list[Set]:
        """The best of the panel on top of an unproved base, the best first."""
        open_ = [one for one in panel if all(type(one.intervention) is not type(other) for other in base)]
        wanted = [(*base, one.intervention) for one in open_]
        self.search.ensure([(changes, 0) for changes in wanted])
        better = [changes for changes in wanted if self._gains(changes, base)]
        return sorted(better, key=lambda changes: -self.search.learned(changes))[:MOST_CONFIRMED]

    # ---- sets ----------------------------------------------------------------------------------------

    def _one_of_each(self, remedies: Sequence[Candidate]) -> Set:
        """One setting of each kind that has something to act on, the best of those that were tried alone."""
        best: dict[type, Candidate] = {}
        for one in remedies:
            kind = type(one.intervention)
            if self.search.idle(one):
                continue
            if kind not in best or self.search.gained(one) > self.search.gained(best[kind]):
                best[kind] = one
        return tuple(one.intervention for one in best.values())[:MOST_TOGETHER]

    def _applied(self, changes: Set) -> Set:
        """Those of a set that found something to act on in its branch."""
        branch = self.search.done.get((changes, 0))
        if branch is None or len(branch.applied) != len(changes):
            return changes
        kept = tuple(one for one, told in zip(changes, branch.applied, strict=True) if told)
        if kept != changes:
            self.search.ensure([(kept, 0)])
        return kept

    def _with_other_settings(self, changes: Set, remedies: Sequence[Candidate]) -> Set:
        """The same with another setting of one change where that does better: a setting shows its worth here only."""
        for at, one in enumerate(changes):
            others = [other.intervention for other in remedies if type(other.intervention) is type(one)]
            sets = [(*changes[:at], other, *changes[at + 1 :]) for other in others]
            if len(sets) > 1:
                self.search.ensure([(each, 0) for each in sets])
                changes = max(sets, key=self.search.learned)
        return changes

    def _needed(self, changes: Set) -> Set:
        """What is left when everything has been taken out that the rest does as well without."""
        while len(changes) > 1:
            less = [tuple(other for other in changes if other is not one) for one in changes]
            self.search.ensure([(each, 0) for each in less])
            best = max(less, key=self.search.learned)
            if self._loses(best, changes) is not False:
                break
            changes = best
        return changes

    # ---- one set against another ---------------------------------------------------------------------

    def _gains(self, changes: Set, base: Set) -> bool:
        """Whether a set does better than another by what matters, as far as one pair tells."""
        return self._loses(base, changes) is True

    def _loses(self, less: Set, changes: Set) -> bool | None:
        """Whether a set does worse than another by what matters; None where one of them has not run."""
        one, other = self.search.score(less, 0), self.search.score(changes, 0)
        if one is None or other is None:
            return None
        return effect_of([(one, other)]).promising

    def _candidate(self, one: Intervention) -> Candidate:
        return next(candidate for candidate in self.search.candidates if candidate.intervention == one)
