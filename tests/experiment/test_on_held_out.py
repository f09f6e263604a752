"""Changes of which the training loss does not tell what they are worth: the held-out loss decides."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar

import pytest
from test_search import A, Search, Written

from unstuck.core.experiment import Reason, TrialVerdict
from unstuck.experiment.branch.branches import Branch
from unstuck.experiment.interventions.building_blocks.class_confidence import Confidence
from unstuck.experiment.interventions.building_blocks.intervention import Intervention
from unstuck.experiment.results import keep, read
from unstuck.experiment.search.candidates import Candidate
from unstuck.testing import synthetic


@dataclass(frozen=True)
class Longer(Intervention):
    name: ClassVar[str] = "longer"
    held_out_only: ClassVar[bool] = True

    @property
    def lengthens(self):
        return 2


LONGER = Candidate(intervention=Longer(), codes=("LOP111",), remedies=("train-longer",))


class Evaluated(Written):
    """Branches that end with a held-out loss, which is a function of their changes; None for no evaluation."""

    def __init__(self, tmp_path, held_out, seconds=0.0):
        super().__init__(tmp_path, lambda names: 0.5)
        self.held_out, self.seconds, self.steps = held_out, seconds, {}

    def submit(self, changes, seed, limits):
        self.steps[changes, seed] = limits.steps
        return super().submit(changes, seed, limits)

    def run(self, changes, seed):
        names = tuple(one.name for one in changes)
        self.made.append((names, seed))
        length = 200 * (2 if "longer" in names else 1)
        held = self.held_out(names)
        evals = {} if held is None else {"evals": {length // 2: 1.9, length: held + 0.01 * seed}}
        loss = [0.3 + 1.7 * math.exp(-at / 60) for at in range(length)]
        record = synthetic.record(self.tmp_path, loss=loss, function=None, **evals)
        told = tuple(("done",) for _ in names)
        return Branch(changes, seed, record.path, self.seconds, "finished", "", told)


def searched(branches, *candidates):
    return Search(branches, candidates)


@pytest.mark.parametrize(
    ("after", "proof"), [(0.4, TrialVerdict.VERIFIED), (1.17, TrialVerdict.NO_DIFFERENCE), (1.6, TrialVerdict.REFUTED)]
)
def test_a_longer_run_is_held_against_the_whole_run_by_its_last_evaluation(tmp_path, after, proof):
    branches = Evaluated(tmp_path, lambda names: after if "longer" in names else 1.2)
    search = searched(branches, LONGER)
    sufficient = search.run()
    (trial,) = search.results(sufficient).trials
    assert (trial.verdict, trial.on_held_out) == (proof, True)
    assert trial.effect.treated - trial.effect.control == pytest.approx((1.2 - after) / 2.0, abs=0.02)
    assert sufficient == ((Longer(),) if proof is TrialVerdict.VERIFIED else ())
    assert branches.steps[(Longer(),), 0] == 800, "longer than the run, so that it ends by itself"
    assert search.results(sufficient).steps == 200
    keep(results := search.results(sufficient), tmp_path)
    assert read(tmp_path) == results


def test_without_an_evaluation_it_is_not_tested(tmp_path):
    search = searched(Evaluated(tmp_path, lambda names: None), LONGER)
    search.run()
    (trial,) = search.trials.values()
    assert (trial.verdict, trial.effect) == (TrialVerdict.NOT_TESTED, None)
    assert trial.reason is Reason.NO_HELD_OUT_LOSS


def test_what_the_clock_has_cut_on_its_way_is_no_pair(tmp_path):
    """A gain in the first pair alone, and controls of the others that come to their first evaluation only."""

    class Cut(Evaluated):
        def run(self, changes, seed):
            self.held_out = lambda names: 0.4 if "longer" in names and not seed else 1.2
            branch = super().run(changes, seed)
            if changes or not seed:
                return branch
            record = synthetic.record(self.tmp_path, loss=[1.0] * 120, function=None, evals={100: 1.9})
            return replace(branch, directory=record.path, ended="seconds")

    search = searched(Cut(tmp_path, lambda names: None), LONGER)
    search.run()
    assert search.trials[(), LONGER].effect.pairs == 1
    assert search.trials[(), LONGER].verdict is not TrialVerdict.VERIFIED


def test_a_whole_control_that_the_clock_has_cut_does_not_say_that_nothing_is_evaluated(tmp_path):
    class Cut(Evaluated):
        def run(self, changes, seed):
            return replace(super().run(changes, seed), ended="seconds" if self.steps else "steps")

    search = Search(Cut(tmp_path, lambda names: None), [LONGER], steps=100, of_steps=200)
    search.run()
    assert search.trials[(), LONGER].reason is Reason.BUDGET_SPENT


def test_it_is_not_begun_where_whole_runs_do_not_fit(tmp_path):
    branches = Evaluated(tmp_path, lambda names: 0.4, seconds=30.0)
    search = searched(branches, LONGER)
    search.run()
    (trial,) = search.trials.values()
    assert trial.reason is Reason.NEEDS_WHOLE_RUNS
    assert trial.budget_needed > 60
    assert ("longer",) not in {names for names, _ in branches.made}


def test_a_run_that_was_ended_on_its_way_is_no_whole_run(tmp_path):
    branches = Evaluated(tmp_path, lambda names: 0.4)
    search = Search(branches, [LONGER], asked=True, whole=False)
    search.run()
    assert search.trials[(), LONGER].reason is Reason.RUN_CUT
    assert ("longer",) not in {names for names, _ in branches.made}


def test_where_something_else_makes_it_learn_it_is_not_tried(tmp_path):
    branches = Written(tmp_path, lambda names: 0.95 if "a" in names else 0.1)
    search = searched(branches, LONGER, Candidate(intervention=A(), codes=("OPT101",), remedies=("x",)))
    assert search.run() == (A(),)
    assert search.trials[(), LONGER].reason is Reason.NOT_NEEDED
    assert ("longer",) not in {names for names, _ in branches.made}


def test_sure_is_what_is_more_probable_than_on_examples_labelled_so():
    import torch

    confidence = Confidence(3)
    probabilities = torch.tensor([[0.8, 0.1, 0.1], [0.1, 0.6, 0.3], [0.2, 0.2, 0.6]]).repeat(20, 1)
    labels = torch.arange(3).repeat(20)
    everything = torch.ones(60, dtype=torch.bool)
    assert not confidence.doubts(probabilities, labels, everything).any()
    wrong = labels.clone()
    wrong[0], wrong[1] = 2, 0
    counted = everything.clone()
    counted[1] = False
    assert confidence.doubts(probabilities, wrong, counted).nonzero().flatten().tolist() == [0]


def test_nothing_is_suspect_by_a_class_that_is_hardly_known():
    import torch

    confidence = Confidence(2)
    probabilities = torch.tensor([[0.9, 0.1], [0.9, 0.1]])
    assert not confidence.doubts(probabilities, torch.tensor([0, 1]), torch.ones(2, dtype=torch.bool)).any()
