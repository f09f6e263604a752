"""What a budget is spent on: which candidates come first, and how long their branches are."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from unstuck.core.diagnosis import Verdict
from unstuck.core.finding import Severity
from unstuck.experiment.interventions.building_blocks.registry import load, named
from unstuck.experiment.search.branch_length import Pace, planned
from unstuck.experiment.search.candidates import Candidate, candidates, panel
from unstuck.experiment.search.settings import LIKELIEST

PACE = Pace(steps=2000, setup=0.1, step=0.001)


def test_the_panel_is_whole_and_begins_with_the_likeliest():
    names = [one.name for one in panel()]
    assert names[0] == LIKELIEST[0]
    assert names.index("weight-decay") < names.index("batch-norm")
    assert len(names) == sum(len(list(kind.proposed())) for kind in load().values())


def test_one_that_ends_early_where_it_finds_nothing_leaves_time_to_the_others():
    prompt = [Candidate(intervention=named("zero-grad"))] * 10
    whole = [Candidate(intervention=named("batch-norm"))] * 10
    assert planned(PACE, prompt, 12.0, 2, asked=True).steps > planned(PACE, whole, 12.0, 2, asked=True).steps


def test_where_the_set_up_is_long_as_much_of_a_branch_trains_up_to_a_limit():
    tried = [Candidate(intervention=named("zero-grad"), codes=("LOP101",), remedies=("x",))] * 20
    slow = Pace(steps=2000, setup=0.5, step=0.001)
    assert planned(slow, tried, 5.0, 2).steps == 400
    assert planned(replace(slow, steps=250), tried, 5.0, 2).steps == 250, "no longer than the run"


def test_where_a_step_takes_seconds_branches_are_short_rather_than_none():
    tried = [Candidate(intervention=one) for one in panel()]
    slow = Pace(steps=48, setup=1.0, step=1.5)
    assert 8 < planned(slow, tried, 80.0, 2).steps < 20
    assert planned(slow, tried, 30.0, 1, asked=True).steps == 8
    assert planned(replace(slow, steps=5), tried, 80.0, 1).steps == 5, "no longer than the run"


def test_time_is_kept_for_trying_several_remedies_together():
    kinds = ("zero-grad", "standardise-input", "thaw")
    remedies = [Candidate(intervention=named(one), codes=("LOS101",), remedies=("x",)) for one in kinds]
    same = [remedies[0]] * 3
    assert planned(PACE, remedies, 10.0, 2).steps < planned(PACE, same, 10.0, 2).steps


@pytest.mark.parametrize(
    ("verdict", "alarm", "learned", "whole"),
    [
        (Verdict.STUCK, False, None, True), (Verdict.LEARNED, True, 0.2, True), (Verdict.LEARNED, True, 0.9, False),
        (Verdict.LEARNED, False, 0.2, False), (Verdict.LEARNED, True, None, False),
    ],
)  # fmt: skip
def test_the_panel_is_tried_where_little_was_learned_and_something_is_wrong(verdict, alarm, learned, whole):
    remedy = SimpleNamespace(name="zero-grad")
    finding = SimpleNamespace(severity=Severity.WARNING, remedies=[remedy], code="LOP101", evidence=())
    diagnosis = SimpleNamespace(findings=[SimpleNamespace(finding=finding)] if alarm else [], verdict=verdict)
    assert any(not one.codes for one in candidates(diagnosis, learned)) is whole
