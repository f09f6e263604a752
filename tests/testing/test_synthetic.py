from __future__ import annotations

import math

from unstuck.analysis.run.training import trainings
from unstuck.record import events
from unstuck.record.schema import Kind
from unstuck.testing import synthetic


def test_losses_come_back_with_the_count_of_backward_calls_before_them(tmp_path):
    training = synthetic.training(tmp_path, loss=[3.0, 2.0, math.nan], evals={1: 2.5, 3: 1.5}, lr=0.5)
    assert training.loss.index.tolist() == [0, 1, 2]
    assert training.loss.value.tolist()[:2] == [3.0, 2.0]
    assert math.isnan(training.loss.value[2])
    assert training.evals[0].index.tolist() == [1, 3]
    assert training.steps_of(training.optimizers[0].id)["value"].tolist() == [0.5, 0.5, 0.5]


def test_evals_given_as_a_list_are_spread_over_the_run(tmp_path):
    training = synthetic.training(tmp_path, loss=[1.0] * 100, evals=[3.0, 2.0])
    assert training.evals[0].index.tolist() == [50, 100]


def test_accumulation_steps_after_every_nth_backward(tmp_path):
    training = synthetic.training(tmp_path, loss=[1.0] * 8, accumulate=4)
    assert training.steps_of(training.optimizers[0].id)["index"].tolist() == [4, 8]


def test_a_given_event_is_merged_over_the_default_of_its_kind(tmp_path):
    training = synthetic.training(
        tmp_path, loss=[1.0], loss_call={"input": {"shape": [64, 10]}}, optimizer={"class": "Adam"}
    )
    call = training.loss_calls[0]
    assert call.function == "cross_entropy"
    assert call.series == training.loss.id
    assert call.input == events.TensorFacts(shape=(64, 10))
    assert training.optimizers[0].class_name == "Adam"
    assert training.optimizers[0].groups == (events.ParamGroup(lr=0.1),)


def test_two_of_a_kind_make_two_events(tmp_path):
    training = synthetic.training(tmp_path, loss=[1.0], input=[{"mean": 0.0}, {"mean": 9.0, "step": 5}])
    assert [(event.values.mean, event.step) for event in training.inputs] == [(0.0, 0), (9.0, 5)]


def test_a_graph_is_a_list_of_nodes(tmp_path):
    nodes = [{"op": "NllLoss", "in": [1]}, {"op": "Softmax"}]
    training = synthetic.training(tmp_path, loss=[1.0], graph=nodes)
    assert [node.op for node in training.graphs[0].nodes] == ["nll_loss", "softmax"]


def test_layers_become_tracks_with_quantities_over_the_sampled_steps(tmp_path):
    training = synthetic.training(
        tmp_path, loss=[1.0] * 30,
        layers={"head.1.weight": {"gradient": {"norm": [1, 0.5, 0.25]}}, "relu": {"activation": {"dead": 7}}},
    )  # fmt: skip
    (gradient,) = training.tracked("gradient")
    assert gradient.place.layer == "head.1"
    assert gradient.step.tolist() == [0, 10, 20]
    assert gradient["norm"].tolist() == [1.0, 0.5, 0.25]
    assert training.tracked("activation")[0]["dead"].tolist() == [7, 7, 7]


def test_several_trainings_keep_their_losses_apart(tmp_path):
    record = synthetic.record(tmp_path, trainings=[{"loss": [1.0]}, {"loss": [2.0, 2.0]}])
    assert [training.loss.value.tolist() for training in trainings(record)] == [[1.0], [2.0, 2.0]]


def test_epochs_notes_rows_and_events_are_written(tmp_path):
    record = synthetic.record(
        tmp_path, loss=[1.0] * 10, epochs=2, notes=["compiled layers"], rows=[(Kind.CLIP, 3.0, 1, 0)],
        events=[("seed", 0, {"seed": 7})], manifest={"ended": "exception"},
    )  # fmt: skip
    part = record.main
    assert part.rows(Kind.EPOCH)["index"].tolist() == [0, 5]
    assert part.rows(Kind.CLIP)["value"].tolist() == [3.0]
    assert part.of(events.Note)[0].text == "compiled layers"
    assert part.of(events.Seed)[0].seed == 7
    assert record.manifest.ended == "exception"


def test_a_run_without_losses_has_no_main_loss(tmp_path):
    assert synthetic.training(tmp_path).loss is None
