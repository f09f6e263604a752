"""The search, with branches that are written instead of run: which changes it finds, and what it says of each."""

from __future__ import annotations

import math
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import ClassVar

import pytest

from unstuck.core.experiment import Reason, TrialVerdict
from unstuck.experiment.branch.branches import Branch, Limits
from unstuck.experiment.interventions.building_blocks.intervention import Intervention
from unstuck.experiment.results import keep, read
from unstuck.experiment.search.candidates import Candidate
from unstuck.experiment.search.history import FinishedRun, History, Key
from unstuck.experiment.search.planner import Planner, propose
from unstuck.experiment.search.runner import Runner, carry_out
from unstuck.experiment.search.runner import search as run_search
from unstuck.experiment.search.search_state import Situation
from unstuck.experiment.search.trials import judge
from unstuck.testing import synthetic


@dataclass(frozen=True)
class Change(Intervention):
    name: ClassVar[str] = "change"
    what: str = ""


@dataclass(frozen=True)
class A(Change):
    name: ClassVar[str] = "a"


@dataclass(frozen=True)
class B(Change):
    name: ClassVar[str] = "b"


@dataclass(frozen=True)
class C(Change):
    name: ClassVar[str] = "c"


def kind(name_of_it):
    """An intervention of that name."""
    return dataclass(frozen=True)(type(name_of_it.title(), (Change,), {"name": name_of_it, "__annotations__": {}}))


CLIPPING, DECAY, INITIAL, OPTIMISER, NORM = map(
    kind, ("no-clipping", "weight-decay", "initialisation", "optimiser", "batch-norm")
)
PANEL = [Candidate(intervention=one()) for one in (CLIPPING, DECAY, INITIAL, OPTIMISER, NORM)]


class Written:
    """Branches whose learning is a function of their changes."""

    workers = 2

    def __init__(self, tmp_path, learned, applied=lambda names: True):
        self.tmp_path, self.learned, self.applied, self.made = tmp_path, learned, applied, []

    def run_all(self, wanted, limits):
        return [self.run(changes, seed) for changes, seed in wanted]

    def submit(self, changes, seed, limits):
        future = Future()
        future.set_result(self.run(changes, seed))
        return future

    def run(self, changes, seed):
        names = tuple(one.name for one in changes)
        self.made.append((names, seed))
        end = 2.0 * (1 - self.learned(names) + 0.01 * seed)
        loss = [end + (2.0 - end) * math.exp(-at / 20) for at in range(200)]
        record = synthetic.record(self.tmp_path, loss=loss, function=None)
        told = tuple(("done",) if self.applied(name) else () for name in names)
        return Branch(changes, seed, record.path, 0.0, "finished", "", told)


class Settings(Written):
    """Branches whose learning is a function of their changes with their settings."""

    def __init__(self, tmp_path, worth):
        super().__init__(tmp_path, lambda names: 0.0)
        self.worth = worth

    def run(self, changes, seed):
        key = "+".join(sorted(one.title for one in changes))
        self.learned = lambda names: self.worth.get(key, 0.0)
        return super().run(changes, seed)


class Search:
    """A planner and the runner of its branches."""

    def __init__(self, branches, candidates, *, steps=200, of_steps=200, budget=60.0, **more):
        limits = Limits(steps=steps, seconds=9)
        self.situation = Situation(
            candidates=tuple(candidates), limits=limits, of_steps=of_steps, budget=budget,
            workers=branches.workers, **more,
        )  # fmt: skip
        self.planner = Planner(self.situation)
        self.runner = Runner(branches, budget, progress=lambda _: None)
        self.ledger = self.planner.ledger

    def run(self):
        found, self.found = run_search(self.planner, self.runner)
        return found

    def results(self, sufficient):
        assert self.found.sufficient == tuple(one.title for one in sufficient)
        return self.found

    @property
    def trials(self):
        return self.ledger.trials


def search(tmp_path, learned, candidates, **more):
    branches = Written(tmp_path, learned, **more)
    return searched(branches, candidates), branches


def searched(branches, candidates):
    return Search(branches, candidates)


ALL = [
    Candidate(intervention=A(), codes=("LOS101",), remedies=("x",)),
    Candidate(intervention=B()),
    Candidate(intervention=C()),
]


def remedy(change, code):
    return Candidate(intervention=change, codes=(code,), remedies=("x",))


def by_title(results):
    return {(trial.title, trial.on_top_of): trial for trial in results.trials}


def test_the_one_change_that_helps_is_found_and_verified(tmp_path):
    one, _ = search(tmp_path, lambda names: 0.95 if "a" in names else 0.0, ALL)
    found = one.run()
    results = one.results(found)
    assert results.sufficient == ("a",)
    assert results.repeatable
    assert by_title(results)["a", ()].verdict is TrialVerdict.VERIFIED
    assert ("b", ()) not in by_title(results), "the remedy suffices: the panel is not tried"
    assert results.trials[0].title == "a"


def test_two_changes_that_help_only_together_in_turn(tmp_path):
    worth = {(): 0.0, ("a",): 0.4, ("b",): 0.3, ("a", "b"): 0.95}
    one, _ = search(tmp_path, lambda names: worth.get(tuple(sorted(set(names) - {"c"})), 0.0), ALL)
    assert [change.name for change in one.run()] == ["a", "b"]


def test_a_change_that_another_makes_needless_is_taken_out(tmp_path):
    # c looks best alone; a and b on top of it are best of all, and then c is not needed.
    worth = {"c": 0.5, "bc": 0.7, "abc": 0.89, "ab": 0.88}
    one, _ = search(tmp_path, lambda names: worth.get("".join(sorted(names)), 0.1 if names else 0.0), ALL)
    assert {change.name for change in one.run()} == {"a", "b"}


def test_where_nothing_helps_nothing_is_found(tmp_path):
    one, branches = search(tmp_path, lambda names: 0.0, ALL)
    assert one.run() == ()
    found = by_title(one.results(()))
    assert found["a", ()].verdict is TrialVerdict.REFUTED, "the remedy of a finding gets further seeds"
    assert found["b", ()].verdict is found["c", ()].verdict is TrialVerdict.NO_DIFFERENCE
    assert len(branches.made) == 5 + 2 + 4, "two controls, each change, the panel on top of a; two further pairs"


def test_changes_that_help_only_together_are_found_and_each_is_verified_on_top_of_the_other(tmp_path):
    remedies = [remedy(A(), "LOS101"), remedy(B(), "OPT101")]
    one, _ = search(tmp_path, lambda names: 0.95 if {"a", "b"} <= set(names) else 0.0, [*remedies, ALL[2]])
    found = one.run()
    results = one.results(found)
    assert results.sufficient == ("a", "b")
    told = by_title(results)
    assert told["a", ("b",)].verdict is told["b", ("a",)].verdict is TrialVerdict.VERIFIED
    assert {told["a", ()].verdict, told["b", ()].verdict} == {TrialVerdict.REFUTED}, "alone neither does anything"


def test_of_all_remedies_together_the_needless_are_taken_out(tmp_path):
    remedies = [remedy(A(), "LOS101"), remedy(B(), "OPT101"), remedy(C(), "SCL101")]
    one, _ = search(tmp_path, lambda names: 0.95 if {"a", "c"} <= set(names) else 0.0, remedies)
    assert [change.name for change in one.run()] == ["a", "c"]


def test_the_setting_that_does_best_together_is_taken(tmp_path):
    remedies = [remedy(B(), "OPT101"), remedy(A("small"), "LOS101"), remedy(A("large"), "LOS101")]
    branches = Settings(tmp_path, {"b": 0.0, "a small": 0.0, "a large": 0.0, "a large+b": 0.95, "a small+b": 0.3})
    one = searched(branches, remedies)
    assert {change.title for change in one.run()} == {"a large", "b"}


def test_one_of_the_panel_that_helps_only_with_a_remedy_is_found(tmp_path):
    one, _ = search(tmp_path, lambda names: 0.95 if {"a", "c"} <= set(names) else 0.0, ALL)
    assert [change.name for change in one.run()] == ["a", "c"]


def test_a_remedy_that_does_nothing_does_not_stay_beside_one_of_the_panel(tmp_path):
    one, _ = search(tmp_path, lambda names: 0.95 if "c" in names else 0.0, ALL)
    assert [change.name for change in one.run()] == ["c"]


def test_what_helps_together_with_one_seed_only_is_not_sufficient(tmp_path):
    class Lucky(Written):
        def run(self, changes, seed):
            self.lucky = seed == 0
            return super().run(changes, seed)

    remedies = [remedy(A(), "LOS101"), remedy(B(), "OPT101")]
    branches = Lucky(tmp_path, lambda names: 0.95 if branches.lucky and {"a", "b"} <= set(names) else 0.0)
    one = searched(branches, remedies)
    assert one.run() == ()


def test_a_change_that_found_nothing_to_do_is_not_tested(tmp_path):
    one, _ = search(tmp_path, lambda names: 0.9, ALL[:1], applied=lambda name: False)
    one.run()
    (trial,) = one.results(()).trials
    assert (trial.verdict, trial.reason) == (TrialVerdict.NOT_TESTED, Reason.NOTHING_TO_CHANGE)


def test_a_spent_budget_is_told(tmp_path):
    one = Search(Written(tmp_path, lambda names: 0.9 if names else 0.0), ALL, budget=-1.0)
    one.run()
    assert {trial.reason for trial in one.results(()).trials} == {Reason.BUDGET_SPENT}


def test_results_are_kept_and_read_again(tmp_path):
    one, _ = search(tmp_path, lambda names: 0.95 if "a" in names else 0.0, ALL)
    results = one.results(one.run())
    keep(results, tmp_path)
    assert read(tmp_path) == results


def test_without_experiments_there_is_nothing_to_read(tmp_path):
    assert read(tmp_path) is None


@pytest.mark.parametrize("broken", ["", "{", "[]"])
def test_damaged_results_are_no_results(tmp_path, broken):
    (tmp_path / "derived").mkdir()
    (tmp_path / "derived" / "experiments.json").write_text(broken)
    assert read(tmp_path) is None


@pytest.mark.parametrize("asked", [False, True])
def test_where_all_is_learned_the_panel_is_let_be_unless_it_was_asked_for(tmp_path, asked):
    one = Search(Written(tmp_path, lambda names: 0.95), ALL[1:], asked=asked)
    assert one.run() == ()
    assert [trial.title for trial in one.results(()).trials] == (["b", "c"] if asked else [])


def needs(*names):
    """Learns with all of these and not without."""
    return lambda given: 0.95 if set(names) <= set(given) else 0.0


@pytest.mark.parametrize("faults", [("no-clipping", "weight-decay"), ("no-clipping", "weight-decay", "initialisation")])
def test_faults_that_no_rule_names_and_that_hide_each_other_are_found_all_at_once(tmp_path, faults):
    one, branches = search(tmp_path, needs(*faults), PANEL)
    found = one.run()
    assert {change.name for change in found} == set(faults)
    proofs = {trial.title: trial.verdict for trial in one.results(found).trials if trial.on_top_of}
    assert set(proofs.values()) == {TrialVerdict.VERIFIED}
    assert len(branches.made) < 25


def test_what_stands_between_two_faults_is_the_scripts_own_optimiser_where_that_does(tmp_path):
    one, _ = search(tmp_path, needs("no-clipping"), PANEL)
    assert [change.name for change in one.run()] == ["no-clipping"]
    other, _ = search(tmp_path, needs("no-clipping", "optimiser"), PANEL)
    assert {change.name for change in other.run()} == {"no-clipping", "optimiser"}


def test_a_change_to_the_network_is_tried_where_all_that_is_sane_does_not_do(tmp_path):
    one, _ = search(tmp_path, needs("batch-norm", "weight-decay"), PANEL)
    assert {change.name for change in one.run()} == {"batch-norm", "weight-decay"}


def test_what_finds_nothing_to_act_upon_is_left_out_without_a_branch(tmp_path):
    one, branches = search(tmp_path, needs("weight-decay"), PANEL, applied=lambda name: name in ("weight-decay", "a"))
    assert [change.name for change in one.run()] == ["weight-decay"]
    assert len(branches.made) < 12


def test_a_remedy_and_one_of_the_panel_that_hide_each_other_are_found_all_at_once(tmp_path):
    one, _ = search(tmp_path, needs("a", "weight-decay"), [remedy(A(), "LOS101"), *PANEL])
    assert {change.name for change in one.run()} == {"a", "weight-decay"}


def test_four_that_are_all_needed_are_not_told_as_a_smallest_set(tmp_path):
    faults = ("a", "no-clipping", "weight-decay", "initialisation")
    one, _ = search(tmp_path, needs(*faults), [remedy(A(), "LOS101"), *PANEL])
    assert one.run() == ()


def test_what_was_found_before_an_interruption_is_kept(tmp_path):
    class Interrupted(Written):
        def run(self, changes, seed):
            if len(self.made) > 7:
                raise KeyboardInterrupt
            return super().run(changes, seed)

    one = searched(Interrupted(tmp_path, lambda names: 0.5 if "a" in names else 0.0), ALL)
    results = one.results(one.run())
    assert results.interrupted
    assert results.sufficient == ("a",)
    assert by_title(results)["a", ()].verdict is TrialVerdict.VERIFIED


def test_a_longer_look_that_the_clock_cut_short_does_not_stand_for_what_was_found(tmp_path):
    class Cut(Written):
        def submit(self, changes, seed, limits):
            future = super().submit(changes, seed, limits)
            branch = replace(future.result(), seconds=0.01, ended="seconds" if limits.steps > 100 else "steps")
            future = Future()
            future.set_result(branch)
            return future

    worth = {(): 0.0, ("a",): 0.5, ("a", "b"): 0.95}
    branches = Cut(tmp_path, lambda names: worth.get(tuple(sorted(names)), 0.0))
    one = Search(branches, ALL, steps=100, of_steps=200)
    assert [change.name for change in one.run()] == ["a", "b"]
    assert not one.ledger.longer


class Scattered(Written):
    """Branches whose learning differs with the seed, and which end at the steps they are given."""

    def __init__(self, tmp_path, worth, floor=-1.0):
        super().__init__(tmp_path, lambda names: 0.0)
        self.worth = worth

    def run(self, changes, seed, limits=None):
        names = tuple(one.name for one in changes)
        self.learned = lambda _: self.worth(names, seed, limits.steps if limits else 100)
        return replace(super().run(changes, seed), seconds=0.01, ended="steps")

    def submit(self, changes, seed, limits):
        future = Future()
        future.set_result(self.run(changes, seed, limits))
        return future


def scattered(tmp_path, worth, of_steps, tried=ALL[:1], **more):
    branches = Scattered(tmp_path, worth)
    return Search(branches, tried, steps=100, of_steps=of_steps, **more), branches


def test_a_remedy_that_three_scattered_pairs_left_open_gets_more_of_them(tmp_path):
    one, branches = scattered(tmp_path, lambda names, seed, _: (0.9, 0.1, 0.8, 0.75, 0.85)[seed] if names else 0.0, 100)
    results = one.results(one.run())
    assert results.sufficient == ("a",)
    assert results.trials[0].effect.pairs == 5
    assert (("a",), 4) in branches.made


def test_a_remedy_that_would_matter_by_the_end_of_the_run_is_not_refuted_and_gets_longer_pairs(tmp_path):
    def worth(names, seed, steps):
        return (0.12 if steps == 100 else 0.7) if names else 0.0

    one, _ = scattered(tmp_path, worth, 800)
    one.ledger.history = replace(one.ledger.history, scores=Trend())
    results = one.results(one.run())
    assert results.sufficient == ("a",)
    assert results.trials[0].effect.gain == pytest.approx(0.7, abs=0.02)


class Trend(dict):
    """Scores of what was still falling when it was cut."""

    def __setitem__(self, key, score):
        super().__setitem__(key, replace(score, doubling=0.2 if score.learned > 0.05 else 0.0))


def test_what_the_clock_has_cut_does_not_replace_what_it_had_not(tmp_path):
    _, branches = scattered(tmp_path, lambda *_: 0.0, 100)
    whole = branches.run((), 0)
    history = History().with_runs([FinishedRun(Key((), 0), 100, whole)])
    history = history.with_runs([FinishedRun(Key((), 0), 100, replace(whole, ended="seconds"))])
    assert history.branch(()) is whole


def test_what_three_pairs_leave_open_of_changes_that_help_only_together_gets_more_of_them(tmp_path):
    def worth(names, seed, _):
        beside = (0.0, 0.8, 0.0, 0.1, 0.0)[seed] if "b" in names else 0.0
        return 0.9 if {"a", "b"} <= set(names) else beside

    one, _ = scattered(tmp_path, worth, 100, [remedy(A(), "LOS101"), remedy(B(), "OPT101")])
    results = one.results(one.run())
    assert results.sufficient == ("a", "b")
    assert {trial.effect.pairs for trial in results.trials if trial.on_top_of} == {3, 5}


def test_of_changes_that_exclude_each_other_only_one_is_tried_on_top_of_a_set(tmp_path):
    others = [Candidate(intervention=kind(name)()) for name in ("learning-rate", "optimiser")]
    chosen = remedy(kind("set-learning-rate")(), "OPT101")
    one, branches = search(tmp_path, lambda names: 0.0, [chosen, remedy(A(), "LOS101"), *others])
    one.run()
    together = [names for names, _ in branches.made if len(names) > 1]
    assert together
    rates = {"set-learning-rate", "learning-rate", "optimiser"}
    assert not [names for names in together if len(rates & set(names)) > 1]


def test_remedies_are_tried_again_on_top_of_what_was_found_all_at_once(tmp_path):
    def worth(names):
        if set(names) == {"a", "no-clipping"}:
            return 0.95
        return 0.6 if "no-clipping" in names else 0.0

    one, _ = search(tmp_path, worth, [remedy(A(), "LOS101"), *PANEL[:3]])
    assert {change.name for change in one.run()} == {"a", "no-clipping"}


def test_where_nothing_shows_everything_is_looked_at_once_more_in_longer_branches(tmp_path):
    def worth(names, _, steps):
        return 0.9 if {"no-clipping", "weight-decay"} <= set(names) and steps > 200 else 0.0

    one, branches = scattered(tmp_path, worth, 800, PANEL)
    results = one.results(one.run())
    assert set(results.sufficient) == {"no-clipping", "weight-decay"}
    alone = [names for names, _ in branches.made if len(names) == 1 and names[0] == "batch-norm"]
    assert not alone, "before the panel is tried one by one"


@dataclass(frozen=True)
class Stepwise(Change):
    name: ClassVar[str] = "stepwise"

    def further(self):
        return Stepwise("further") if not self.what else None


@pytest.mark.parametrize(("more", "expected"), [(0.8, "stepwise further"), (0.51, "stepwise")])
def test_another_setting_of_what_was_found_is_taken_where_it_comes_to_more(tmp_path, more, expected):
    branches = Settings(tmp_path, {"stepwise": 0.5, "stepwise further": more})
    one = searched(branches, [remedy(Stepwise(), "LOS101")])
    results = one.results(one.run())
    assert results.sufficient == (expected,)
    assert by_title(results)[expected, ()].verdict is TrialVerdict.VERIFIED


def test_where_all_remedies_do_together_nothing_of_the_panel_is_put_on_top(tmp_path):
    remedies = [remedy(A(), "LOS101"), remedy(B(), "OPT101")]
    one, branches = search(tmp_path, lambda names: 0.95 if {"a", "b"} <= set(names) else 0.0, [*remedies, *PANEL])
    assert {change.name for change in one.run()} == {"a", "b"}
    assert not [names for names, _ in branches.made if set(names) - {"a", "b"}]


def test_a_start_that_no_control_has_is_held_against_that_of_the_first(tmp_path):
    """Without a constant answer the beginning takes its place: coming down from far above it is no learning."""

    class Far(Written):
        def run(self, changes, seed):
            branch = super().run(changes, seed)
            loss = [1000.0 if at < 20 else 10.0 for at in range(200)] if changes else [2.0] * 200
            return replace(branch, directory=synthetic.record(self.tmp_path, loss=loss, function=None).path)

    one = searched(Far(tmp_path, lambda names: 0.0), [])
    change = (A(),)
    carry_out(one.ledger.ensure([((), 0), (change, 1)]), one.runner)
    assert one.ledger.score(change, 1).learned == -1.0
    carry_out(one.ledger.ensure([((), 1)]), one.runner)
    assert one.ledger.score(change, 1).learned == -1.0


@dataclass(frozen=True)
class Finder(Change):
    name: ClassVar[str] = "finder"
    finds: ClassVar[bool] = True


def test_what_a_change_has_found_in_its_branch_is_kept(tmp_path):
    one, _ = search(tmp_path, lambda names: 0.95 if names else 0.0, [remedy(Finder(), "OPT101"), ALL[1]])
    results = one.results(one.run())
    assert results.sufficient == ("finder",)
    assert [trial.found for trial in results.trials if trial.title == "finder"] == ["done"]
    keep(results, tmp_path)
    assert read(tmp_path) == results


def test_a_sure_but_small_gain_of_a_short_branch_is_not_refuted(tmp_path):
    for of_steps, proof in ((100, TrialVerdict.REFUTED), (800, TrialVerdict.NO_DIFFERENCE)):
        one, _ = scattered(tmp_path, lambda names, *_: 0.08 if names else 0.0, of_steps)
        results = one.results(one.run())
        assert {trial.verdict for trial in results.trials} == {proof}


def test_what_was_verified_on_top_of_the_rest_is_not_needless(tmp_path):
    one, _ = search(tmp_path, lambda names: 0.9 if "b" in names else 0.0, ALL)
    carry_out(one.ledger.ensure([((), 0), ((A(), B()), 0)]), one.runner)
    without_needless = one.planner.elimination.without_needless
    assert carry_out(without_needless((A(), B())), one.runner) == (B(),)
    proved = judge(one.ledger, (B(),), ALL[0], whole=(A(), B()))
    one.ledger.record((B(),), ALL[0], replace(proved, verdict=TrialVerdict.VERIFIED))
    assert carry_out(without_needless((A(), B())), one.runner) == (A(), B())


@pytest.mark.parametrize(
    ("treated", "pairs_worse", "proof"),
    [
        (0.45, False, TrialVerdict.NO_DIFFERENCE), (0.13, False, TrialVerdict.REFUTED),
        (0.02, True, TrialVerdict.REFUTED),
    ],
)
def test_a_short_branch_refutes_only_what_is_not_ahead_of_its_control(tmp_path, treated, pairs_worse, proof):
    tried = [remedy(A(), "OPT105")]
    one, _ = scattered(tmp_path, lambda names, *_: treated if names else 0.13, 800, tried, floor=0.7)
    results = one.results(one.run())
    (trial,) = results.trials
    assert trial.verdict is proof
    assert trial.effect.control == pytest.approx(0.7, abs=0.05)
    assert trial.shown.control == pytest.approx(0.13, abs=0.05), "what is told is the control after as many steps"
    assert trial.shown.harmful is pairs_worse


def test_a_script_that_does_not_do_again_what_it_did_is_told_as_that(tmp_path):
    class Fails(Written):
        def run(self, changes, seed):
            self.made.append((changes, seed))
            record = synthetic.record(self.tmp_path, loss=[])
            return Branch(changes, seed, record.path, 0.1, "exception", "FileExistsError: out", ())

    branches = Fails(tmp_path, lambda names: 0.0)
    one = searched(branches, ALL)
    results = one.results(one.run())
    assert "it raises FileExistsError: out before it trains" in results.refused
    assert "move that away" in results.refused
    assert len(branches.made) == 2, "two controls and nothing else"
    nothing_before = Search(branches, ALL, of_steps=0)
    assert not nothing_before.results(nothing_before.run()).refused


@pytest.mark.parametrize(("why", "said"), [("ConnectionError: hub", "no network"), ("", "trains nothing")])
def test_why_a_script_does_not_do_again_what_it_did_is_not_guessed(tmp_path, why, said):
    class Ends(Written):
        def run(self, changes, seed):
            record = synthetic.record(self.tmp_path, loss=[])
            return Branch(changes, seed, record.path, 0.1, "exception" if why else "finished", why, ())

    one = searched(Ends(tmp_path, lambda names: 0.0), ALL)
    assert said in one.results(one.run()).refused


@pytest.mark.parametrize("candidates", [ALL, PANEL, [remedy(A(), "LOS101"), *PANEL]])
def test_a_proposal_follows_from_the_reports_alone(tmp_path, candidates):
    """The planner never sees a branch run: from the same reports it proposes again what was run."""

    class Recorded(Runner):
        def execute(self, request):
            asked.append(request)
            reports.append(super().execute(request))
            return reports[-1]

    asked, reports = [], []
    branches = Written(tmp_path, needs("a", "weight-decay"))
    one = Search(branches, candidates)
    one.runner = Recorded(branches, 60.0, progress=lambda _: None)
    one.run()
    assert len(asked) > 2
    for number, request in enumerate(asked):
        assert propose(one.situation, reports[:number]) == request
    assert propose(one.situation, reports) is None


def test_the_first_proposal_is_the_control_twice_with_no_branch_at_hand():
    situation = Situation(candidates=tuple(ALL), limits=Limits(steps=10, seconds=1), of_steps=10, budget=1.0)
    request = propose(situation, [])
    assert request.runs == (Key((), 0), Key((), 0))
    assert request.whatever_is_left
