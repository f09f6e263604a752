"""The numbers behind the panels: epochs, hyper-parameters, histograms, network, batches, examples, speed."""

from __future__ import annotations

import io
import math
import struct
import zlib

import numpy as np
import pytest

from unstuck.analysis.run.training import trainings
from unstuck.figures.batches import batches
from unstuck.figures.epoch_curves import epoch_changes, epoch_means, rises
from unstuck.figures.epochs import epoch_begins, epochs_of
from unstuck.figures.example_losses import example_losses
from unstuck.figures.histograms import histograms
from unstuck.figures.hyper_parameters import hyper_parameters
from unstuck.figures.kept_examples import kept_examples, png
from unstuck.figures.learning_curve import learning_curve
from unstuck.figures.network import NO_OPTIMIZER, network
from unstuck.figures.speed import speed
from unstuck.record import events, schema
from unstuck.record.schema import Kind
from unstuck.record.writer import PartWriter
from unstuck.show import svg_ridges
from unstuck.testing import synthetic

# ---- epochs ------------------------------------------------------------------------------------------


def test_the_mean_of_each_epoch_stands_in_its_middle(tmp_path):
    training = synthetic.training(tmp_path, loss=[4.0, 2.0, 1.0, 1.0, 0.5, 0.3], epochs=3)
    cut = epochs_of(training)
    assert (cut.per_part, cut.edges.tolist()) == (1, [0, 2, 4, 6])
    (curve,) = epoch_means(training, cut, log=False).curves
    assert curve.x == (1, 3, 5)
    assert curve.y == pytest.approx((3.0, 1.0, 0.4))


def test_the_change_between_epochs_is_the_difference_of_their_means(tmp_path):
    training = synthetic.training(tmp_path, loss=[4.0, 4.0, 1.0, 1.0, 1.5, 1.5], epochs=3)
    cut = epochs_of(training)
    (curve,) = epoch_changes(training, cut, log=False).curves
    assert (curve.x, curve.y) == ((3, 5), (-3.0, 0.5))
    size, falls, rising = epoch_changes(training, cut, log=True).curves
    assert size.y == (3.0, 0.5)
    assert (falls.y, falls.hollow) == ((3.0,), False)
    assert (rising.y, rising.hollow, rising.line) == ((0.5,), True, False)


def test_a_training_without_epochs_is_cut_into_equal_epochs_of(tmp_path):
    cut = epochs_of(synthetic.training(tmp_path, loss=[1.0] * 200))
    assert (len(cut), cut.per_part, cut.name) == (20, 0, "part")
    assert epochs_of(synthetic.training(tmp_path, loss=[1.0] * 7)) is None


def test_many_epochs_are_taken_together(tmp_path):
    cut = epochs_of(synthetic.training(tmp_path, loss=[1.0] * 1000, epochs=500))
    assert (cut.per_part, cut.name, len(cut)) == (3, "3 epochs", 167)


def test_the_loader_of_the_evaluation_makes_no_epochs(tmp_path):
    rows = [(Kind.EPOCH, 0.0, at, 99) for at in (0, 2, 4)]  # after those of the other loader at the same place
    training = synthetic.training(tmp_path, loss=[1.0] * 6, epochs=[2, 4, 6], rows=rows)
    assert epoch_begins(training).tolist() == [0, 2, 4]


def test_held_out_losses_keep_the_place_of_their_evaluation(tmp_path):
    training = synthetic.training(tmp_path, loss=[1.0] * 6, epochs=3, evals={2: 0.9, 4: 0.7, 6: 0.8})
    held_out = epoch_means(training, epochs_of(training), log=False).curves[1]
    assert (held_out.x, held_out.y) == ((2, 4, 6), (0.9, 0.7, 0.8))
    (mark,) = learning_curve(training, None, log=False).marks
    assert (mark.x, mark.y) == (4, 0.7)


def test_nan_is_left_out_of_a_mean_and_an_epoch_of_nan_has_none(tmp_path):
    training = synthetic.training(tmp_path, loss=[1.0, math.nan, math.nan, math.inf, 3.0, 5.0], epochs=3)
    (curve,) = epoch_means(training, epochs_of(training), log=False).curves
    assert curve.y == (1.0, 4.0)
    nothing = synthetic.training(tmp_path, loss=[math.nan] * 6, epochs=3)
    assert epoch_means(nothing, epochs_of(nothing), log=False) is None
    assert epoch_changes(nothing, epochs_of(nothing), log=True) is None


def test_a_loss_that_rises_most_of_the_time_is_told(tmp_path):
    rising = synthetic.training(tmp_path, loss=[float(n) for n in range(40)], epochs=10)
    assert rises(rising, epochs_of(rising)) == "the training loss rose 9 of 9 times"
    level = synthetic.training(tmp_path, loss=[1.0, 1.0, 1.1, 1.1] * 10, epochs=20)
    assert rises(level, epochs_of(level)) == ""


# ---- moving parts ------------------------------------------------------------------------------------


def told(step, momentum, rates):
    return {"id": 3, "step": step, "groups": [{"lr": rate, "momentum": momentum, "count": 1} for rate in rates]}


def test_what_moves_is_drawn_and_what_stands_still_is_said(tmp_path):
    optimizer = [told(0, 0.5, [0.1]), told(4, 0.9, [0.1])]
    parts = hyper_parameters(synthetic.training(tmp_path, loss=[1.0] * 10, optimizer=optimizer))
    rate, momentum = parts.figures
    assert rate.y.label == "learning rate"
    assert (momentum.curves[0].x, momentum.curves[0].y) == ((0, 4), (0.5, 0.9))
    assert parts.constant == ("SGD: learning rate 0.1",)


def test_rates_of_groups_are_drawn_where_they_differ(tmp_path):
    optimizer = [told(0, 0.5, [0.1, 0.01]), told(4, 0.5, [0.2, 0.02])]
    _, groups = hyper_parameters(synthetic.training(tmp_path, loss=[1.0] * 10, optimizer=optimizer)).figures
    assert [curve.y for curve in groups.curves] == [(0.1, 0.2), (0.01, 0.02)]


def test_clipping_stands_beside_its_threshold(tmp_path):
    clip = ("clip", 0, {"id": 7, "function": "clip_grad_norm_", "threshold": 1.0})
    rows = [(Kind.CLIP, norm, at + 1, 7) for at, norm in enumerate([3.0, 2.0, math.nan, 0.5])]
    parts = hyper_parameters(synthetic.training(tmp_path, loss=[1.0] * 4, events=[clip], rows=rows))
    figure = parts.figures[-1]
    assert (figure.curves[0].x, figure.curves[0].y) == ((0, 1, 3), (3.0, 2.0, 0.5))
    assert figure.levels[0].y == 1.0
    assert figure.not_numbers == (2.0,)
    assert parts.remarks == ("67 % of 3 gradient norms were above the threshold and clipped.",)


def test_the_loss_scale_and_a_changing_batch_size_are_drawn(tmp_path):
    calls = [{"step": at, "target": {"shape": [size]}} for at, size in enumerate((8, 8, 5))]
    rows = [(Kind.SCALER, 65536.0, 1, 0), (Kind.SCALER, 32768.0, 2, 0)]
    parts = hyper_parameters(synthetic.training(tmp_path, loss=[1.0] * 4, loss_call=calls, rows=rows))
    scale, size = parts.figures[-2:]
    assert scale.curves[0].y == (65536.0, 32768.0)
    assert size.curves[0].y == (8.0, 8.0, 5.0)


# ---- histograms --------------------------------------------------------------------------------------


def with_histograms(tmp_path, rows, **plan):
    """``rows``: (step, low, high, counts) of the weight of layer 0."""
    layers = {"0.weight": {"weight": {"norm": [1.0]}}}
    record = synthetic.record(tmp_path, loss=[1.0] * 100, layers=layers, **plan)
    place = next(place.id for place in record.main.of(events.TensorPlace))
    path = record.main.path / schema.LAYERS_FILE
    data = path.read_bytes()
    for step, low, high, counts in rows:
        head = schema.FRAME.pack(schema.FRAME_MAGIC, step, 0.0, 1, 2 + len(counts), schema.HISTOGRAM_FRAME)
        values = np.array([low, high, *counts], "<f4")
        data += head + np.array([place], "<u4").tobytes() + values.tobytes()
    path.write_bytes(data)
    return trainings(record)[0]


def test_a_ridge_has_the_shape_of_its_histogram(tmp_path):
    training = with_histograms(tmp_path, [(0, -1.0, 1.0, [10, 40, 40, 10]), (50, -2.0, 2.0, [0, 50, 25, 25])])
    (layer,), more = histograms(training)
    assert more == 0
    (weights,) = layer.drawings
    assert [ridge.step for ridge in weights.ridges] == [0, 50]
    assert weights.ridges[0].heights == pytest.approx((0.25, 1.0, 1.0, 0.25))
    assert weights.ridges[1].edges == pytest.approx((-2.0, -1.0, 0.0, 1.0, 2.0))
    assert (weights.x.low, weights.x.high) == (-1.0, 2.0)
    assert svg_ridges.draw(weights).count('class="ridge h') == 2


def test_histograms_of_nan_or_of_one_value_do_no_harm(tmp_path):
    rows = [(0, math.nan, math.nan, [0] * 4), (1, 3.0, 3.0, [0, 0, 64, 0])]
    (layer,), _ = histograms(with_histograms(tmp_path, rows))
    (ridge,) = layer.drawings[0].ridges
    assert ridge.heights == (1.0,)
    assert "nan" not in svg_ridges.draw(layer.drawings[0])
    assert histograms(with_histograms(tmp_path, rows[:1])) == ((), 0)


def test_weights_that_spread_very_much_are_told(tmp_path):
    rows = [(0, -0.001, 0.001, [16] * 4), (9, -1.0, 1.0, [16] * 4)]
    (layer,), _ = histograms(with_histograms(tmp_path, rows))
    assert layer.drawings[0].remarks == ("The distribution of the weights became 1000 times wider.",)


# ---- network -----------------------------------------------------------------------------------------


def model():
    modules = [
        {"name": "Net", "class": "Net", "leaf": False}, {"name": "a", "class": "Linear", "leaf": True, "line": 3},
        {"name": "r", "class": "ReLU", "leaf": True}, {"name": "b", "class": "Linear", "leaf": True},
    ]  # fmt: skip
    parameters = [
        {"id": 1, "name": "a.weight", "layer": "a", "shape": [4, 8], "requires_grad": False},
        {"id": 2, "name": "b.weight", "layer": "b", "shape": [2, 4], "requires_grad": True},
        {"id": 3, "name": "b.bias", "layer": "b", "shape": [2], "requires_grad": True},
    ]
    return {"modules": modules, "parameters": parameters}


def test_the_network_table_counts_and_names_who_trains(tmp_path):
    optimizer = {"id": 5, "parameters": [2], "groups": [{"lr": 0.1}]}
    graph = [{"op": "Addmm", "shape": [16, 2], "layer": "b"}, {"op": "Relu", "shape": [16, 4], "layer": "r"}]
    table = network(synthetic.training(tmp_path, loss=[1.0], model=model(), optimizer=optimizer, graph=graph))
    assert [row.layer for row in table.rows] == ["a", "r", "b"]
    assert [row.parameters for row in table.rows] == [32, 0, 10]
    assert [row.trained for row in table.rows] == ["frozen", "", "trainable"]
    assert [row.shape for row in table.rows] == ["", "16 × 4", "16 × 2"]
    assert table.rows[2].optimizer == f"SGD, {NO_OPTIMIZER}"
    assert (table.parameters, table.trainable, table.frozen, table.without_optimizer) == (42, 10, 32, 2)


def test_the_groups_of_an_optimiser_are_told_apart(tmp_path):
    optimizer = {"id": 5, "parameters": [2, 3], "by_group": [[2], [3]], "groups": [{"lr": 0.1}, {"lr": 0.2}]}
    table = network(synthetic.training(tmp_path, loss=[1.0], model=model(), optimizer=optimizer))
    assert table.rows[2].optimizer == "SGD, group 1 of 2, SGD, group 2 of 2"


def test_without_modules_there_is_no_table(tmp_path):
    assert network(synthetic.training(tmp_path, loss=[1.0])) is None


# ---- batches and examples ----------------------------------------------------------------------------


def test_the_class_mix_is_that_of_the_targets(tmp_path):
    calls = [
        {"step": 0, "labels": {"0": 3, "1": 1}, "predicted": {"1": 4}, "target": {"shape": [4]}},
        {"step": 6, "labels": {"1": 4}, "predicted": {"0": 2, "1": 2}, "target": {"shape": [4]}},
        {"step": 6, "labels": {"1": 1}, "phase": "eval"},
    ]
    panel = batches(synthetic.training(tmp_path, loss=[1.0] * 10, loss_call=calls))
    assert panel.mix.cells == ((0.75, 0.0), (0.25, 1.0))
    assert panel.mix.edges == (0.0, 3.0, 10.0)
    zero, one = panel.classes
    assert (zero.train, zero.held_out, zero.predicted) == (0.375, 0.0, 0.5)
    assert one.train == 0.625
    assert panel.facts[0] == "Batches of 4 examples"


def test_batches_of_one_class_are_told(tmp_path):
    calls = [{"step": at, "labels": {str(at): 16}, "target": {"shape": [16]}} for at in range(3)]
    panel = batches(synthetic.training(tmp_path, loss=[1.0] * 10, loss_call=calls))
    assert panel.remarks == ("3 of 3 sampled batches hold one class only: is the data shuffled?",)


def test_inputs_have_mean_spread_and_extremes(tmp_path):
    inputs = [
        {"step": 2, "layer": "a", "mean": 1.0, "std": 2.0, "min": -4.0, "max": 9.0},
        {"step": 5, "layer": "a", "mean": math.nan, "std": 2.0, "min": 0.0, "max": 1.0},
    ]
    (figure,) = batches(synthetic.training(tmp_path, loss=[1.0] * 10, input=inputs)).inputs
    assert [curve.y for curve in figure.curves] == [(9.0,), (-4.0,), (1.0,), (3.0,), (-1.0,)]
    assert figure.not_numbers == (5.0,)


def test_the_hardest_examples_are_those_of_the_later_batches(tmp_path):
    calls = [
        {"step": at, "example_losses": [1.0, 2.0, float(at), math.nan, 0.5], "indices": [10, 20, 30, 40, 50]}
        for at in range(10)
    ]
    panel = example_losses(synthetic.training(tmp_path, loss=[1.0] * 10, loss_call=calls))
    assert [curve.name for curve in panel.spread.curves][:1] == ["hardest"]
    hardest = panel.hardest[0]
    assert (hardest.index, hardest.times_seen, hardest.first, hardest.last, hardest.last_step) == (30, 10, 0.0, 9.0, 9)


@pytest.mark.parametrize(("hard", "told"), [(3.0, 1), (0.5, 0)], ids=["as in the beginning", "better"])
def test_a_hard_tenth_is_told_where_it_has_not_become_better(tmp_path, hard, told):
    begun = [{"step": 0, "example_losses": [2.0] * 20}]
    later = [{"step": at, "example_losses": [0.01] * 18 + [hard] * 2} for at in range(1, 9)]
    panel = example_losses(synthetic.training(tmp_path, loss=[1.0] * 10, loss_call=begun + later))
    assert len(panel.remarks) == told


def test_too_few_losses_of_examples_make_no_panel(tmp_path):
    call = {"example_losses": [1.0] * 9}
    assert example_losses(synthetic.training(tmp_path, loss=[1.0] * 10, loss_call=call)) is None


def test_kept_images_are_pictures_and_rows_are_one(tmp_path):
    record = synthetic.record(tmp_path, loss=[1.0])
    assert kept_examples(record.main) is None
    np.savez(record.main.path / "samples-0-1.npz", input=np.linspace(-1, 1, 32).reshape(2, 1, 4, 4))
    found = kept_examples(record.main)
    assert (len(found.pictures), found.images, found.pictures[0].width) == (2, True, 4)
    (record.main.path / "samples-0-1.npz").write_bytes(b"torn")
    np.savez(record.main.path / "samples-5-2.npz", input=np.ones((3, 7)))
    assert [(one.width, one.height) for one in kept_examples(record.main).pictures] == [(7, 3)]


def test_a_png_holds_the_pixels():
    pixels = np.arange(24, dtype=np.uint8).reshape(3, 2, 4)
    data = io.BytesIO(png(pixels))
    assert data.read(8) == b"\x89PNG\r\n\x1a\n"
    chunks = {}
    while head := data.read(8):
        size, kind = struct.unpack(">I4s", head)
        chunks[kind] = data.read(size)
        assert struct.unpack(">I", data.read(4))[0] == zlib.crc32(kind + chunks[kind])
    assert struct.unpack(">IIBB", chunks[b"IHDR"][:10]) == (4, 2, 8, 2)
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(2, 13)[:, 1:]
    assert (rows.reshape(2, 4, 3).transpose(2, 0, 1) == pixels).all()


# ---- speed -------------------------------------------------------------------------------------------


def test_speed_memory_and_pauses(tmp_path):
    windows = [{"step": at, "memory": (100 + at) << 20} for at in range(2)]
    record = synthetic.record(tmp_path, loss=[1.0] * 40, seconds_per_step=0.1, window=windows)
    curve, memory = speed(record.main).figures
    assert curve.curves[0].y == pytest.approx([10.0] * 10)
    assert memory.curves[0].y == (100.0, 101.0)
    assert speed(record.main).pauses == ()


def test_a_pause_says_what_was_seen_in_it(tmp_path):
    directory = tmp_path / "part"
    writer = PartWriter(directory, {"pid": 1})
    seconds = 0.0
    for at in range(40):
        writer.timeline.append(Kind.BACKWARD, seconds, 1.0, at, 0)
        if at == 9:
            writer.timeline.append(Kind.EVAL_LOSS, seconds + 1.0, 1.0, at + 1, 1)
        seconds += 5.0 if at == 9 else 0.01
    writer.close()
    from unstuck.record.reader import Part

    found = speed(Part(directory))
    (pause,) = found.pauses
    assert (pause.step, pause.why) == (10, "an evaluation")
    assert pause.seconds == pytest.approx(5.0)
    assert "93 %" in found.remarks[-1]


def test_a_few_steps_have_no_speed(tmp_path):
    assert speed(synthetic.record(tmp_path, loss=[1.0] * 3).main) is None
