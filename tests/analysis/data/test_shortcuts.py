"""Nuisances on data where the truth is known: marks, tints, keys, names; and columns that are lost in a split."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from unstuck.analysis.data.images import ImageHeader, Images, UnreadableImage
from unstuck.analysis.data.lost_columns import lost_columns
from unstuck.analysis.data.nuisances import key_numbers, name_kinds, seconds
from unstuck.analysis.data.sample import Column, DataSet, Sample, Target
from unstuck.analysis.data.shortcuts import class_scores, labels_of, one_value, shortcuts
from unstuck.core.data_types import ColumnType, Form, Task
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.shortcuts import Nuisance


def target_of(y):
    names = tuple(str(one) for one in np.unique(y))
    task = Task.BINARY if len(names) == 2 else Task.MULTI_CLASS
    return Target(names=("y",), task=task, classes=names, codes=np.searchsorted(np.unique(y), y))


def images_sample(pixels, y, headers=None, **fields):
    small = None if headers is None else lambda at, side: (headers[at], pixels[at])
    images = Images(count=len(pixels), load=lambda at: pixels[at], small=small)
    return Sample(split=0, name="train", form=Form.IMAGE, rows=np.arange(len(pixels)) + 5, images=images,
                  target=target_of(y), **fields)  # fmt: skip


def pictures(count=300, seed=0, shape=(20, 20, 3)):
    random = np.random.default_rng(seed)
    return random.integers(30, 200, (count, *shape)).astype(np.uint8), random.integers(0, 3, count), random


def of(sample):
    return {event.nuisance: event for event in shortcuts(sample)}


def test_honest_images_say_nothing():
    pixels, y, _ = pictures()
    events = of(images_sample(pixels, y)).values()
    assert all(event.correlation < 0.3 and event.null_accuracy is None for event in events)


def test_a_mark_is_measured_by_recall_and_precision_of_its_class():
    pixels, y, random = pictures(900)
    marked = np.where(y == 2, random.random(900) < 0.9, random.random(900) < 0.1)
    pixels[marked, -3:, -3:] = 255
    found = of(images_sample(pixels, y))[Nuisance.MARK]
    true = class_scores(marked, y == 2)
    assert found.label == "2"
    assert (found.recall, found.precision) == pytest.approx((true.recall, true.precision), abs=0.1)
    assert found.correlation == pytest.approx(true.correlation, abs=0.1)
    assert found.contrast > 0.6
    assert found.constant == pytest.approx(1, abs=0.1)
    assert found.null_accuracy < 0.5 < found.accuracy
    assert found.of_class == (y == 2).sum()
    assert set(found.rows) <= set(np.nonzero(marked & (y == 2))[0] + 5)


@pytest.mark.parametrize("marked", [0, 1])
def test_of_two_classes_it_is_the_one_with_the_mark(marked):
    pixels, y, _ = pictures(300)
    y = (y > 0).astype(int)
    pixels[y == marked, -3:, -3:] = 220
    found = of(images_sample(pixels, y))[Nuisance.MARK]
    assert (found.label, found.constant) == (str(marked), pytest.approx(1))


def test_a_frame_has_one_value_all_around():
    pixels, y, _ = pictures()
    pixels[y == 1, 0, 4] = 250  # what an image shows touches its border
    assert of(images_sample(pixels, y))[Nuisance.FRAME].constant < 0.5
    pixels[y == 1, 0], pixels[y == 1, -1], pixels[y == 1, :, 0], pixels[y == 1, :, -1] = 250, 250, 250, 250
    assert of(images_sample(pixels, y))[Nuisance.FRAME].constant == 1


def test_one_value_is_a_mark_and_no_background():
    random = np.random.default_rng(0)
    places = np.zeros((100, 4))
    hits = np.arange(100) < 40
    places[:, 1] = random.random(100) * 200
    assert one_value(places, hits, 0.3) < 0.4  # zeros are the background
    places[:30, 2] = 200.0
    assert one_value(places, hits, 0.3) == pytest.approx(0.75)
    assert one_value(np.zeros((100, 4)), hits, 0.3) == 0.0


def test_scores_are_those_of_scikit_learn():
    from sklearn.metrics import matthews_corrcoef, precision_score, recall_score

    random = np.random.default_rng(0)
    predicted, true = random.random(200) < 0.4, random.random(200) < 0.3
    expected = matthews_corrcoef(true, predicted), recall_score(true, predicted), precision_score(true, predicted)
    assert class_scores(predicted, true) == pytest.approx(expected)
    assert class_scores(np.zeros(5, bool), np.ones(5, bool)) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("change", "nuisance"),
    [
        (lambda x: x + np.array([25, 0, 0]), Nuisance.COLOUR),
        (lambda x: x * 0.6, Nuisance.BRIGHTNESS),
        (lambda x: np.pad(x[1:-1, 1:-1], ((1, 1), (1, 1), (0, 0))), Nuisance.FRAME),
    ],
    ids=["tint", "brightness", "frame"],
)
def test_what_is_done_to_one_class_gives_it_away(change, nuisance):
    pixels, y, _ = pictures()
    for at in np.nonzero(y == 1)[0]:
        pixels[at] = change(pixels[at]).astype(np.uint8)
    found = of(images_sample(pixels, y))[nuisance]
    assert found.label == "1"
    assert found.correlation > 0.9


def test_files_give_classes_away():
    pixels, y, random = pictures()
    headers = [
        ImageHeader(width=20, height=20, mode="RGB", format="PNG" if label == 0 else "JPEG",
                    bytes=int(random.integers(5000, 9000)) + 5000 * (label == 2), quantization=None,
                    captured=f"20{10 + label}:01:01 00:00:00")
        for label in y
    ]  # fmt: skip
    names = tuple(f"{'scan' if label == 1 else 'photo'}_{at}.jpg" for at, label in enumerate(y))
    found = of(images_sample(pixels, y, headers, names=names))
    assert found[Nuisance.FORMAT].label == "0"
    assert found[Nuisance.BYTES].label == "2"
    assert found[Nuisance.NAME].label == "1"
    assert found[Nuisance.TIME].accuracy > 0.95
    assert Nuisance.QUALITY not in found  # there is none


def test_names_that_hold_the_class_are_meant_to():
    assert not name_kinds(("cat.1.jpg", "dog.2.jpg"), ("cat", "dog")).any()
    assert name_kinds(("a/IMG_01.jpg", "b/img_22.jpg", "scan 7.png")).sum(axis=0).tolist() == [2, 1]


def test_numbers_of_keys_and_time_stamps():
    keys = Column(name="id", type=ColumnType.IDENTIFIER, values=np.array(["p-12", "p-7b3", None, "x"], dtype=object))
    assert key_numbers(keys)[:2].tolist() == [12, 3]
    assert np.isnan(key_numbers(keys)[2:]).all()
    assert seconds("1970:01:02 00:00:10") == 86410
    assert np.isnan(seconds(None))
    assert np.isnan(seconds("1970:13:41 00:00:10"))


def table(columns, y, split=0, **fields):
    made = tuple(
        Column(name=name, type=kind, values=np.asarray(values, dtype=float if kind is ColumnType.NUMBER else object))
        for name, kind, values in columns
    )
    return Sample(split=split, name=f"s{split}", form=Form.TABLE, rows=np.arange(len(y)), columns=made,
                  target=target_of(y), **fields)  # fmt: skip


def test_keys_and_sources_of_tables():
    random = np.random.default_rng(0)
    y = random.integers(0, 2, 400)
    key = np.argsort(np.argsort(y + 0.001 * random.random(400)))
    found = of(table(
        [("patient", ColumnType.IDENTIFIER, [f"P{one:04}" for one in key]),
         ("running", ColumnType.IDENTIFIER, [f"R{one:04}" for one in range(400)]),
         ("site", ColumnType.CATEGORY, np.array(["north", "south"])[y]),
         ("sex", ColumnType.CATEGORY, np.array(["f", "m"])[y])], y,
    ))  # fmt: skip
    assert {event.column for event in found.values()} == {"patient", "site"}
    assert found[Nuisance.KEY].accuracy > 0.98
    assert found[Nuisance.SOURCE].accuracy == 1.0


def test_time_in_the_order_of_the_file_is_left_to_the_rule_about_order():
    y = np.repeat([0, 1], 100)
    times = np.arange(200.0)
    assert of(table([("x", ColumnType.NUMBER, times)], y, times=times)) == {}
    mixed = np.random.default_rng(0).permutation(200)
    assert of(table([("x", ColumnType.NUMBER, times)], y[mixed], times=times[mixed]))[Nuisance.TIME].accuracy > 0.95


def test_too_few_examples_or_no_label():
    pixels, y, _ = pictures(30)
    with pytest.raises(TooLittle, match="60 examples"):
        of(images_sample(pixels, y))
    with pytest.raises(TooLittle, match="label"):
        list(shortcuts(Sample(split=0, name="a", form=Form.TABLE, rows=np.arange(3))))


def test_numbers_to_predict_are_below_or_above_their_median():
    target = Target(names=("y",), task=Task.REGRESSION, values=np.array([[1.0], [5.0], [np.nan], [9.0]]))
    labels = labels_of(Sample(split=0, name="a", form=Form.TABLE, rows=np.arange(4), target=target))
    assert labels.codes.tolist() == [0, 0, -1, 1]
    assert labels.names == ("at most 5", "above 5")


def split_pair(keep):
    random = np.random.default_rng(1)
    y, z = random.integers(0, 2, 600), random.integers(0, 2, 200)
    stamp = y + 0.1 * random.normal(size=600)
    other = (z if keep else random.permutation(z)) + 0.1 * random.normal(size=200)
    colour = np.array(["red", "blue"])
    return DataSet(samples=(
        table([("stamp", ColumnType.NUMBER, stamp), ("colour", ColumnType.CATEGORY, colour[y])], y),
        table([("stamp", ColumnType.NUMBER, other), ("colour", ColumnType.CATEGORY, colour[z])], z, split=1),
    ))  # fmt: skip


@pytest.mark.parametrize("keep", [True, False])
def test_a_column_that_tells_the_label_in_training_only(keep):
    events = {event.column: event for event in lost_columns(split_pair(keep))}
    assert {event.split for event in events.values()} == {1}
    assert events["stamp"].training_accuracy > 0.98
    assert events["colour"].accuracy == 1.0
    assert (events["stamp"].accuracy > 0.98) == keep
    assert events["stamp"].telling_columns == 2
    if not keep:
        assert events["stamp"].accuracy == pytest.approx(0.5, abs=0.12)


def test_without_a_held_out_split_nothing_can_be_lost():
    with pytest.raises(TooLittle, match="held-out"):
        list(lost_columns(DataSet(samples=split_pair(True).samples[:1])))


def test_images_that_cannot_be_read_are_no_examples():
    pixels, y, _ = pictures()
    pixels[y == 2, -3:, -3:] = 255
    broken = np.nonzero(y == 2)[0][:3].tolist()

    def load(at):
        if at in broken:
            raise UnreadableImage("truncated")
        return pixels[at]

    images = Images(count=len(pixels), load=load)
    found = of(replace(images_sample(pixels, y), images=images))[Nuisance.MARK]
    assert found.looked_at == len(pixels) - 3
    assert found.of_class == (y == 2).sum() - 3
    assert found.rows
    assert not set(found.rows) & {at + 5 for at in broken}
