from __future__ import annotations

import numpy as np
import pytest

import unstuck
from unstuck.record.events.data.advice import Advice

RANDOM = np.random.default_rng(0)


def advice(x, y, path, **options):
    record = unstuck.audit(x, y, dir=path, **options).record
    found: dict[str, list[Advice]] = {}
    for event in record.parts[0].of(Advice):
        found.setdefault(event.topic, []).append(event)
    return found


def test_a_table_with_three_classes(tmp_path):
    y = np.repeat([0, 1, 2], [300, 200, 100])
    x = RANDOM.normal(size=(600, 4)) * [1, 1, 1, 500] + y[:, None]
    found = advice(x, y, tmp_path)
    assert (found["hidden units"][0].low, found["hidden units"][0].high) == (15, 30)
    assert "dense" in found["kind of network"][0].text
    assert "`x3`" in found["scaling"][0].text
    assert found["classes"][0].text.startswith("the largest class has 3 × the examples of `2`")
    assert found["batch size"][0].high == 16  # the largest power of two below 600 / 20
    assert all(event.source and event.basis for events in found.values() for event in events)


def test_images_of_few_examples(tmp_path):
    found = advice(RANDOM.integers(0, 255, (200, 16, 16), dtype=np.uint8), np.arange(200) % 2, tmp_path)
    assert "convolutional" in found["kind of network"][0].text
    assert "has 100 images: begin with a pretrained network" in found["examples"][0].text
    assert found["depth"][0].low == 3


def test_a_regression_counts_its_inputs(tmp_path):
    x = RANDOM.normal(size=(400, 7))
    found = advice(x, x @ np.arange(7) + RANDOM.normal(size=400), tmp_path)
    assert (found["hidden units"][0].low, found["hidden units"][0].high) == (14, 21)
    assert "classes" not in found


@pytest.mark.parametrize("y", [None])
def test_nothing_without_a_target(y, tmp_path):
    assert advice(RANDOM.normal(size=(50, 3)), y, tmp_path) == {}


def test_the_page_marks_it_as_rules_of_thumb(tmp_path):
    x = RANDOM.normal(size=(300, 3))
    answer = unstuck.audit(x, (x[:, 0] + RANDOM.normal(size=300) > 0).astype(int), dir=tmp_path).answer()
    for text in (answer.html(), answer.markdown()):
        assert "rules of thumb, not measured" in text


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        (300, "begin with 8: 38 steps an epoch"), (340, "begin with 16: 22 steps an epoch"),
        (5000, "begin with 32: 157 steps an epoch; try 16 before 128"),
    ],
)  # fmt: skip
def test_a_batch_size_is_compared_with_another_one(rows, text, tmp_path):
    found = advice(RANDOM.normal(size=(rows, 3)), np.arange(rows) % 2, tmp_path)
    assert found["batch size"][0].text == text
