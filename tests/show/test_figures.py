from __future__ import annotations

import math

import numpy as np
import pytest

from unstuck.analysis.run.training import trainings
from unstuck.core.diagnosis import TrainingSummary, Verdict
from unstuck.figures.gradient_norm import gradient_norm
from unstuck.figures.layers import layer_rows
from unstuck.figures.learning_curve import learning_curve
from unstuck.figures.learning_rate import learning_rate
from unstuck.figures.reduce import columns_of, extremes, mean_by_position, running_mean
from unstuck.record import schema
from unstuck.testing import synthetic


def summary(trivial):
    return TrainingSummary(
        training=0, verdict=Verdict.LEARNING, steps=4, first_loss=2.0, last_loss=1.0, best_loss=1.0,
        baseline_loss=trivial, baseline_answer="the mean",
    )  # fmt: skip


def test_a_short_curve_holds_the_losses_themselves(tmp_path):
    training = synthetic.training(tmp_path, loss=[2.0, 1.5, 1.0, 0.5], evals={2: 1.7, 4: 0.9})
    figure = learning_curve(training, summary(1.8), log=False)
    train, held_out = figure.curves
    assert (train.x, train.y, train.dots) == ((0, 1, 2, 3), (2.0, 1.5, 1.0, 0.5), True)
    assert (held_out.x, held_out.y) == ((2, 4), (1.7, 0.9))
    assert figure.levels[0].y == 1.8
    assert figure.x.low == 0.0
    assert figure.x.high == 4.0
    assert figure.y.low == 0.0


def test_a_long_curve_is_smoothed_over_its_raw_values(tmp_path):
    training = synthetic.training(tmp_path, loss=[1.0, 3.0] * 1000)
    raw, smoothed = learning_curve(training, None, log=False).curves
    assert raw.faint
    assert (min(raw.y), max(raw.y)) == (1.0, 3.0)
    assert len(raw.x) <= 962
    assert all(1.9 < value < 2.1 for value in smoothed.y[1:-1])


def test_the_batches_of_one_evaluation_are_one_point(tmp_path):
    training = synthetic.training(
        tmp_path, loss=[1.0] * 4, evals={4: 2.0},
        rows=[(synthetic.Kind.EVAL_LOSS, 4.0, 4, 2)],
    )  # fmt: skip
    assert learning_curve(training, None, log=False).curves[1].y == (3.0,)


def test_what_is_no_number_is_marked_where_it_was(tmp_path):
    training = synthetic.training(tmp_path, loss=[2.0, math.nan, 1e305, math.inf, 1.0])
    figure = learning_curve(training, None, log=False)
    assert figure.not_numbers == (1.0, 2.0, 3.0)
    assert figure.curves[0].x == (0.0, 4.0)
    assert "3 values not a number" in figure.description


def test_the_log_scale_leaves_out_what_is_not_above_zero(tmp_path):
    training = synthetic.training(tmp_path, loss=[2.0, 0.0, -1.0, 0.5])
    figure = learning_curve(training, summary(-1.0), log=True)
    assert figure.curves[0].y == (2.0, 0.5)
    assert figure.levels == ()
    assert 0 < figure.y.low < 0.5
    assert learning_curve(training, summary(-1.0), log=False).y.low < -1.0


def test_nothing_but_nan_still_makes_a_figure(tmp_path):
    training = synthetic.training(tmp_path, loss=[math.nan] * 5)
    for log in (False, True):
        figure = learning_curve(training, None, log=log)
        assert figure.curves == ()
        assert len(figure.not_numbers) == 5


def test_each_training_begins_at_zero(tmp_path):
    record = synthetic.record(tmp_path, trainings=[{"loss": [1.0, 1.0]}, {"loss": [2.0, 2.0, 2.0]}])
    for training in trainings(record):
        assert learning_curve(training, None, log=False).curves[0].x[0] == 0.0


def test_the_learning_rate_keeps_its_corners_only(tmp_path):
    training = synthetic.training(tmp_path, loss=[1.0] * 100, lr=[0.1] * 50 + [0.01] * 50)
    (curve,) = learning_rate(training).curves
    assert curve.x == (1.0, 50.0, 51.0, 100.0)
    assert curve.y == (0.1, 0.1, 0.01, 0.01)


def test_rates_over_several_decades_are_drawn_on_a_log_scale(tmp_path):
    training = synthetic.training(tmp_path, loss=[1.0] * 3, lr=[1e-5, 1e-3, 1e-1])
    assert learning_rate(training).y.log


def test_an_optimiser_that_is_told_twice_is_one_curve(tmp_path):
    told = [{"id": 3, "line": 10}, {"id": 3, "line": 10, "groups": []}]
    assert len(learning_rate(synthetic.training(tmp_path, loss=[1.0] * 3, optimizer=told)).curves) == 1


def test_without_a_step_there_is_no_learning_rate(tmp_path):
    assert learning_rate(synthetic.training(tmp_path, loss=[1.0], accumulate=4)) is None


LAYERS = {
    "0.weight": {
        "weight": {"norm": [2.0, 2.0]},
        "gradient": {"norm": [3.0, 6.0]},
        "update": {"norm": [0.2, 0.1]},
    },
    "0.bias": {"gradient": {"norm": [4.0, 8.0]}},
    "1": {"activation": {"dead": [0.0, 5.0], "units": 10}},
}


def test_a_layer_has_its_update_ratio_gradient_norm_and_dead_share(tmp_path):
    training = synthetic.training(tmp_path, loss=[1.0] * 10, layers=LAYERS)
    first, second = layer_rows(training)
    ratio, gradient, dead = first.charts
    assert ratio.figure.curves[0].y == pytest.approx((0.1, 0.05))
    assert gradient.figure.curves[0].y == pytest.approx((5.0, 10.0))
    assert dead is None
    assert second.layer == "1"
    assert second.charts[2].figure.curves[0].y == pytest.approx((0.0, 0.5))
    assert second.charts[2].figure.y.high == 1.0


def test_all_layers_share_one_scale(tmp_path):
    layers = {f"{n}.weight": {"gradient": {"norm": [10.0**-n] * 3}} for n in range(3)}
    rows = layer_rows(synthetic.training(tmp_path, loss=[1.0] * 9, layers=layers))
    assert len({row.charts[1].figure.y for row in rows}) == 1


def test_a_gradient_that_is_nan_from_some_step_on_is_marked(tmp_path):
    layers = {"0.weight": {"gradient": {"norm": [1.0, math.nan]}}}
    training = synthetic.training(tmp_path, loss=[1.0] * 10, layers=layers)
    chart = layer_rows(training)[0].charts[1]
    assert chart.figure.not_numbers == (5.0,)
    assert math.isnan(chart.last)
    assert gradient_norm(training).not_numbers == (5.0,)


def test_a_gradient_of_zero_lies_on_the_floor_and_is_told_as_zero(tmp_path):
    layers = {"0.weight": {"gradient": {"norm": [1.0, 0.0]}}, "1.weight": {"gradient": {"norm": [1.0, 0.5]}}}
    first, second = layer_rows(synthetic.training(tmp_path, loss=[1.0] * 10, layers=layers))
    chart = first.charts[1]
    assert chart.last == 0.0
    assert chart.figure.curves[0].y[1] == chart.figure.y.low
    assert second.charts[1].figure.curves[0].y[1] == 0.5


def test_dead_units_are_left_out_where_nothing_can_be_said_yet(tmp_path):
    layers = {"0": {"activation": {"dead": [math.nan, 2.0], "units": 8}}}
    chart = layer_rows(synthetic.training(tmp_path, loss=[1.0] * 10, layers=layers))[0].charts[2]
    assert chart.figure.not_numbers == ()
    assert chart.figure.curves[0].y == (0.25,)


def test_a_parameter_whose_layer_was_first_unknown_has_one_row(tmp_path):
    place = {"id": 900, "what": "gradient", "name": "0.weight", "layer": "0.weight"}
    layers = {"0.weight": {"gradient": {"norm": [1.0, 2.0]}}}
    record = synthetic.record(tmp_path, loss=[1.0] * 10, layers=layers, events=[("place", 0, place)])
    part = record.main
    frame = schema.FRAME.pack(schema.FRAME_MAGIC, 0, 0.0, 1, 12, schema.SUMMARY_FRAME)
    values = np.ones(12, "<f4").tobytes()
    path = part.path / schema.LAYERS_FILE
    path.write_bytes(frame + np.array([900], "<u4").tobytes() + values + path.read_bytes())
    (row,) = layer_rows(trainings(record)[0])
    assert row.layer == "0"
    assert row.charts[1].figure.curves[0].y == (1.0, 2.0)


def test_the_whole_gradient_is_the_root_of_the_sum_of_squares(tmp_path):
    layers = {"0.weight": {"gradient": {"norm": [3.0]}}, "1.weight": {"gradient": {"norm": [4.0]}}}
    assert gradient_norm(synthetic.training(tmp_path, loss=[1.0], layers=layers)).curves[0].y == (5.0,)


def test_without_tracks_there_are_no_layer_figures(tmp_path):
    training = synthetic.training(tmp_path, loss=[1.0])
    assert layer_rows(training) == ()
    assert gradient_norm(training) is None


def test_extremes_keep_both_ends_and_every_peak():
    rng = np.random.default_rng(0)
    y = rng.normal(size=100_000)
    y[54_321], y[12_345] = 50.0, -50.0
    points = extremes(np.arange(100_000.0), y, 100)
    assert len(points.x) <= 202
    assert {0.0, 99_999.0, 54_321.0, 12_345.0} <= set(points.x.tolist())
    assert (np.diff(points.x) > 0).all()


def test_the_running_mean_is_that_of_the_plain_loop():
    y = np.random.default_rng(1).normal(size=101)
    x = np.arange(101.0)
    slow = [y[max(0, i - 5) : i + 6].mean() for i in range(101)]
    assert running_mean(x, y, 10, most=101).y == pytest.approx(slow)


def test_the_running_mean_is_exact_after_a_spike():
    y = np.ones(1000)
    y[10] = 1e20
    assert running_mean(np.arange(1000.0), y, 10, most=1000).y[500] == 1.0


def test_positions_are_averaged_and_thinned():
    assert mean_by_position(np.array([1.0, 1.0, 3.0]), np.array([2.0, 4.0, 5.0])).y.tolist() == [3.0, 5.0]
    assert len(columns_of(np.arange(10_000.0), 50)) == 50
