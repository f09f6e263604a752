"""What one example is, by shape and values."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.ledger.forms import flattened, shaped
from unstuck.core.data_types import Form
from unstuck.core.outcome import TooLittle

sklearn = pytest.importorskip("sklearn.datasets")
RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("inputs", "form", "shape"),
    [
        pytest.param(np.zeros((9, 5), np.float32), Form.TABLE, (), id="rows"),
        pytest.param(np.zeros((9, 3, 8, 8), np.float32), Form.IMAGE, (8, 8, 3), id="channels first"),
        pytest.param(np.zeros((9, 8, 8, 3), np.float32), Form.IMAGE, (8, 8, 3), id="channels last"),
        pytest.param(np.zeros((9, 28, 28), np.float32), Form.IMAGE, (28, 28, 1), id="no channels"),
        pytest.param(np.zeros((9, 12), np.int64), Form.TOKENS, (12,), id="tokens"),
        pytest.param(np.zeros((9, 100, 3), np.float32), Form.TABLE, (), id="series"),
        pytest.param(np.zeros((9, 1, 100), np.float32), Form.TABLE, (), id="series of one channel"),
    ],
)
def test_shape_gives_the_form(inputs, form, shape):
    found = shaped(inputs)
    assert (found.form, found.shape) == (form, shape)


def test_columns_are_named_by_their_positions():
    assert shaped(np.zeros((4, 3), np.float32)).names == ("column 0", "column 1", "column 2")


def test_pixels_stand_where_they_stood():
    inputs = RANDOM.normal(size=(4, 3, 6, 7)).astype(np.float32)
    assert shaped(inputs).pixels[2, 4, 5, 1] == inputs[2, 1, 4, 5]


def test_flattened_digits_are_images_again():
    rows = sklearn.load_digits().data.astype(np.float32)
    assert (flattened(rows)[7, :, :, 0] == rows[7].reshape(8, 8)).all()
    standardised = (rows - rows.mean(axis=0)) / (rows.std(axis=0) + 1e-9)
    assert flattened(standardised) is not None


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(RANDOM.normal(size=(300, 64)), id="unrelated columns"),
        pytest.param(np.cumsum(RANDOM.normal(size=(300, 64)), axis=1), id="a series"),
        pytest.param(RANDOM.normal(size=(300, 1)) + RANDOM.normal(size=(300, 64)), id="columns all alike"),
        pytest.param(RANDOM.normal(size=(300, 30)), id="no square"),
    ],
)
def test_other_rows_are_no_images(rows):
    assert flattened(rows) is None


def test_rows_with_missing_values_stay_rows():
    rows = sklearn.load_digits().data.copy()
    rows[3, 20] = np.nan
    assert shaped(rows).form is Form.TABLE


def test_videos_are_left_alone():
    with pytest.raises(TooLittle, match="three dimensions"):
        shaped(np.zeros((2, 3, 4, 8, 8), np.float32))


def test_flattened_images_of_which_many_are_blurred_are_images():
    from scipy.ndimage import gaussian_filter

    images = sklearn.load_digits().images[:600]
    padded = np.pad(images, ((0, 0), (3, 3), (3, 3)))
    padded[::2] = gaussian_filter(padded[::2], (0, 3, 3))
    assert flattened(padded.reshape(len(padded), -1).astype(np.float32)) is not None
