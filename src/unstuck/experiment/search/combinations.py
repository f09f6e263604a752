"""Faults that hide each other: changes that help only together, found by trying all at once, then fewer.

Of a rate that is too low and a target that is out of scale, neither change shows anything while the other is missing,
and a search that keeps what helps alone stops at its first step. Here the remedies of all findings are applied at
once; where that does not do, everything sane of the panel on top of them. What is left after everything needless was
taken out is *sufficient* only where every change in it is verified on top of the others, in as many pairs as any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from unstuck.core.experiment import MATERIAL, MOST_PAIRS, PAIRS, Proof, Trial
from unstuck.experiment.effect import ENOUGH, WORST, effect_of
from unstuck.experiment.search.candidates import SANE
from unstuck.experiment.search.group_testing import BOLDER, bolder, exclusive, habitual, sane
from unstuck.experiment.search.trials import FEWEST_TELLING, IDLE, scattered

if TYPE_CHECKING:
    from unstuck.experiment.interventions.building_blocks.intervention import Intervention
    from unstuck.experiment.search.candidates import Candidate
    from unstuck.experiment.search.planner import Search

MOST_TOGETHER = 6
"""changes that are applied at once"""
MOST_CONFIRMED = 2
"""sets of the panel on top of the remedies that are looked at closely"""
MOST_OF_IT = 0.6
"""share of a lead from which on a shorter branch tells as much"""
LEAST_LEAD = 0.4
"""below which a shorter branch proves nothing in three pairs"""
MOST_FURTHER = 2
"""settings that are tried beyond those of the findings"""
MOST_SPARED = 0.2
"""share of a lead that may be lost where something needless is taken out"""
Set = tuple["Intervention", ...]


class Together:
    """The search among sets of changes none of which need help alone."""

    def __init__(self, search: Search, most: int) -> None:
        self.search = search
        self.runs = search.runs
        self.most = most

    def of_remedies(self, remedies: Sequence[Candidate]) -> Set:
        """All remedies at once, in the settings that do best, less what does harm: unproved, to build upon."""
        all_ = self._one_of_each(remedies)
        if not all_:
            return ()
        best = self._with_other_settings(self._applied(self._run([all_])[0]), remedies)
        return best if self._loses(best, ()) is False else ()

    def proved(self, changes: Set) -> Set:
        """What of it is needed, where that makes it learn and each change is verified on top of the others."""
        if not self._gains(changes, ()):
            return ()
        for length in self._lengths(less := self._unhabitual(changes)):
            with self.runs.limited(replace(self.runs.limits, steps=length)):
                found = self._proved(self._needed(less, changes))
            if found and self._spares(self._run([found])[0], changes):
                return found
        return ()

    def refined(self, base: Set) -> Set:
        """The same with another setting of one change, where that is verified and comes to more by what matters."""
        for at, one in enumerate(base):
            beyond = one.further()
            if beyond is None or self.search.floor_of(base) >= ENOUGH:
                continue
            more = (*base[:at], beyond, *base[at + 1 :])
            self._run([base, more])
            if self._comes_to(more) >= self._comes_to(base) + MATERIAL:
                self._add(one, beyond)
                base = more if self._proved(more) == more else base
        return base

    def _comes_to(self, changes: Set) -> float:
        """What a set would come to by the end of the run, by its branch of the present length."""
        score = self.runs.score(changes, 0)
        return score.projected(self.search.of_steps) if score is not None else WORST

    def _proved(self, needed: Set) -> Set:
        """It, or what is left of it without those that further pairs do not verify."""
        while 0 < len(needed) <= self.most and self._gains(needed, ()):
            proofs = self._proofs(needed)
            doubtful = [one for one, proof in proofs.items() if proof is not Proof.VERIFIED]
            if not doubtful:
                return needed
            if Proof.NOT_TESTED in proofs.values() or len(needed) == 1:
                break
            needed = _without(needed, doubtful[:1])
        return ()

    def _proofs(self, needed: Set) -> dict[Intervention, Proof]:
        """What each is worth on top of the others."""
        parts = {one: _without(needed, (one,)) for one in needed}
        self.runs.ensure([(whole, seed) for seed in range(PAIRS) for whole in (needed, *parts.values())])
        told = {one: self._judged(one, rest, needed) for one, rest in parts.items()}
        open_ = [one for one, trial in told.items() if scattered(trial)]
        if open_:
            sets = (needed, *(parts[one] for one in open_))
            self.runs.ensure([(whole, seed) for seed in range(PAIRS, MOST_PAIRS) for whole in sets])
            told |= {one: self._judged(one, parts[one], needed) for one in open_}
        return {one: trial.proof for one, trial in told.items()}

    def _judged(self, one: Intervention, rest: Set, whole: Set) -> Trial:
        return self.search.judge(rest, self._candidate(one), among=len(whole), whole=whole)

    def promising(self, base: Set, remedies: Sequence[Candidate], panel: Sequence[Candidate]) -> Iterator[Set]:
        """Sets to be proved until one is: all remedies or everything sane, and only then other settings, and more."""
        start = self._one_of_each(remedies)
        best = self.at_once(base, remedies, panel)
        seen = {base, ()}
        if best not in seen and best != self._applied(start):
            seen.add(best)
            yield best
        joint = self.of_remedies(remedies)
        if joint not in seen and self.search.floor_of(joint) >= ENOUGH:
            seen.add(joint)
            yield joint
        everything = self._everything(joint or base, panel)
        for one in (self._best_of([joint, everything]), joint):
            if one not in seen:
                seen.add(one)
                yield one
        if joint and not everything:
            yield from self._with_one_more(joint, panel)

    def at_once(self, base: Set, remedies: Sequence[Candidate], panel: Sequence[Candidate]) -> Set:
        """The best of all remedies, and where they do not do, everything sane; empty where nothing shows."""
        start = self._one_of_each(remedies)
        known = [self._applied(each) for each in self._run([start] if start else [])]
        if not panel or any(self.search.floor_of(each) >= ENOUGH for each in known):
            return self._best_of(known)
        return self._best_of([*known, *(self._applied(each) for each in self._run(sane(start or base, panel)))])

    def _everything(self, base: Set, panel: Sequence[Candidate]) -> Set:
        """All that is sane on top of an unproved base, with one bolder change where that does more: unproved."""
        all_ = [self._applied(each) for each in self._run(sane(base, panel))]
        best = self._best_of(all_)
        if best and self.search.floor_of(best) >= ENOUGH:
            return best
        return self._best_of([best, *self._run(bolder(best or max(all_, key=self.runs.learned), panel))])

    def _with_one_more(self, base: Set, panel: Sequence[Candidate]) -> list[Set]:
        """The best of the rest of the panel on top of an unproved base, the best first."""
        kinds = {exclusive(one) for one in base}
        rest = [one.intervention for one in panel if one.intervention.name not in (*SANE, *BOLDER)]
        wanted = self._run([(*base, one) for one in rest if exclusive(one) not in kinds])
        better = [changes for changes in wanted if self._gains(changes, base)]
        return sorted(better, key=lambda changes: -self.runs.learned(changes))[:MOST_CONFIRMED]

    def _lengths(self, changes: Set) -> list[int]:
        """Of branches: first those after which a set has most of its lead over the start already, then whole ones."""
        whole = self.runs.limits
        lead, steps = self._lead(changes), whole.steps
        while steps // 2 >= FEWEST_TELLING:
            with self.runs.limited(replace(whole, steps=steps // 2)):
                if self._lead(changes) < max(LEAST_LEAD, MOST_OF_IT * lead):
                    break
            steps //= 2
        return [steps] if steps == whole.steps else [steps, whole.steps]

    # ---- sets ----------------------------------------------------------------------------------------

    def _one_of_each(self, remedies: Sequence[Candidate]) -> Set:
        """One setting of each kind that has something to act on, the best of those that were tried alone."""
        best: dict[str, Candidate] = {}
        for one in remedies:
            kind = exclusive(one.intervention)
            if self.search.idle(one):
                continue
            if kind not in best or self.search.gained(one) > self.search.gained(best[kind]):
                best[kind] = one
        return tuple(one.intervention for one in best.values())[:MOST_TOGETHER]

    def _applied(self, changes: Set) -> Set:
        """Those of a set that found something to act on in its branch, which was theirs alone then."""
        branch = self.runs.done.get((changes, 0))
        if branch is None or len(branch.applied) != len(changes):
            return changes
        told = {one: what for one, what in zip(changes, branch.applied, strict=True) if what}
        kept = tuple(told)
        if kept != changes:
            self.runs.keep((kept, 0), replace(branch, interventions=kept, applied=tuple(told.values())))
            self._leave_alone([one for one in changes if one not in told])
        return kept

    def _leave_alone(self, idle: Sequence[Intervention]) -> None:
        """Those of the panel that had nothing to act upon beside the others need no branch of their own."""
        for one in map(self._candidate, idle):
            if not one.codes and ((), one) not in self.search.trials:
                self.search.judge.untried(one, IDLE)

    def _with_other_settings(self, changes: Set, remedies: Sequence[Candidate]) -> Set:
        """The same with another setting of one change where that does better: a setting shows its worth here only."""
        for at, one in enumerate(changes):
            others = [other.intervention for other in remedies if type(other.intervention) is type(one)]
            sets = [(*changes[:at], other, *changes[at + 1 :]) for other in others]
            if len(sets) > 1:
                changes = max(self._run(sets), key=self.search.floor_of)
            changes = self._further(changes, at, dict.fromkeys(others))
        return changes

    def _further(self, changes: Set, at: int, known: dict[Intervention, None]) -> Set:
        """The same with a setting beyond those of the findings, as long as one does better by what matters."""
        for _ in range(MOST_FURTHER):
            beyond = changes[at].further()
            if beyond is None or beyond in known or self.search.floor_of(changes) >= ENOUGH:
                break
            known[beyond] = None
            more = (*changes[:at], beyond, *changes[at + 1 :])
            comes_to = self.search.floor_of(self._run([more])[0])
            if self.runs.score(more, 0) is None or comes_to < self.search.floor_of(changes) + MATERIAL:
                break
            self._add(changes[at], beyond)
            changes = more
        return changes

    def _add(self, known: Intervention, beyond: Intervention) -> None:
        """Another setting of a candidate becomes one."""
        added = replace(self._candidate(known), intervention=beyond)
        if added not in self.search.candidates:
            self.search.candidates = (*self.search.candidates, added)

    def _unhabitual(self, changes: Set) -> Set:
        """A set without what most scripts let act, sick or not, where it does as well."""
        uncalled = [[one for one in some if not self._candidate(one).codes] for some in habitual(changes)]
        fewer = [rest for some in uncalled if some and (rest := _without(changes, some))]
        spared = [rest for rest in self._run(fewer) if self._spares(rest, changes)]
        if not spared:
            return changes
        least = tuple(one for one in changes if all(one in rest for rest in spared))
        return least if least and self._spares(self._run([least])[0], changes) else spared[0]

    def _needed(self, changes: Set, whole: Set) -> Set:
        """What is left when everything has been taken out that the whole does as well without, the panel's first."""
        open_ = list(changes)
        while len(changes) > 1 and open_:
            less = {one: _without(changes, (one,)) for one in open_}
            self._run(list(less.values()))
            open_ = [one for one in open_ if self._spares(less[one], whole)]
            least = sorted(open_, key=lambda one: self.runs.learned(less[one]))[-1:]
            for spare in (open_, [one for one in open_ if not self._candidate(one).codes], least):
                rest = _without(changes, spare)
                if spare and rest and self._spares(self._run([rest])[0], whole):
                    changes, open_ = rest, [one for one in open_ if one not in spare]
                    break
            else:
                break
        return changes

    def _lead(self, changes: Set) -> float:
        """What a set has learned more than the start, which has learned nothing where it is worse than that."""
        return self.runs.learned(changes) - max(0.0, self.runs.learned(()))

    def _spares(self, less: Set, whole: Set) -> bool:
        """Whether a part of a set does as well, held against the lead that the whole has over the start."""
        part, all_ = self.runs.score(less, 0), self.runs.score(whole, 0)
        if part is None or all_ is None:
            return False
        if set(less) <= set(self.search.base):  # verified already: what is sought is what adds to it
            return not self._gains(whole, less)
        lead = self._lead(whole)
        return all_.learned - max(part.learned, self.search.floor_of(less)) < MOST_SPARED * lead

    def _run(self, sets: Sequence[Set]) -> Sequence[Set]:
        """Those sets, once their branches have run."""
        self.runs.ensure([(each, 0) for each in sets])
        return sets

    def _best_of(self, sets: Sequence[Set]) -> Set:
        """The first that no later one beats by what matters."""
        best: Set = ()
        for each in sets:
            if each and self._gains(each, best):
                best = each
        return best

    # ---- one set against another ---------------------------------------------------------------------

    def _gains(self, changes: Set, base: Set) -> bool:
        """Whether a set does better than another by what matters, as far as one pair tells."""
        return self._loses(base, changes) is True

    def _loses(self, less: Set, changes: Set) -> bool | None:
        """Whether a set does worse than another by what matters; None where one of them has not run."""
        one, other = self.runs.score(less, 0), self.runs.score(changes, 0)
        if one is None or other is None:
            return None
        return effect_of([(one, other)], self.search.floor_of(less)).promising

    def _candidate(self, one: Intervention) -> Candidate:
        return next(candidate for candidate in self.search.candidates if candidate.intervention == one)


def _without(changes: Set, spare: Sequence[Intervention]) -> Set:
    return tuple(one for one in changes if one not in spare)
