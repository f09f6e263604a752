"""One round of the search: each change alone on top of a set, the best ones confirmed with further seeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from unstuck.core.experiment import MOST_PAIRS, PAIRS, TrialVerdict
from unstuck.core.trial_verdict import is_scattered, is_undecided
from unstuck.experiment.search.settings import (
    ENOUGH,
    LONGER_PAIRS_SHARE,
    LOOKS_AT_UNDECIDED,
    MAX_CHANGES,
    WORTHWHILE_FACTOR,
)
from unstuck.experiment.search.trials import judge

if TYPE_CHECKING:
    from unstuck.experiment.search.candidates import Candidate
    from unstuck.experiment.search.history import Changes
    from unstuck.experiment.search.search_state import Ledger, Plan

FURTHER_SEEDS = range(1, PAIRS)


class Rounds:
    """The rounds of one search."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.unconfirmed: dict[Changes, list[Candidate]] = {}
        """remedies of findings that did not look good, by what they were tried on top of"""

    def in_turn(
        self, base: Changes, candidates: Sequence[Candidate], most: int, rounds: int = MAX_CHANGES
    ) -> Plan[Changes]:
        """A set with the best candidate that is verified on top of it, and so on."""
        for _ in range(min(rounds, MAX_CHANGES - len(base))):
            best = yield from self.best(base, [one for one in candidates if self.is_open(one, base)], most)
            if best is None:
                break
            base = (*base, best.intervention)
            if self.ledger.learned(base) >= ENOUGH and not self._unverified():
                break
        return base

    def best(self, base: Changes, candidates: Sequence[Candidate], most: int) -> Plan[Candidate | None]:
        """Try each with the first seed, the promising ones with further seeds; the best that is verified."""
        ledger = self.ledger
        yield from ledger.ensure(((*base, one.intervention), 0) for one in candidates)
        for one in candidates:
            judge(ledger, base, one)
        promising = [one for one in candidates if ledger.promising(one, base)]
        confirmed = sorted(promising, key=lambda one: -ledger.gain_of(one, base))[:most]
        if confirmed:
            yield from ledger.ensure((base, seed) for seed in FURTHER_SEEDS)
        for one in confirmed:
            yield from ledger.ensure(((*base, one.intervention), seed) for seed in FURTHER_SEEDS)
            judge(ledger, base, one, among=len(confirmed))
        for one in [one for one in confirmed if one.codes and is_scattered(ledger.trials[base, one])]:
            yield from self._more_pairs(base, one, among=len(confirmed) + 1)
        unconfirmed = [one for one in candidates if one.codes and one not in confirmed]
        self.unconfirmed.setdefault(base, []).extend(unconfirmed)
        verified = [one for one in confirmed if ledger.trials[base, one].verdict is TrialVerdict.VERIFIED]
        return max(verified, key=lambda one: ledger.gain_of(one, base), default=None)

    def in_longer_pairs(self, base: Changes, candidates: Sequence[Candidate]) -> Plan[Changes]:
        """The set with the most promising undecided candidate that longer pairs, or more of them, verify."""
        ledger, of_steps = self.ledger, self.ledger.situation.of_steps
        tried = [one for one in candidates if (base, one) in ledger.trials]
        undecided = [one for one in tried if is_undecided(ledger.trials[base, one])]
        for one in sorted(undecided, key=lambda one: -ledger.floor_of((*base, one.intervention))):
            changes, limits = (*base, one.intervention), ledger.limits
            longer = ledger.longer_limits(changes, 2 * MOST_PAIRS, LONGER_PAIRS_SHARE)
            if longer.steps >= min(of_steps, WORTHWHILE_FACTOR * limits.steps):
                limits = longer
            elif not ledger.promising(one, base):  # more pairs of the same length say no more of what still learned
                continue
            with ledger.limited(limits):
                yield from self._more_pairs(base, one, among=LOOKS_AT_UNDECIDED)
            if ledger.trials[base, one].verdict is TrialVerdict.VERIFIED:
                return changes
        return base

    def _more_pairs(self, base: Changes, candidate: Candidate, among: int) -> Plan[None]:
        """`PAIRS` of the present length, and where they do not verify it, up to `MOST_PAIRS`."""
        ledger = self.ledger
        for seeds in (range(PAIRS), range(PAIRS, MOST_PAIRS)):
            before = ledger.trials[base, candidate]
            both = (base, (*base, candidate.intervention))
            yield from ledger.ensure((changes, seed) for seed in seeds for changes in both)
            after = judge(ledger, base, candidate, among)
            if after.verdict is TrialVerdict.NOT_TESTED:
                ledger.record(base, candidate, before)
            if after.effect is None or after.verdict is TrialVerdict.VERIFIED:
                break

    def refute(self) -> Plan[None]:
        """Give remedies of findings that did not look good the further seeds that can refute them; they come last."""
        for base, remedies in self.unconfirmed.items():
            yield from self._refute(remedies, base)

    def _refute(self, remedies: Sequence[Candidate], base: Changes) -> Plan[None]:
        ledger = self.ledger
        effects = {one: ledger.trials[base, one].effect for one in remedies}
        tested = [one for one, effect in effects.items() if effect is not None and effect.pairs < PAIRS]
        for one in tested if ledger.learned(base) >= ENOUGH or not base else ():
            both = (base, (*base, one.intervention))
            yield from ledger.ensure((changes, seed) for seed in FURTHER_SEEDS for changes in both)
            judge(ledger, base, one, among=len(tested))

    def is_open(self, candidate: Candidate, base: Changes) -> bool:
        """Whether there is something to try: not another setting of what is in the base already."""
        in_base = any(type(one) is type(candidate.intervention) for one in base)
        return not (in_base or self.ledger.idle(candidate))

    def _unverified(self) -> list[Candidate]:
        """Remedies of findings that no round has verified."""
        trials = self.ledger.trials.items()
        verified = {one for (_, one), trial in trials if trial.verdict is TrialVerdict.VERIFIED}
        codes = {code for one in verified for code in one.codes}
        return [one for one in self.ledger.candidates if one.codes and not codes & set(one.codes)]
