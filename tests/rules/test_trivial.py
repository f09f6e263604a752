from __future__ import annotations

import math

import pytest

from unstuck.analysis.run.constant_baseline import baseline_of
from unstuck.testing import synthetic


def calls(number=4, **facts):
    """Sampled calls at steps 0, 1, 2 …, whose mean is the loss on the tape."""
    return [{"step": at, "mean": 2.0, "input": {}, **facts} for at in range(number)]


def classes(labels, **more):
    target = {"dtype": "int64", "shape": [sum(labels.values())]}
    return {"labels": {str(k): n for k, n in labels.items()}, "classes": 4, "target": target, **more}


def found(tmp_path, loss_call, loss=2.0, function="cross_entropy"):
    return baseline_of(synthetic.training(tmp_path, loss=[loss] * 50, function=function, loss_call=loss_call))


def entropy(*shares):
    return -sum(p * math.log(p) for p in shares if p)


def test_class_frequencies(tmp_path):
    trivial = found(tmp_path, calls(**classes({0: 300, 1: 100})))
    assert trivial.loss == pytest.approx(entropy(0.75, 0.25), rel=1e-6)
    assert trivial.spread == 0.0  # every call held the same set


def test_batches_leave_an_error(tmp_path):
    rows = [calls(1, **classes({0: 8 + at, 1: 24 - at}))[0] | {"step": at} for at in range(6)]
    trivial = found(tmp_path, rows)
    assert 0 < trivial.spread < 0.1


def test_class_weights(tmp_path):
    weighted = calls(**classes({0: 390, 1: 10}, weight=[1.0, 39.0], classes=2))
    assert found(tmp_path, weighted).loss == pytest.approx(math.log(2), rel=1e-6)


def test_label_smoothing(tmp_path):
    smoothed = calls(**classes({0: 100, 1: 100}, label_smoothing=0.1, classes=2))
    assert found(tmp_path, smoothed).loss == pytest.approx(math.log(2), rel=1e-6)
    skewed = calls(**classes({0: 300, 1: 100}, label_smoothing=0.2, classes=2))
    assert found(tmp_path, skewed).loss == pytest.approx(entropy(0.7, 0.3), rel=1e-6)


def test_ignored_labels_do_not_count(tmp_path):
    padded = calls(**classes({0: 100, 1: 100, 9: 5000}, ignore_index=9))
    assert found(tmp_path, padded).loss == pytest.approx(math.log(2), rel=1e-6)


@pytest.mark.parametrize(("loss", "factor"), [(64.0, 32.0), (0.5, 0.25)], ids=["sum over the batch", "accumulation"])
def test_a_multiple_of_the_mean_is_seen(tmp_path, loss, factor):
    some = calls(**classes({0: 16, 1: 16}, reduction="sum" if factor > 1 else "mean"))
    assert found(tmp_path, some, loss=loss).loss == pytest.approx(factor * math.log(2), rel=1e-6)


def test_summed_batches_of_different_size(tmp_path):
    rows = [
        {"step": at, "input": {}, "mean": 2.0, "reduction": "sum", **classes({0: n, 1: n})}
        for at, n in enumerate([16, 16, 16, 8])
    ]
    losses = [2.0 * 32] * 3 + [2.0 * 16] + [64.0] * 46
    training = synthetic.training(tmp_path, loss=losses, loss_call=rows)
    assert baseline_of(training).loss == pytest.approx(28 * math.log(2), rel=0.01)


def test_a_loss_of_several_terms_has_none(tmp_path):
    rows = calls(**classes({0: 16, 1: 16}))
    for at, row in enumerate(rows):
        row["mean"] = 1.0 + 0.2 * at
    assert found(tmp_path, rows) is None
    twice = calls(2, **classes({0: 16, 1: 16})) + calls(2, **classes({0: 16, 1: 16}))
    assert found(tmp_path, twice) is None


def test_a_second_term_is_seen_in_the_graph(tmp_path):
    graph = [{"op": "Add", "in": [1, 2]}, {"op": "NllLoss", "in": []}, {"op": "Mul", "in": []}]
    rows = calls(**classes({0: 16, 1: 16}))
    assert baseline_of(synthetic.training(tmp_path, loss=[2.0] * 50, loss_call=rows, graph=graph)) is None
    alone = [{"op": "Div", "in": [1]}, {"op": "NllLoss", "in": []}]
    assert baseline_of(synthetic.training(tmp_path, loss=[2.0] * 50, loss_call=rows, graph=alone)) is not None


def test_scores_that_are_no_log_probabilities_have_none(tmp_path):
    rows = calls(**classes({0: 16, 1: 16}, log_normaliser=3.0, function="nll_loss"))
    assert found(tmp_path, rows, function="nll_loss") is None


def binary(mean, **more):
    target = {"dtype": "float32", "shape": [200], "mean": mean, "std": (mean * (1 - mean)) ** 0.5, "min": 0.0, "max": 1.0}
    return {"function": "binary_cross_entropy_with_logits", "target": target, **more}


def test_binary(tmp_path):
    assert found(tmp_path, calls(**binary(0.25))).loss == pytest.approx(entropy(0.25, 0.75), rel=1e-3)


def test_positive_weight(tmp_path):
    weighted = found(tmp_path, calls(**binary(0.1, pos_weight=[9.0])))
    assert weighted.loss == pytest.approx(2 * 0.9 * math.log(2), rel=1e-3)


def test_labels_outside_zero_and_one_have_none(tmp_path):
    rows = calls(**binary(0.0))
    for row in rows:
        row["target"] = {**row["target"], "min": -1.0}
    assert found(tmp_path, rows) is None


def numbers(mean, std, n=100, **more):
    return {"function": "mse_loss", "target": {"dtype": "float32", "shape": [n], "mean": mean, "std": std}, **more}


def test_squares(tmp_path):
    rows = [calls(1, **numbers(mean, 2.0))[0] | {"step": at} for at, mean in enumerate([4.0, 6.0, 4.0, 6.0])]
    assert found(tmp_path, rows, function="mse_loss").loss == pytest.approx(4.0 + 1.0)


def test_squares_of_several_columns_are_taken_column_by_column(tmp_path):
    rows = calls(**numbers(50.0, 50.0, column_mean=[0.0, 100.0], column_variance=[1.0, 1.0]))
    for row in rows:
        row["target"]["shape"] = [100, 2]
    assert found(tmp_path, rows, function="mse_loss").loss == pytest.approx(1.0, rel=0.02)


def test_held_out_targets_make_it_surer(tmp_path):
    few = [calls(1, **numbers(m, 1.0, n=20))[0] | {"step": at} for at, m in enumerate([0.1, -0.1, 0.0])]
    held = {"step": 5, "phase": "eval", "input": {}, **numbers(0.02, 1.05, n=1000)}
    alone = found(tmp_path, few, function="mse_loss")
    both = found(tmp_path, [*few, held], function="mse_loss")
    assert both.spread < alone.spread / 3


def test_absolute_deviations(tmp_path):
    rows = [
        calls(1, **numbers(m, 1.0, constant=0.8) | {"function": "l1_loss"})[0] | {"step": at}
        for at, m in enumerate([0.1, -0.1, 0.0])
    ]
    assert found(tmp_path, rows, function="l1_loss").loss == pytest.approx(0.8 * 100 / 99)


def test_ordered_batches_have_no_median(tmp_path):
    rows = [
        calls(1, **numbers(m, 1.0, constant=0.8) | {"function": "l1_loss"})[0] | {"step": at}
        for at, m in enumerate([0.0, 5.0, 10.0])
    ]
    assert found(tmp_path, rows, function="l1_loss") is None


def test_the_calls_of_another_training_at_the_same_lines_are_borrowed(tmp_path):
    first = {"loss": [2.0] * 30, "loss_call": calls(**classes({0: 50, 1: 50}))}
    record = synthetic.record(tmp_path, trainings=[first, {"loss": [2.0] * 30}])
    from unstuck.analysis.run.training import trainings

    assert baseline_of(trainings(record)[1]).loss == pytest.approx(math.log(2), rel=1e-6)


def test_unknown_losses_have_none(tmp_path):
    assert found(tmp_path, None) is None
    assert found(tmp_path, calls(function="ctc_loss", target={})) is None
