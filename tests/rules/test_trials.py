"""What only an experiment decides: OPT109, OPT110, SYS102, and OPT101, OPT102 where one run shows too little."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.core.experiment import TrialVerdict
from unstuck.core.finding import Applicability, Confidence, Examples, Finding, Remedy, Severity
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.core.trial_verdict import of_finding
from unstuck.experiment.interventions.learning_rate import LearningRate
from unstuck.experiment.finding_confidence import proved
from unstuck.experiment.results import from_json
from unstuck.analysis.run.training import trainings
from unstuck.rules.engine import diagnose, run_rule
from unstuck.rules.families.opt.learning_rate_too_high import LearningRateTooHigh
from unstuck.rules.families.opt.learning_rate_too_low import LearningRateTooLow
from unstuck.rules.families.opt.unsuited_batch_size import UnsuitedBatchSize
from unstuck.rules.families.opt.unsuited_optimizer import UnsuitedOptimizer
from unstuck.rules.families.sys.nondeterministic_run import NondeterministicRun
from unstuck.analysis.run.view import TrainingView
from unstuck.testing import synthetic
from unstuck.testing.synthetic_results import results, trial

LABELS = [
    {"step": at, "labels": {str(k): 6 for k in range(10)}, "classes": 10, "target": {"dtype": "int64", "shape": [60]}}
    for at in range(6)
]
FLAT = (2.31 + 0.02 * np.sin(np.arange(400))).tolist()
LAYERS = {"0.weight": {"weight": {"norm": 10.0, "count": 640}, "update": {"norm": [0.02] * 4, "count": 640}}}

ADAM = trial("optimiser Adam, rate 0.001", 0.95, settings={"kind": "adam", "rate": 0.0})
FASTER = trial("learning-rate × 10", 0.95, settings={"factor": 10.0})
SLOWER = trial("learning-rate × 0.1", 0.95, settings={"factor": 0.1})
LARGER = trial("batch-size × 4", 0.95, settings={"factor": 4.0})
WEAK = trial("batch-norm", 0.1)
RIVAL = trial("standardise-input", 0.9)
COUNTED = Examples(of="examples of the training data", count=200, share=0.2)
CURES = {
    UnsuitedOptimizer: ADAM, LearningRateTooLow: FASTER, LearningRateTooHigh: SLOWER, UnsuitedBatchSize: LARGER,
}  # fmt: skip
EACH = pytest.mark.parametrize(("rule", "cure"), CURES.items(), ids=[rule.name for rule in CURES])


def a_record(tmp_path):
    return synthetic.record(
        tmp_path, loss=FLAT, lr=0.05, layers=LAYERS, optimizer={"class": "SGD", "groups": [{"lr": 0.05}]}, loss_call=LABELS
    )  # fmt: skip


def outcome(rule, tmp_path, tried):
    record = a_record(tmp_path)
    return run_rule(rule, (TrainingView(record, trainings(record)[0], tried),))


@EACH
def test_the_one_change_that_helps_names_the_sickness(rule, cure, tmp_path):
    found = outcome(rule, tmp_path, results([cure, WEAK]))
    assert isinstance(found, Fired)
    (finding,) = found.findings
    assert (finding.confidence, finding.severity) == (Confidence.VERIFIED, rule.severity)
    assert "95 %" in finding.message
    assert "2 %" in finding.message
    assert {0.95, 0.02} <= {round(one.value, 3) for one in finding.evidence}


@EACH
@pytest.mark.parametrize(
    "spoil",
    [
        lambda cure: results([cure, RIVAL]),
        lambda cure: results([cure], sufficient=(cure.title, "zero-grad")),
        lambda cure: results([cure], sufficient=("zero-grad",)),
        lambda cure: results([trial(cure.title, 0.95, pairs=1, settings=cure.settings)]),
        lambda cure: results([trial(cure.title, 0.6, settings=cure.settings)]),
        lambda cure: results([trial(cure.title, 0.95, control=0.4, settings=cure.settings)]),
        lambda cure: results([trial(cure.title, 0.95, settings=cure.settings, codes=("LOS101",))]),
        lambda cure: results([trial(cure.title, 0.95, settings=cure.settings, on_top_of=("zero-grad",))]),
    ],
    ids=[
        "another kind does as well", "two are needed", "another is needed", "one pair", "it does not learn well",
        "it had learned before", "made for a finding", "on top of another",
    ],
)  # fmt: skip
def test_less_than_that_names_nothing(rule, cure, spoil, tmp_path):
    assert not isinstance(outcome(rule, tmp_path, spoil(cure)), Fired)


def test_a_rate_and_an_optimiser_that_both_help_are_the_rate(tmp_path):
    both = results([FASTER, ADAM])
    assert isinstance(outcome(LearningRateTooLow, tmp_path / "a", both), Fired)
    both = results([ADAM, FASTER])
    assert not isinstance(outcome(UnsuitedOptimizer, tmp_path / "b", both), Fired)


@pytest.mark.parametrize("rule", [UnsuitedOptimizer, UnsuitedBatchSize, NondeterministicRun])
def test_without_experiments_it_cannot_look(rule, tmp_path):
    found = outcome(rule, tmp_path, None)
    assert isinstance(found, Skipped)
    assert "experiment" in found.missing[0]


def test_two_runs_that_part_are_told_with_the_step(tmp_path):
    found = outcome(NondeterministicRun, tmp_path, results([WEAK], repeatable=False, parted=17))
    assert isinstance(found, Fired)
    (finding,) = found.findings
    assert finding.severity is Severity.INFO
    assert finding.first_step == 17
    assert "step 17" in finding.message


def test_two_runs_that_agree_are_fine(tmp_path):
    assert isinstance(outcome(NondeterministicRun, tmp_path, results([WEAK])), Passed)


def test_experiments_on_one_training_say_nothing_of_another(tmp_path):
    short = {"loss": FLAT[:50], "loss_call": LABELS}
    record = synthetic.record(tmp_path, trainings=[short, {"loss": FLAT, "loss_call": LABELS}])
    found = diagnose(record, experiments=results([WEAK], repeatable=False, parted=3))
    (finding,) = [one.finding for one in found.findings if one.finding.code == "SYS102"]
    assert finding.training == 1


def test_the_trial_that_names_the_sickness_is_shown_beside_its_remedy(tmp_path):
    record, tried = a_record(tmp_path), results([FASTER, WEAK])
    found = proved(diagnose(record, experiments=tried), tried, record)
    first = found.findings[0].finding
    assert (first.code, first.confidence) == ("OPT101", Confidence.VERIFIED)
    assert found.experiments is not None
    cure = found.experiments.trials[0]
    assert (cure.codes, cure.remedies, cure.verdict) == (("OPT101",), ("raise-learning-rate",), TrialVerdict.VERIFIED)
    assert found.experiments.trials[1].codes == ()


def test_a_trial_that_was_asked_for_proves_the_finding_that_proposes_it(tmp_path):
    far = {"0.weight": {"weight": {"norm": 10.0, "count": 640}, "update": {"norm": [0.0005] * 4, "count": 640}}}
    record = synthetic.record(
        tmp_path, loss=FLAT, lr=1e-6, layers=far, optimizer={"class": "SGD", "groups": [{"lr": 1e-6}]}, loss_call=LABELS
    )  # fmt: skip
    (proposed,) = [one.finding for one in diagnose(record).findings if one.finding.code == "OPT101"]
    titles = [one.title for one in LearningRate.carrying_out("raise-learning-rate", proposed)]
    for title, confidence in ((titles[0], Confidence.VERIFIED), ("learning-rate × 0.1", proposed.confidence)):
        asked = results([trial(title, 0.95), WEAK], sufficient=(title,))
        after = proved(diagnose(record), asked, record)
        assert {one.finding.code: one.finding.confidence for one in after.findings}["OPT101"] is confidence


def test_the_answer_names_nothing_that_was_refuted(tmp_path):
    far = {"0.weight": {"weight": {"norm": 10.0, "count": 640}, "update": {"norm": [0.0005] * 4, "count": 640}}}
    record = synthetic.record(
        tmp_path, loss=FLAT, lr=1e-6, layers=far, optimizer={"class": "SGD", "groups": [{"lr": 1e-6}]}, loss_call=LABELS
    )  # fmt: skip
    faster = trial("learning-rate × 10", 0.03, codes=("OPT101",), remedies=("raise-learning-rate",))
    tried = results([faster], sufficient=("zero-grad",))
    before = diagnose(record, experiments=tried)
    assert "[OPT101]" in before.answer
    after = proved(before, tried, record)
    assert "[OPT101]" not in after.answer
    assert {one.finding.code: one.finding.confidence for one in after.findings}["OPT101"] is Confidence.REFUTED


@pytest.mark.parametrize(
    ("examples", "confidence", "after"),
    [
        (COUNTED, Confidence.MEASURED, Confidence.MEASURED), (COUNTED, Confidence.SUSPECTED, Confidence.REFUTED),
        (None, Confidence.MEASURED, Confidence.REFUTED),
    ],
    ids=["counted", "suspected", "of no examples"],
)  # fmt: skip
def test_what_was_counted_in_the_data_is_not_refuted(examples, confidence, after):
    remedy = Remedy(name="drop-suspects", text="Drop them.", applicability=Applicability.TRIAL)
    found = Finding(
        code="DAT106", name="broken-examples", severity=Severity.WARNING, confidence=confidence,
        message="200 examples are black", remedies=(remedy,), examples=examples,
    )  # fmt: skip
    without_them = trial("drop-suspects", 0.0, codes=("DAT106",), remedies=("drop-suspects",))
    assert without_them.verdict is TrialVerdict.REFUTED
    assert of_finding(found, [without_them]).confidence is after


def test_what_was_kept_before_there_were_settings_is_still_read():
    told = {
        "schema": 1, "way": "re-run", "steps": 3, "of_steps": 3, "reached": 0.0, "reached_after": 0.0, "sufficient": [],
        "seconds": 1.0, "budget": 1.0, "repeatable": True, "refused": "",
        "trials": [{
            "title": "nothing", "names": ["nothing"], "on_top_of": [], "codes": [], "remedies": [],
            "proof": "not tested", "why": "", "effect": None, "control_curve": None, "treated_curve": None,
        }],
    }  # fmt: skip
    read = from_json(told)
    assert read.parted is None
    assert dict(read.trials[0].settings) == {}
