"""Inputs of every form come back as they were, edited where they were edited."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from unstuck.evaluate.edited_inputs import editable_images, editable_table, numbers_of
from unstuck.evaluate.examples import ArrayExamples, Examples


class Listed(Examples):
    """Pictures of several sizes, as a folder gives them."""

    def __init__(self, pictures):
        super().__init__()
        self.pictures = pictures

    def __len__(self):
        return len(self.pictures)

    def batch(self, rows):
        return [self.pictures[row] for row in rows]


RANDOM = np.random.default_rng(0)
ROWS = np.arange(5)


@pytest.mark.parametrize(
    "x",
    [
        RANDOM.random((5, 3, 9, 8)).astype(np.float32),
        RANDOM.random((5, 9, 8, 3)),
        RANDOM.random((5, 9, 8)).astype(np.float32),
        RANDOM.integers(0, 256, (5, 1, 9, 8)).astype(np.uint8),
        (RANDOM.normal(size=(5, 3, 9, 8)) * 2).astype(np.float32),
        RANDOM.integers(0, 256, (5, 9, 8, 3)).astype(np.float32),
    ],
    ids=["channels first", "channels last", "gray", "bytes", "standardised", "0 to 255"],
)
def test_images_come_back_as_they_were(x):
    found = editable_images(ArrayExamples(x=x), ROWS)
    assert found.images.shape[0] == 5
    assert found.images.shape[1] in (1, 3)
    assert found.images.shape[2:] == (9, 8)
    assert 0 <= found.images.min() <= found.images.max() <= 1
    back = found.back(found.images)
    assert back.dtype == x.dtype
    assert np.allclose(back, x, atol=1e-4)
    dark = found.back(np.zeros_like(found.images))
    assert dark.shape == x.shape
    assert dark.max() <= x.min() + 1e-5 or x.dtype.kind == "f"


def test_pictures_of_several_sizes_get_the_usual_one():
    pictures = [np.full((8, 10, 3), 40, np.uint8)] * 3
    pictures += [np.full((16, 20, 4), 40, np.uint8), np.zeros((8, 10, 1), np.uint8)]
    found = editable_images(Listed(pictures), ROWS)
    assert found.images.shape == (5, 3, 8, 10)
    back = found.back(found.images)
    assert isinstance(back, list)
    assert all(one.dtype == np.uint8 for one in back)
    assert (back[3] == 40).all()


def test_a_column_is_exchanged_and_nothing_else():
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": ["x", "y", "x"]})
    columns = {"a": np.array([1.0, 2.0, 3.0]), "b": np.array(["x", "y", "x"], object)}
    for raw in (frame, frame[["a"]].to_numpy(), columns):
        table = editable_table(Raw(raw), np.arange(3))
        made = table.with_column(0, np.array([7.0, 8.0, 9.0]))
        column = made["a"] if not isinstance(made, np.ndarray) else made[:, 0]
        assert list(column) == [7.0, 8.0, 9.0]
        assert list(table.column(0)) == [1.0, 2.0, 3.0]
    assert numbers_of(frame["b"].to_numpy()).tolist() == [0.0, 1.0, 0.0]
    assert editable_table(Raw(np.zeros((3, 4, 4))), np.arange(3)) is None


class Raw(Listed):
    """Always the same rows."""

    def batch(self, rows):
        return self.pictures
