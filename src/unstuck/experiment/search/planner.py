"""Which changes make it learn: each alone, the best kept, the rest on top of it, up to three; then none too many."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from unstuck.core.experiment import MOST_PAIRS, PAIRS, Proof, Results, Trial
from unstuck.experiment.effect import ENOUGH, WORST, Score, effect_of
from unstuck.experiment.held_out import evaluations
from unstuck.experiment.search.combinations import Together
from unstuck.experiment.search.trials import LEARNING, SPENT, UNSEEN, Judge, scattered

if TYPE_CHECKING:
    from unstuck.experiment.branch.branches import Branch, Limits
    from unstuck.experiment.interventions.building_blocks.intervention import Intervention
    from unstuck.experiment.search.candidates import Candidate
    from unstuck.experiment.search.runs import Runs

MOST_CHANGES = 3
"""changes in one set: real scripts have one, two or three faults at once"""
LONGER = 0.3
"""share of the time that is left, for the longer branch of what was found"""
CONFIRMING = 0.7
"""share of the time that is left, for longer pairs of a remedy that shorter ones left open"""
MUCH_LONGER = 1.5
"""times as many steps, from which on a longer branch is worth it"""
MOST_LONGER = 4
"""times as many steps, of another look at everything at once"""
ANOTHER_LOOK = 16
"""branches that it takes: everything, less and less of it, and three pairs of what remains"""
SLACK = 1.5
"""what whole runs side by side may take longer than shorter ones did"""
IN_THE_WAY = (
    "It seems to find what a run has left, such as a checkpoint or an output folder; move that away, and verify again"
)
NOT_THERE = "Branches have no network and no input, and see the files as they are now"
LOOKS = 3
"""at a remedy that is left open: at shorter pairs, at longer ones, at more of them"""
MOST_CONFIRMED = 2
"""candidates of the panel that get further seeds in one round; remedies of findings all do"""
Set = tuple["Intervention", ...]


@dataclass(slots=True)
class Search:
    """One search over the changes of one run."""

    runs: Runs
    candidates: Sequence[Candidate]
    of_steps: int
    """backward calls of the watched run"""
    floor: float = WORST
    """what the whole watched run reached"""
    asked: bool = False
    """whether the candidates were asked for by name: they are tried, however much was learned without them"""
    whole: bool = True
    """whether the watched run went on to its own end"""
    trials: dict[tuple[Set, Candidate], Trial] = field(default_factory=dict)
    doubtful: dict[Set, list[Candidate]] = field(default_factory=dict)
    """remedies of findings that did not look good, by what they were tried on top of"""
    parted: int | None = None
    base: Set = ()
    """what is verified so far"""
    longer: dict[Set, Score] = field(default_factory=dict)
    """what such a set comes to in a longer branch"""
    interrupted: bool = False
    steps: int = 0
    """backward calls of the branches that are shorter than the run may be; 0 where there are none yet"""
    judge: Judge = field(init=False)
    together: Together = field(init=False)

    def __post_init__(self) -> None:
        self.judge = Judge(self)
        self.together = Together(self, MOST_CHANGES)

    def run(self) -> Set:
        """The smallest set of changes found that makes it learn; empty where none was found.

        An interruption by the user ends it with what has been found by then.
        """
        try:
            self._run()
        except KeyboardInterrupt:
            self.interrupted = True
        return self.base

    def _run(self) -> None:
        first, self.parted = self.runs.controls()
        if first.ended == "refused" or self._not_again(first):
            return
        remedies, panel = ([one for one in self.short if bool(one.codes) is cure] for cure in (True, False))
        self.base = self._in_turn((), remedies, most=len(remedies))
        self._look_longer()
        if not self.asked and not self._enough(self.base):
            self._together([one for one in remedies if not one.intervention.held_out_only], panel)
            self._look_longer()
            self._remedies_on_top(remedies)
        if not self.asked and not self.base:
            self.base = self._in_longer_pairs((), remedies)
        if not self.asked and not self._enough(self.base):
            self.base = self.together.refined(self.base)
        # a helper may gain as much as the cure (clipping where gradients are never cleared), so remedies come first
        while not self._enough(self.base):
            more = self._in_turn(self.base, panel, most=MOST_CONFIRMED, rounds=1)
            more = more if more != self.base or self.asked else self._in_longer_pairs(self.base, self.short)
            if more == self.base:
                break
            self.base = more
            self._remedies_on_top(remedies)
            self._look_longer()
        self.base = self._without_the_needless(self.base)
        for on, doubtful in self.doubtful.items():
            self._doubt(doubtful, on)
        self.steps = self._length() if self.short else 0
        self._in_longer_runs()

    def _length(self) -> int:
        """Backward calls of the control, as far as the run went."""
        steps = self.runs.lengths.get(((), 0), self.runs.limits.steps)
        return min(steps, self.of_steps or steps)

    @property
    def short(self) -> list[Candidate]:
        """Those that a part of the run tells something of."""
        return [one for one in self.candidates if one.intervention.lengthens == 1]

    def _in_longer_runs(self) -> None:
        """What makes the run longer is held against the whole run, and comes last: it takes the longest."""
        whole = replace(self.runs.limits, steps=2 * self.of_steps)  # it ends by itself, after its last evaluation
        pace = self.runs.pace(())
        for one in [one for one in self.candidates if one.intervention.lengthens > 1]:
            seconds = SLACK * pace * self.of_steps * (1 + one.intervention.lengthens)
            needed = PAIRS * seconds / self.runs.branches.workers
            if not self.whole:
                self.judge.untried(one, "the run was ended on its way, so there is no whole run to be held against")
            elif self.base and not self.asked:
                self.judge.untried(one, "other changes make it learn without it")
            elif needed > self.runs.left:
                self.judge.untried(one, f"it takes whole runs, a budget of about {self.runs.spent + needed:.0f} s")
            else:
                self._against_the_whole_run(one, replace(whole, seconds=2 * seconds))

    def _against_the_whole_run(self, one: Candidate, limits: Limits) -> None:
        changes = (one.intervention,)
        with self.runs.limited(limits):
            self.runs.ensure([((), 0)])
            control = self.runs.done[(), 0]
            if control.ended == "seconds" or not self.runs.has_run(((), 0)):  # it says nothing of the script's end
                self.judge.untried(one, SPENT)
                return
            if not evaluations(control.record, self.runs.training):
                self.judge.untried(one, UNSEEN)
                return
            for seeds in (range(1), range(1, PAIRS)):
                self.runs.ensure([(each, seed) for seed in seeds for each in ((), changes)])
                trial = self.judge((), one)
                if trial.effect is None or not trial.effect.promising:
                    return
            if trial.proof is Proof.VERIFIED:
                self.base = self.base or changes

    def _look_longer(self) -> None:
        """See in one longer branch what was found comes to, before more is put on top of it."""
        base = self.base
        more = any(self._open(one, base) for one in self.short)
        if not base or not more or base in self.longer or self._enough(base) or not self.runs.has_run((base, 0)):
            return
        limits = self.runs.lengthened(base, 1, LONGER, self.of_steps)
        if limits.steps > self.runs.limits.steps:
            with self.runs.limited(limits):
                self.runs.ensure([(base, 0)])
                score = self.runs.score(base, 0)
            if score is not None:
                self.longer[base] = score

    def _in_longer_pairs(self, base: Set, candidates: Sequence[Candidate]) -> Set:
        """The set with one of those left open, the most promising first, that longer pairs, or more of them, verify."""
        open_ = [one for one in candidates if self._left_open(base, one)]
        for one in sorted(open_, key=lambda one: -self.floor_of((*base, one.intervention))):
            changes, limits = (*base, one.intervention), self.runs.limits
            longer = self.runs.lengthened(changes, 2 * MOST_PAIRS, CONFIRMING, self.of_steps)
            if longer.steps >= min(self.of_steps, MUCH_LONGER * limits.steps):
                limits = longer
            elif not self._promising(base, one):  # more pairs of the same length tell no more of what still learned
                continue
            with self.runs.limited(limits):
                self._more_pairs(base, one, among=LOOKS)
            if self.trials[base, one].proof is Proof.VERIFIED:
                return changes
        return base

    def _more_pairs(self, base: Set, candidate: Candidate, among: int) -> None:
        """`PAIRS` of the present length, and where they do not verify it, up to `MOST_PAIRS`."""
        for seeds in (range(PAIRS), range(PAIRS, MOST_PAIRS)):
            before = self.trials[base, candidate]
            self.runs.ensure([(each, seed) for seed in seeds for each in (base, (*base, candidate.intervention))])
            after = self.judge(base, candidate, among)
            if after.proof is Proof.NOT_TESTED:
                self.trials[base, candidate] = before
            if after.effect is None or after.proof is Proof.VERIFIED:
                break

    def _left_open(self, base: Set, one: Candidate) -> bool:
        trial = self.trials.get((base, one))
        if trial is None or trial.effect is None or trial.proof is Proof.VERIFIED:
            return False
        return trial.effect.promising or trial.why == LEARNING

    def _promising(self, base: Set, one: Candidate) -> bool:
        effect = self.trials[base, one].effect
        return effect is not None and effect.promising

    def _remedies_on_top(self, remedies: Sequence[Candidate]) -> None:
        if self.base and not self._enough(self.base):
            self.base = self._in_turn(self.base, remedies, most=len(remedies))

    def _together(self, remedies: Sequence[Candidate], panel: Sequence[Candidate]) -> None:
        """Faults that hide each other; where nothing shows, once more what is tried first, in longer branches."""
        before = self.base
        for whole in self.together.promising(self.base, remedies, panel):
            proved = self.together.proved(whole)
            if proved:
                self.base = self._better(self.base, proved)
                return
        limits = self._for_another_look()
        if before or not panel or limits is None:
            return
        with self.runs.limited(limits):
            self.runs.ensure([((), 0)])
            self.base = self.together.proved(self.together.at_once((), remedies, panel))

    def _for_another_look(self) -> Limits | None:
        """Branches so much longer that as many as another look takes fit into the time; None where that is not much."""
        longer = self.runs.lengthened((), ANOTHER_LOOK, 1.0, self.of_steps)
        steps = min(longer.steps, MOST_LONGER * self.runs.limits.steps)
        return replace(longer, steps=steps) if steps >= MUCH_LONGER * self.runs.limits.steps else None

    # ---- one round -----------------------------------------------------------------------------------

    def _in_turn(self, base: Set, candidates: Sequence[Candidate], most: int, rounds: int = MOST_CHANGES) -> Set:
        """A set, with the best candidate that is verified on top of it, and so on."""
        for _ in range(min(rounds, MOST_CHANGES - len(base))):
            best = self._best(base, [one for one in candidates if self._open(one, base)], most)
            if best is None:
                break
            base = (*base, best.intervention)
            if self.runs.learned(base) >= ENOUGH and not self._unproved():
                break
        return base

    def _enough(self, base: Set) -> bool:
        return self._came_to(base) >= ENOUGH and bool(base or not self.asked)

    def _came_to(self, base: Set) -> float:
        """What it came to in the longest of its branches."""
        longer = self.longer.get(base)
        return max(self.runs.learned(base), longer.learned if longer is not None else WORST)

    def floor_of(self, base: Set) -> float:
        """What must be beaten on top of a set: what the whole run came to, or what the set would come to by its end.

        A change that only hurries is no repair.
        """
        score = self.longer.get(base) or (self.runs.score(base, 0) if base else None)
        return score.projected(self.of_steps) if score is not None else self.floor

    def _better(self, base: Set, *others: Set) -> Set:
        """The best of these sets, a larger one only where it gains what matters."""
        for other in others:
            less, more = self.runs.score(base, 0), self.runs.score(other, 0)
            if other and less is not None and more is not None:
                base = other if effect_of([(less, more)], self.floor_of(base)).promising else base
        return base

    def _best(self, base: Set, candidates: Sequence[Candidate], most: int) -> Candidate | None:
        """Try each with the first seed, the promising ones with further seeds; the best that is verified."""
        self.runs.ensure([((*base, one.intervention), 0) for one in candidates])
        for one in candidates:
            self.judge(base, one)
        promising = [one for one in candidates if self._gain(base, one) is not None]
        confirmed = sorted(promising, key=lambda one: -self._of(base, one))[:most]
        further = range(1, PAIRS)
        self.runs.ensure([(base, seed) for seed in further if confirmed])
        for one in confirmed:
            self.runs.ensure([((*base, one.intervention), seed) for seed in further])
            self.judge(base, one, among=len(confirmed))
        for one in [one for one in confirmed if one.codes and scattered(self.trials[base, one])]:
            self._more_pairs(base, one, among=len(confirmed) + 1)
        self.doubtful.setdefault(base, []).extend(one for one in candidates if one.codes and one not in confirmed)
        proved = [one for one in confirmed if self.trials[base, one].proof is Proof.VERIFIED]
        return max(proved, key=lambda one: self._of(base, one), default=None)

    def _doubt(self, remedies: Sequence[Candidate], base: Set) -> None:
        """A remedy of a finding that did not look good is refuted by further seeds only; they come last of all."""
        trials = {one: self.trials[base, one].effect for one in remedies}
        tested = [one for one, effect in trials.items() if effect is not None and effect.pairs < PAIRS]
        for one in tested if self.runs.learned(base) >= ENOUGH or not base else ():
            both = (base, (*base, one.intervention))
            self.runs.ensure([(changes, seed) for seed in range(1, PAIRS) for changes in both])
            self.judge(base, one, among=len(tested))

    def _open(self, candidate: Candidate, base: Set) -> bool:
        """Whether there is something to try: not another setting of what is in the base already."""
        return not (any(type(one) is type(candidate.intervention) for one in base) or self.idle(candidate))

    def idle(self, candidate: Candidate) -> bool:
        """Whether it was tried alone and could not be, for want of anything to change or because it broke."""
        before = self.trials.get(((), candidate))
        return before is not None and before.effect is None and before.why != SPENT

    def gained(self, candidate: Candidate) -> float:
        """What it gained alone."""
        trial = self.trials.get(((), candidate))
        return trial.effect.gain if trial is not None and trial.effect is not None else -math.inf

    def _gain(self, base: Set, candidate: Candidate) -> float | None:
        return self._of(base, candidate) if self._promising(base, candidate) else None

    def _of(self, base: Set, candidate: Candidate) -> float:
        effect = self.trials[base, candidate].effect
        return effect.gain if effect is not None else -math.inf

    def _unproved(self) -> list[Candidate]:
        """Remedies of findings that no round has verified."""
        proved = {one for (_, one), trial in self.trials.items() if trial.proof is Proof.VERIFIED}
        codes = {code for one in proved for code in one.codes}
        return [one for one in self.candidates if one.codes and not codes & set(one.codes)]

    def _without_the_needless(self, base: Set) -> Set:
        """Take out, one after the other, what the rest does not need; not what was verified on top of the rest."""
        proved = {(on, one.intervention) for (on, one), trial in self.trials.items() if trial.proof is Proof.VERIFIED}
        for one in base[:-1]:
            rest = tuple(other for other in base if other is not one)
            if (rest, one) in proved or one.held_out_only:
                continue
            self.runs.ensure([(rest, 0)])
            kept, less = self.runs.score(base, 0), self.runs.score(rest, 0)
            if kept is not None and less is not None:
                base = base if effect_of([(less, kept)], self.floor_of(rest)).promising else rest
        return base

    def _not_again(self, control: Branch) -> bool:
        """Whether the run trained, and the same script trains nothing now."""
        return self.of_steps > 0 and control.ended in ("exception", "finished") and self.runs.score((), 0) is None

    def _refused(self, control: Branch | None) -> str:
        """Why nothing can be tried; empty where it can."""
        if control is None:
            return ""
        if self._not_again(control) and control.ended == "exception":
            why = IN_THE_WAY if control.why.startswith("FileExistsError") else NOT_THERE
            return f"run again as it is, it raises {control.why} before it trains. {why}"
        if self._not_again(control):
            return f"run again as it is, it trains nothing. {IN_THE_WAY}"
        return control.why if control.ended == "refused" else ""

    def results(self, sufficient: Set) -> Results:
        """Everything that was tried, the largest effect first."""
        trials = sorted(self.trials.values(), key=lambda one: -(one.effect.gain if one.effect else -math.inf))
        first = self.runs.done.get(((), 0))
        return Results(
            way="re-run", steps=self.steps or self._length(),
            of_steps=self.of_steps, reached=self.floor,
            reached_after=self._came_to(sufficient) if sufficient else self.floor,
            trials=tuple(trials), sufficient=tuple(one.title for one in sufficient),
            seconds=self.runs.spent, budget=self.runs.budget, repeatable=self.parted is None,
            parted=self.parted, training=self.runs.training,
            interrupted=self.interrupted, refused=self._refused(first),
        )  # fmt: skip
