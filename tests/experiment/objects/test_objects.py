"""What objects become before they are run: checked, copied, unpacked; in this process, without branches."""

from __future__ import annotations

import random
import sys
import threading

import pytest
import torch
from torch import nn
from torch.utils.data import BatchSampler, DataLoader, IterableDataset, RandomSampler, SequentialSampler, TensorDataset

import unstuck
from unstuck.core.errors import UsageError
from unstuck.experiment.branch.objects import Loader, Objects, pack, unpack
from unstuck.experiment.branch.training_loop import batches, pair, placed, train

X = torch.arange(40.0).reshape(20, 2)
Y = torch.arange(20)
DATA = TensorDataset(X, Y)
GOOD = {
    "model": lambda: nn.Linear(2, 1), "loss": nn.MSELoss(), "optimizer": torch.optim.SGD, "data": [(X, Y)], "steps": 3,
    "seed": 0, "file": "here.py", "line": 7,
}  # fmt: skip


@pytest.fixture
def as_before():
    """What `unpack` changes in the process of a branch is put back in this one."""
    path, argv = [*sys.path], sys.argv
    yield
    sys.path[:], sys.argv = path, argv


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"steps": 0}, "steps must be a number"),
        ({"model": 3}, "model must be callable"),
        ({"loss": "mse"}, "loss must be callable"),
        ({"optimizer": torch.optim.Adam([torch.zeros(1, requires_grad=True)])}, "torch.optim.Adam(parameters, …)"),
        ({"data": DATA}, "DataLoader(data, batch_size=…)"),
        ({"data": X}, "data must give pairs"),
        ({"data": 3}, "data must give pairs"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_cannot_be_trained_is_refused(wrong, said):
    with pytest.raises(UsageError) as error:
        Objects.of(**{**GOOD, **wrong})
    assert said in str(error.value)


def test_the_function_refuses_before_it_starts_anything(tmp_path):
    with pytest.raises(unstuck.UnstuckError, match="must be a list of names"):
        unstuck.experiment(nn.Linear, nn.MSELoss(), torch.optim.SGD, [], remedies="zero-grad", dir=tmp_path)
    with pytest.raises(unstuck.UnstuckError, match="There is no remedy pray"):
        unstuck.experiment(nn.Linear, nn.MSELoss(), torch.optim.SGD, [], remedies=["pray"], dir=tmp_path)
    assert not [*tmp_path.iterdir()]


def test_a_generator_is_drawn_within_its_bound_and_that_is_said():
    plain, tensors = random.getstate(), torch.get_rng_state()
    endless = iter(lambda: (torch.randn(2), random.random()), None)
    objects, notes = Objects.of(**{**GOOD, "data": endless})
    assert len(objects.data) == 3
    assert "3 batches of it were drawn" in notes[0]
    assert random.getstate() == plain
    assert torch.equal(torch.get_rng_state(), tensors)


def test_what_cannot_be_copied_is_named(tmp_path):
    lock = threading.Lock()
    objects, _ = Objects.of(**{**GOOD, "loss": lambda output, target: lock})
    with pytest.raises(UsageError, match=r"and loss cannot be copied: .*lock.*Give a loss that reads no such object"):
        pack(objects, tmp_path)


def test_without_cloudpickle_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "cloudpickle", None)
    objects, _ = Objects.of(**GOOD)
    with pytest.raises(UsageError, match="pip install cloudpickle"):
        pack(objects, tmp_path)


def test_lambdas_and_local_classes_come_back(tmp_path, as_before):
    class Net(nn.Linear):
        def forward(self, x):
            return super().forward(x) + 1

    model, scale = Net(2, 1), 3.0
    parts = [(X[:10], Y[:10]), (X[10:], Y[10:])]
    objects, notes = Objects.of(
        **{**GOOD, "model": model, "loss": lambda o, t: scale * model.weight.sum(), "data": parts}
    )
    assert "every pair starts from its weights" in notes[0]
    assert b"torch" in pack(objects, tmp_path)
    copy = unpack(tmp_path)
    assert copy.model is not model
    assert torch.equal(copy.model.weight, model.weight)
    with torch.no_grad():
        copy.model.weight.fill_(1.0)
    assert copy.loss(None, None).item() == 6.0, "the loss reads the copied model"
    assert copy.data[0][0].untyped_storage().data_ptr() == copy.data[1][0].untyped_storage().data_ptr()
    assert (copy.file, copy.line) == ("here.py", 7)


def test_batches_that_share_memory_stand_in_the_file_once(tmp_path):
    big = torch.zeros(1000, 1000)
    objects, _ = Objects.of(**{**GOOD, "data": [(big[i : i + 100], big[i : i + 100]) for i in range(0, 1000, 100)]})
    pack(objects, tmp_path)
    assert (tmp_path / "objects.pt").stat().st_size < 1.1 * big.nbytes


class Stream(IterableDataset):
    def __iter__(self):
        return iter(DATA)


def batch_sampler():
    return BatchSampler(SequentialSampler(DATA), 3, drop_last=True)


@pytest.mark.parametrize(
    "make",
    [
        lambda: DataLoader(DATA, batch_size=6),
        lambda: DataLoader(DATA, batch_size=6, shuffle=True, drop_last=True),
        lambda: DataLoader(DATA, batch_size=6, shuffle=True, generator=torch.Generator().manual_seed(3)),
        lambda: DataLoader(DATA, batch_size=6, sampler=RandomSampler(DATA, num_samples=9)),
        lambda: DataLoader(DATA, batch_size=6, sampler=RandomSampler(DATA, generator=torch.Generator().manual_seed(4))),
        lambda: DataLoader(DATA, batch_sampler=batch_sampler()),
        lambda: DataLoader(DATA, batch_size=None),
        lambda: DataLoader(DATA, batch_size=None, shuffle=True),
        lambda: DataLoader(Stream(), batch_size=6),
        lambda: DataLoader(Stream(), batch_size=None),
    ],
    ids=["in order", "shuffled", "own generator", "samples", "sampler's generator", "batch sampler", "examples",
         "shuffled examples", "stream", "stream of examples"],
)  # fmt: skip
def test_a_loader_made_anew_gives_the_same(make):
    def drawn(loader):
        torch.manual_seed(5)
        return [labels.tolist() for _ in range(2) for _, labels in loader]

    one, other = make(), Loader.of(make()).made(0)
    assert type(other) is DataLoader
    assert drawn(one) == drawn(other)


def test_a_further_pair_has_another_order_and_another_beginning():
    loader = Loader.of(DataLoader(DATA, batch_size=5, shuffle=True, generator=torch.Generator().manual_seed(3)))
    assert len({tuple(next(iter(loader.made(by)))[1].tolist()) for by in (0, 1, 2)}) == 3
    told = [iter(batches(list(range(7)), by)) for by in (0, 1, 2)]
    assert [[next(one) for _ in range(4)] for one in told] == [[0, 1, 2, 3], [2, 3, 4, 5], [4, 5, 6, 0]]
    assert [next(iter(batches(list(range(7)), by))) for by in range(5)] == [0, 2, 4, 1, 3]


def test_data_is_gone_through_again_and_again():
    def take(data, number=5):
        found = batches(data, 0)
        return [next(found) for _ in range(number)]

    assert take([1, 2]) == take(lambda: [1, 2]) == take(lambda: iter([1, 2])) == [1, 2, 1, 2, 1]
    once = map(int, "12")
    with pytest.raises(ValueError, match="data gave no batch in pass 2"):
        take(type("Once", (), {"__iter__": lambda _: once})())
    with pytest.raises(ValueError, match="data gave no batch in pass 1"):
        take([])


def test_a_batch_is_a_pair():
    assert pair([1, 2]) == (1, 2)
    with pytest.raises(TypeError, match="this is a tuple of 3"):
        pair((1, 2, 3))
    with pytest.raises(TypeError, match="this is a dict"):
        pair({"x": 1, "y": 2})


def test_the_loop_stands_where_the_caller_called():
    def loss(output, target):
        frame = sys._getframe(1)
        seen.append((frame.f_code.co_filename, frame.f_lineno))
        return output.sum()

    seen = []
    objects, _ = Objects.of(**{**GOOD, "loss": loss})
    placed(train, "cell 3", 11)(objects, batches(objects.data, 0))
    assert seen == [("cell 3", 11)] * 3
