"""Scores and effects: what counts as a gain, and how wide its interval is."""

import math

import pytest
from scipy import stats

from unstuck.core.diagnosis import Verdict
from unstuck.core.experiment import EXPECTED, Effect, TrialVerdict
from unstuck.core.trial_verdict import of_effect
from unstuck.experiment.effect import effect_of, student
from unstuck.experiment.score import WORST, Score, score_of
from unstuck.testing import synthetic


def score(learned, noise=0.0):
    return Score(learned=learned, noise=noise, reference=1.0, verdict=Verdict.LEARNED, steps=100)


def falling(start, end, steps=200):
    return [end + (start - end) * math.exp(-at / 20) for at in range(steps)]


@pytest.mark.parametrize("degrees", [1, 2, 4])
@pytest.mark.parametrize("probability", [0.9, 0.975, 0.99, 0.9999])
def test_students_quantiles_are_scipys(degrees, probability):
    assert student(probability, degrees) == pytest.approx(stats.t.ppf(probability, degrees))


def test_more_degrees_of_freedom_are_refused():
    with pytest.raises(ValueError, match="degrees"):
        student(0.9, 3)


def test_the_score_is_the_share_of_the_reference_that_is_gone(tmp_path):
    record = synthetic.record(tmp_path, loss=falling(2.0, 0.5), function=None)
    found = score_of(record, reference=2.0)
    assert found is not None
    assert found.learned == pytest.approx(0.75, abs=0.01)
    assert found.reference == 2.0


def test_a_loss_that_is_no_number_scores_worst(tmp_path):
    found = score_of(synthetic.record(tmp_path, loss=[*falling(2.0, 1.0), math.nan]))
    assert found is not None
    assert (found.learned, found.verdict) == (WORST, Verdict.DIVERGED)


def test_without_training_there_is_no_score(tmp_path):
    assert score_of(synthetic.record(tmp_path, loss=[])) is None


def test_three_pairs_that_agree_verify():
    effect = effect_of([(score(0.0, 0.01), score(one, 0.01)) for one in (0.8, 0.82, 0.81)])
    assert of_effect(effect) is TrialVerdict.VERIFIED
    assert effect.gain == pytest.approx(0.81)
    assert effect.low < effect.gain < effect.high


def test_one_pair_never_verifies():
    assert of_effect(effect_of([(score(0.0), score(0.9))])) is not TrialVerdict.VERIFIED


def test_pairs_that_disagree_do_not_verify():
    effect = effect_of([(score(0.0), score(one)) for one in (0.9, -0.2, 0.1)])
    assert effect.promising
    assert of_effect(effect) is TrialVerdict.NO_DIFFERENCE


def test_a_gain_too_small_to_matter_is_refuted():
    effect = effect_of([(score(0.5, 0.001), score(one, 0.001)) for one in (0.51, 0.511, 0.509)])
    assert effect.low > 0
    assert of_effect(effect) is TrialVerdict.REFUTED


def test_where_there_is_no_room_for_a_gain_none_is_refuted():
    assert of_effect(effect_of([(score(0.985), score(0.99))] * 3, material=EXPECTED)) is TrialVerdict.NO_DIFFERENCE
    assert of_effect(effect_of([(score(0.985), score(0.9))] * 3)) is TrialVerdict.REFUTED


def test_one_pair_that_is_worse_by_a_trifle_refutes_nothing():
    assert of_effect(effect_of([(score(0.5), score(0.4999))])) is TrialVerdict.NO_DIFFERENCE


def test_a_treatment_that_only_hurries_gains_nothing_over_the_whole_run():
    pairs = [(score(0.3), score(0.7))] * 3
    assert of_effect(effect_of(pairs)) is TrialVerdict.VERIFIED
    assert of_effect(effect_of(pairs, floor=0.9)) is TrialVerdict.REFUTED


def test_the_interval_is_wider_the_more_candidates_were_looked_at():
    pairs = [(score(0.0), score(one)) for one in (0.5, 0.6, 0.7)]
    one, five = effect_of(pairs), effect_of(pairs, among=5)
    assert five.low < one.low
    assert five.gain == one.gain


def test_the_interval_holds_the_true_gain_as_often_as_it_says():
    import numpy as np

    rng = np.random.default_rng(0)
    held = 0
    for _ in range(2000):
        gains = rng.normal(0.3, 0.1, 3)
        effect = effect_of([(score(0.0), score(float(one))) for one in gains])
        held += effect.low <= 0.3 <= effect.high
    assert 0.935 <= held / 2000 <= 0.965


def test_what_is_needed_is_a_share_of_what_is_left():
    assert Effect(control=0.0, treated=0.3, gain=0.3, low=0.2, high=0.4, pairs=3).needed == pytest.approx(0.2)
    assert Effect(control=0.9, treated=0.94, gain=0.04, low=0.03, high=0.05, pairs=3).needed == 0.05


def test_a_loss_below_zero_tells_nothing(tmp_path):
    found = score_of(synthetic.record(tmp_path, loss=[-float(at) for at in range(200)], function=None))
    assert found is not None
    assert not found.objective


def test_a_remedy_for_which_evidence_speaks_needs_less():
    pairs = [(score(0.93), score(one)) for one in (0.975, 0.976, 0.974)]
    assert of_effect(effect_of(pairs)) is not TrialVerdict.VERIFIED
    assert of_effect(effect_of(pairs, material=EXPECTED)) is TrialVerdict.VERIFIED
    assert of_effect(effect_of([(score(0.93), score(0.94))] * 3, material=EXPECTED)) is TrialVerdict.REFUTED


def test_a_shorter_branch_is_scored_at_its_own_length(tmp_path):
    record = synthetic.record(tmp_path, loss=[2.0] * 50 + [0.2] * 50, function=None)
    assert score_of(record, reference=2.0, steps=50).learned == pytest.approx(0.0, abs=0.01)
    assert score_of(record, reference=2.0, steps=100).learned == pytest.approx(0.9, abs=0.01)


def test_what_still_falls_is_projected_to_the_end_of_the_run_and_what_is_level_is_not(tmp_path):
    slow = [2.0 - 0.2 * math.log2(1 + at) for at in range(100)]  # a tenth of the reference with every doubling
    found = score_of(synthetic.record(tmp_path, loss=slow, function=None), reference=2.0)
    assert found.projected(200) == pytest.approx(found.learned + 0.06, abs=0.02)
    assert found.projected(400) == pytest.approx(found.learned + 0.06 + 0.036, abs=0.02)
    level = score_of(synthetic.record(tmp_path, loss=falling(2.0, 1.0, 400), function=None), reference=2.0)
    assert level.projected(800) == pytest.approx(level.learned, abs=0.02)
    assert found.projected(50) == found.learned, "a run is never shorter than its branch"


def test_falling_to_the_constant_answer_from_above_is_no_progress_to_go_on(tmp_path):
    found = score_of(synthetic.record(tmp_path, loss=falling(40.0, 2.0), function=None), reference=2.0)
    assert found.projected(100_000) == pytest.approx(0.0, abs=0.02)


def test_how_much_worse_than_the_constant_answer_a_control_is_leaves_no_doubt_about_a_treatment_that_learns():
    pairs = [(score(bad), score(0.86)) for bad in (-1.0, -0.9, 0.0)]
    assert of_effect(effect_of(pairs)) is TrialVerdict.VERIFIED
    unsure = [(score(-1.0), score(one)) for one in (0.9, 0.1, -0.5)]
    assert of_effect(effect_of(unsure)) is not TrialVerdict.VERIFIED


def test_three_pairs_that_each_show_it_by_themselves_verify_however_far_they_lie_apart():
    apart = [(score(bad, 0.01), score(0.61, 0.01)) for bad in (0.09, 0.27, 0.04)]
    effect = effect_of(apart, among=3)
    assert effect.low < 0
    assert of_effect(effect) is TrialVerdict.VERIFIED
    noisy = [(score(bad, 0.1), score(0.61, 0.1)) for bad in (0.09, 0.27, 0.04)]
    assert of_effect(effect_of(noisy, among=3)) is not TrialVerdict.VERIFIED
    one_fails = [(score(bad, 0.01), score(0.61, 0.01)) for bad in (0.09, 0.57, 0.04)]
    assert of_effect(effect_of(one_fails, among=3)) is not TrialVerdict.VERIFIED


def test_controls_of_other_seeds_come_as_much_further_as_the_first_does_by_the_end_of_the_run():
    pairs = [(score(0.1), score(0.8)), (score(0.3), score(0.8)), (score(-0.5), score(0.8))]
    assert effect_of(pairs, floor=0.4).control == pytest.approx((0.4 + 0.6 + 0.3) / 3)
    assert effect_of(pairs, floor=0.1).control == pytest.approx((0.1 + 0.3 - 0.5) / 3), "it was the whole run"


def test_a_loss_that_measures_nothing_has_no_trend_and_is_no_reference(tmp_path):
    call = {"log_normaliser": 3.0}
    found = score_of(synthetic.record(tmp_path, loss=falling(2.0, -9.0), function="nll_loss", loss_call=call))
    assert found is not None
    assert (found.learned, found.doubling, found.comparable) == (0.0, 0.0, False)
