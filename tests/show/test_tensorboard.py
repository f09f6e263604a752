"""TensorBoard's own reader finds what the record has."""

from __future__ import annotations

import builtins
import struct
import sys
from pathlib import Path

import numpy as np
import pytest
from show_runs import sick_diagnosis, sick_record
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import metadata as hparams
from tensorboard.util.tensor_util import make_ndarray

from unstuck.analysis.run.training import trainings
from unstuck.core.errors import UsageError
from unstuck.record import events, schema
from unstuck.report.tensorboard.write import NO_IMAGES, write
from unstuck.testing import synthetic

RULES = Path(__file__).parents[1] / "rules"
LOOKS = 0.5
"""share of the run's time for close looks: more than by default, so that a busy machine looks often enough too"""
ALL = dict.fromkeys(("scalars", "histograms", "images", "tensors", "compressedHistograms"), 0)


def read(folder):
    reader = EventAccumulator(str(folder), size_guidance=ALL)
    reader.Reload()
    return reader


def hide_matplotlib(patch):
    """What a user without matplotlib has: its import fails."""
    real = builtins.__import__

    def missing(name, *more, **named):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *more, **named)

    patch.setattr(builtins, "__import__", missing)


@pytest.fixture
def without_matplotlib(monkeypatch):
    hide_matplotlib(monkeypatch)


def watched(code, warm, folder):
    ran = warm.run(RULES / code / "sick.py", folder / "ran", budget=LOOKS)
    written = write(ran.diagnose(), ran.record, folder / "logs")
    return ran.record, read(written.folder)


@pytest.fixture(scope="module")
def nan(warm, tmp_path_factory):
    """A real run whose loss becomes NaN, and what TensorBoard reads of it; without pictures, for they take time."""
    with pytest.MonkeyPatch.context() as patch:
        hide_matplotlib(patch)
        return watched("NUM101", warm, tmp_path_factory.mktemp("nan"))


@pytest.fixture(scope="module")
def overfit(warm, tmp_path_factory):
    """A real run with a held-out loss and finite layers."""
    return watched("CRV103", warm, tmp_path_factory.mktemp("overfit"))


def same(events, steps, values, times=None):
    np.testing.assert_array_equal([event.step for event in events], steps)
    np.testing.assert_array_equal(
        np.array([event.value for event in events], np.float32), np.asarray(values, np.float32)
    )
    if times is not None:
        np.testing.assert_allclose([event.wall_time for event in events], times, rtol=0, atol=1e-5)


def test_every_loss_is_there_at_its_step_and_time_nan_and_all(nan):
    record, reader = nan
    loss = trainings(record)[0].loss
    assert np.isnan(loss.value).any()
    same(reader.Scalars("loss/train"), loss.index, loss.value, record.main.about["began"] + loss.time)


def test_the_learning_rate_is_that_of_every_step(nan):
    record, reader = nan
    training = trainings(record)[0]
    rows = training.steps_of(training.optimizers[0].id)
    (tag,) = [tag for tag in reader.Tags()["scalars"] if tag.startswith("learning_rate/Adam (line ")]
    same(reader.Scalars(tag), rows["index"], rows["value"])


def test_layers_have_their_curves(nan):
    record, reader = nan
    training = trainings(record)[0]
    tags = set(reader.Tags()["scalars"])
    for group in ("gradient_norm", "weight_norm", "update_to_weight"):
        assert {f"{group}/{layer}" for layer in ("body.0", "body.2", "ends")} <= tags
    track = next(track for track in training.tracked("activation") if track.place.name == "body.1")
    for column, group in (("mean", "mean"), ("std", "std"), ("zeros", "zero_fraction")):
        same(reader.Scalars(f"activation_{group}/body.1"), track.step, track[column])
    weight, bias = (
        next(track for track in training.tracked("weight") if track.place.name == f"ends.{name}")
        for name in ("weight", "bias")
    )
    same(reader.Scalars("weight_norm/ends"), weight.step, np.sqrt(weight["norm"] ** 2 + bias["norm"] ** 2))


def test_every_held_out_loss_is_there(overfit):
    record, reader = overfit
    (series,) = trainings(record)[0].evals
    assert len(series.value) == 200
    same(reader.Scalars("loss/held-out"), series.index, series.value, record.main.about["began"] + series.time)
    assert np.isfinite([event.value for event in reader.Scalars("final/held_out_loss")]).all()


def test_histograms_are_those_of_the_record(overfit):
    record, reader = overfit
    training = trainings(record)[0]
    places = {event.id: event for event in training.of(events.TensorPlace)}
    rows = [
        (frame.step, places[place], values)
        for frame in training.part.frames if frame.what == schema.HISTOGRAM_FRAME
        for place, values in zip(frame.places.tolist(), frame.values, strict=True)
    ]  # fmt: skip
    seen = 0
    for step, place, values in rows:
        tag = f"{'weights' if place.what == 'weight' else 'gradients'}/{place.name}"
        if not values[2:].any() or values[0] == values[1]:
            continue
        (event,) = [event for event in reader.Histograms(tag) if event.step == step]
        told = event.histogram_value
        assert (told.min, told.max, told.num) == (values[0], values[1], values[2:].sum())
        np.testing.assert_array_equal(told.bucket, values[2:])
        track = next(one for one in training.tracks if one.place is place)
        mean = track["mean"][track.step.tolist().index(step)]
        assert told.sum == pytest.approx(mean * told.num)
        np.testing.assert_allclose(told.bucket_limit, np.linspace(*values[:2].astype(float), 25)[1:])
        seen += 1
    assert seen > 10


def test_findings_are_texts(nan):
    _, reader = nan
    tags = [tag for tag in reader.Tags()["tensors"] if tag.startswith("findings/1 NUM101")]
    (event,) = reader.Tensors(tags[0])
    assert b"NUM101" in make_ndarray(event.tensor_proto)[0]
    assert b"diverged" in make_ndarray(reader.Tensors("answer")[0].tensor_proto)[0]


def test_settings_and_what_came_of_them_are_a_row(nan):
    _, reader = nan
    content = reader.SummaryMetadata(hparams.SESSION_START_INFO_TAG).plugin_data.content
    start = hparams.parse_session_start_info_plugin_data(content)
    told = {name: value.number_value or value.string_value or value.bool_value for name, value in start.hparams.items()}
    assert told["optimiser"] == "Adam"
    assert (told["lr"], told["betas"], told["batch_size"]) == (0.005, "0.9, 0.999", 80)
    assert "amsgrad" not in told
    content = reader.SummaryMetadata(hparams.EXPERIMENT_TAG).plugin_data.content
    wanted = {info.name.tag for info in hparams.parse_experiment_plugin_data(content).metric_infos}
    assert wanted >= {"final/train_loss", "final/best_train_loss"}
    assert wanted <= set(reader.Tags()["scalars"])


def test_figures_are_images(overfit):
    _, reader = overfit
    assert set(reader.Tags()["images"]) >= {"figures/loss", "figures/learning_rate", "figures/gradient_norm"}
    (event,) = reader.Images("figures/loss")
    assert event.encoded_image_string.startswith(b"\x89PNG")
    size = struct.unpack(">II", event.encoded_image_string[16:24])
    assert size == (event.width, event.height)


def test_without_matplotlib_all_else_is_written(tmp_path, without_matplotlib):
    record = sick_record(tmp_path)
    written = write(sick_diagnosis(record), record, tmp_path / "logs")
    assert written.left_out == (NO_IMAGES,)
    reader = read(written.folder)
    assert reader.Tags()["images"] == []
    assert len(reader.Scalars("loss/train")) == 100


def test_without_tensorboard_it_is_refused_in_one_sentence(tmp_path, monkeypatch):
    record = sick_record(tmp_path)
    monkeypatch.setitem(sys.modules, "tensorboard.summary.writer.event_file_writer", None)
    with pytest.raises(UsageError, match="pip install tensorboard"):
        write(sick_diagnosis(record), record, tmp_path / "logs")
    assert not (tmp_path / "logs").exists()


def test_what_is_there_already_stays(tmp_path, without_matplotlib):
    record = sick_record(tmp_path)
    mine = tmp_path / "logs" / record.name / "mine"
    mine.mkdir(parents=True)
    folders = [write(sick_diagnosis(record), record, tmp_path / "logs").folder.name for _ in range(2)]
    assert folders == [f"{record.name}_2", f"{record.name}_3"]
    assert list(mine.parent.iterdir()) == [mine]


def test_an_evaluation_of_several_batches_is_one_value(tmp_path, without_matplotlib):
    rows = [(schema.Kind.EVAL_LOSS, value, 50, 2) for value in (3.0, 5.0)]
    record = synthetic.record(tmp_path, loss=[1.0] * 100, evals={50: 1.0}, rows=rows)
    (series,) = trainings(record)[0].evals
    reader = read(write(sick_diagnosis(record), record, tmp_path / "logs").folder)
    same(reader.Scalars("loss/held-out"), [50], [3.0])
    same(reader.Scalars("loss/held-out, each batch"), series.index, series.value)


def test_several_trainings_are_runs_of_their_own_from_step_0(tmp_path, without_matplotlib):
    record = synthetic.record(tmp_path, trainings=[{"loss": [3.0, 2.0, 1.0]}, {"loss": [6.0, 5.0]}])
    folder = write(sick_diagnosis(record), record, tmp_path / "logs").folder
    for name, losses in (("training-1", [3.0, 2.0, 1.0]), ("training-2", [6.0, 5.0])):
        same(read(folder / name).Scalars("loss/train"), range(len(losses)), losses)
    assert read(folder).Tags()["scalars"] == []


def test_equal_elements_are_one_bin_that_can_be_drawn(tmp_path, without_matplotlib):
    record = sick_record(tmp_path)
    part = next((record.path / "parts").iterdir())
    place = next(place.id for place in record.main.of(events.TensorPlace) if place.what == "weight")
    counts = [0.0] * 12 + [7.0] + [0.0] * 11
    frame = schema.FRAME.pack(schema.FRAME_MAGIC, 3, 0.5, 1, 26, schema.HISTOGRAM_FRAME)
    with (part / schema.LAYERS_FILE).open("ab") as file:
        file.write(frame + struct.pack("<I26f", place, 2.0, 2.0, *counts))
    record = type(record)(record.path)
    reader = read(write(sick_diagnosis(record), record, tmp_path / "logs").folder)
    (event,) = reader.Histograms("weights/0.weight")
    assert (event.histogram_value.bucket_limit, event.histogram_value.bucket) == ([2.5], [7.0])
