from __future__ import annotations

import pytest

from unstuck.experiment.interventions.batch_size import BatchSize
from unstuck.experiment.interventions.shuffle import Shuffle

LOADER = """
from torch.utils.data import DataLoader, TensorDataset, IterableDataset
data = TensorDataset(torch.arange(12.0))
class Stream(IterableDataset):
    def __iter__(self): return iter(range(12))
def epoch(loader): return [round(v) for batch in loader for v in torch.as_tensor(batch[0]).flatten().tolist()]
"""


def show(*lines):
    return "\n".join([LOADER, *lines])


@pytest.mark.parametrize(
    ("factor", "call", "size"),
    [(0.5, "data, 4", 2), (2.0, "data, batch_size=4", 8), (0.5, "data, 2", 2), (0.5, "data, 1", 1), (0.5, "data", 1),
     (4.0, "data, 4, drop_last=True", 12), (2.0, "data, batch_size=4, shuffle=True", 8), (2.0, "Stream(), 3", 6),
     (0.5, "data, 12", 12), (0.5, "data, 200", 200)],
)  # fmt: skip
def test_batch_size(play, factor, call, size):
    out = play(show(f"print(DataLoader({call}).batch_size)"), BatchSize(factor))
    assert int(out.printed[0]) == size


def test_a_sampler_of_batches_is_left_alone(play):
    out = play(show("print(len(list(DataLoader(data, batch_sampler=[[0, 1], [2]]))))"), BatchSize())
    assert (out.printed, out.applied) == (["2"], [{}])


def test_examples_come_in_a_new_order_every_epoch_while_gradients_are_on(play):
    out = play(show(
        "loader = DataLoader(data, batch_size=4)",
        "before = torch.get_rng_state()",
        "a, b = epoch(loader), epoch(loader)",
        "print(sorted(a) == sorted(b) == list(range(12)), a != b, a != sorted(a))",
        "with torch.no_grad(): print(epoch(loader) == list(range(12)), type(loader.sampler).__name__)",
    ), Shuffle())  # fmt: skip
    assert out.printed == ["True", "True", "True", "True", "RandomSampler"]


def test_the_script_draws_the_same_random_numbers(play):
    code = show("epoch(DataLoader(data, batch_size=4))", "print(torch.rand(1).item())")
    assert play(code).printed == play(code, Shuffle()).printed


@pytest.mark.parametrize(
    "call", ["data, 4, shuffle=True", "data, 4, sampler=range(12)", "data, batch_sampler=[[0, 1], [2]]", "Stream(), 4"]
)
def test_other_loaders_are_left_alone(play, call):
    assert play(show(f"print(epoch(DataLoader({call}))[-1])"), Shuffle()).applied == [{}]


def test_both_together(play):
    out = play(show("print(len(next(iter(DataLoader(data, 4)))[0]))"), BatchSize(2.0), Shuffle())
    assert out.printed == ["8"]
    assert all(out.applied)
