"""Data sets and loaders of torch."""

from __future__ import annotations

import base64
import io
import random as python_random

import numpy as np
import pytest
from PIL import Image

from unstuck.analysis.data.measure import silent
from unstuck.audit.settings import AuditSettings
from unstuck.audit.sources.read import read
from unstuck.core.data_types import Form, Task
from unstuck.core.errors import UsageError
from unstuck.record.events.data.shown import Why

pytestmark = pytest.mark.programs
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(60, 3))
Y = np.arange(60) % 3
PIXELS = RANDOM.integers(0, 255, (24, 12, 10, 3), dtype=np.uint8)


def only(source, **options):
    (one,) = read({"train": source}, AuditSettings(**options), silent)
    return one


@pytest.fixture
def torch():
    import torch

    return torch


@pytest.fixture
def pairs(torch):
    class Pairs(torch.utils.data.Dataset):
        """Images with channels first, with random noise in them."""

        classes = ("zero", "one", "two")

        def __len__(self):
            return 24

        def __getitem__(self, at):
            image = torch.tensor(PIXELS[at]).permute(2, 0, 1).float() / 255 + 0.01 * torch.rand(())
            return image, int(Y[at])

    return Pairs


def states(torch):
    numpy = np.random.get_state()[1].tolist()  # noqa: NPY002 - the state of the user's program
    return python_random.getstate(), numpy, torch.get_rng_state().tolist()


def test_a_torch_data_set_is_read_and_random_numbers_stay(torch, pairs):
    before = states(torch)
    one = only(pairs())
    assert states(torch) == before
    assert one.split.form is Form.IMAGE
    assert one.split.shape == (3, 12, 10)
    assert one.split.classes == ("zero", "one", "two")
    assert one.sample.images.load(4).shape == (12, 10, 3)
    first, second = one.sample.read_again(4), one.sample.read_again(4)
    assert first.shape == (12, 10, 3)
    assert not np.array_equal(first, second)
    np.testing.assert_allclose(first, PIXELS[4] / 255, atol=0.011)


def brightest(image):
    return max(high for _, high in Image.open(io.BytesIO(base64.b64decode(image))).convert("RGB").getextrema())


@pytest.mark.parametrize("rows", [24, 10])
def test_a_loader_shows_batches_and_stays_as_it_was(torch, pairs, rows):
    generator = torch.Generator().manual_seed(5)
    loader = torch.utils.data.DataLoader(pairs(), batch_size=6, shuffle=True, generator=generator)
    before, own = states(torch), generator.get_state().tolist()
    one = only(loader, rows=rows)
    assert states(torch) == before
    assert generator.get_state().tolist() == own
    assert one.split.rows == 24
    assert len(one.sample) == rows
    assert {shown.batch for shown in one.batches} == {0, 1, 2}
    assert all(shown.why is Why.BATCH and shown.image for shown in one.batches)
    assert {shown.label for shown in one.batches} == {"zero", "one", "two"}
    assert max(brightest(shown.image) for shown in one.batches) > 200, "numbers from 0 to 1 are shown as black"


def test_a_tensor_data_set_is_a_table(torch, pairs):
    one = only(torch.utils.data.TensorDataset(torch.tensor(X), torch.tensor(X[:, 0])))
    assert one.split.form is Form.TABLE
    assert one.split.task is Task.REGRESSION
    np.testing.assert_allclose(one.sample.columns[1].values, X[:, 1])


@pytest.fixture
def stream(torch):
    class Stream(torch.utils.data.IterableDataset):
        def __iter__(self):
            at = 0
            while True:
                yield torch.tensor(X[at % 60]), int(Y[at % 60])
                at += 1

    return Stream


@pytest.mark.parametrize("loader", [False, True])
def test_a_stream_without_end_is_read_to_the_number_of_rows(torch, stream, loader):
    source = torch.utils.data.DataLoader(stream(), batch_size=7) if loader else stream()
    one = only(source, rows=50)
    assert one.split.rows == 50
    assert any("stream" in note for note in one.split.notes)


def test_a_broken_example_does_not_stop_the_audit(torch, pairs):
    class Broken(pairs):
        def __getitem__(self, at):
            if at == 7:
                raise OSError("the file is truncated")
            return super().__getitem__(at)

    one = only(Broken())
    assert one.split.rows == 24
    assert [type(image).__name__ for image in one.sample.images].count("UnreadableImage") == 1
    assert one.sample.target.codes[7] == -1


def test_a_loader_that_fails_is_a_message(torch, pairs):
    class Failing(pairs):
        def __getitem__(self, at):
            raise RuntimeError("no such disk")

    for source in (Failing(), torch.utils.data.DataLoader(Failing(), batch_size=4)):
        with pytest.raises(UsageError, match=r"failed for 24 of 24.*no such disk"):
            only(source)


def test_a_loader_beside_y_is_a_message(torch, pairs):
    with pytest.raises(UsageError, match="holds its labels itself"):
        only((torch.utils.data.DataLoader(pairs()), Y))


def test_tensors_are_arrays(torch):
    one = only((torch.tensor(X, dtype=torch.bfloat16), torch.tensor(Y)))
    np.testing.assert_array_equal(one.sample.target.codes, Y)
    np.testing.assert_allclose(one.sample.columns[0].values, X[:, 0], rtol=0.01)
