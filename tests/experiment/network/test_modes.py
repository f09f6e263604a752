"""Dropout and training mode."""

import pytest

from unstuck.experiment.interventions.no_dropout import NoDropout
from unstuck.experiment.interventions.training_mode import TrainingMode

DROPOUT = """
import torch, torch.nn as nn
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.Linear(8, 4), nn.Dropout(0.5))
x = torch.randn(8, 4)
for _ in range(3):
    out = model(x)
    out.square().mean().backward()
    print((out == 0).float().mean().item())
print(float(torch.rand(1)))
"""


def test_none_at_all_and_the_same_numbers_behind(play):
    told, plain = play(DROPOUT, NoDropout()), play(DROPOUT)
    assert told.numbers[:3] == [0, 0, 0]
    assert told.numbers[3] == plain.numbers[3]
    assert told.told[0] == {"dropout of 0.5 made 0": 6}


def test_half_of_it(play):
    told, plain = play(DROPOUT, NoDropout(0.5)), play(DROPOUT)
    assert 0 < sum(told.numbers[:3]) < sum(plain.numbers[:3])
    assert told.numbers[3] == plain.numbers[3]


def test_on_the_output_alone_from_the_second_forward_on(play):
    told = play(DROPOUT, NoDropout(0.0, "output"))
    assert told.numbers[0] > 0
    assert told.numbers[1:3] == [0, 0]
    assert told.told[0] == {"dropout of 0.5 made 0": 2}


def test_dropout_inside_recurrent_layers(play):
    code = """
import torch, torch.nn as nn
model = nn.LSTM(4, 4, num_layers=2, dropout=0.5)
model(torch.randn(3, 2, 4))
print(model.dropout)
"""
    assert play(code, NoDropout()).printed == "0.0\n"


MODE = """
import torch, torch.nn as nn
model = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
x = torch.randn(8, 4)
START
seen = []
model[1].register_forward_hook(lambda layer, *_: seen.append(layer.training))
model(x).sum().backward()
with torch.no_grad():
    model(x)
print(*map(int, seen), int(model[1].training))
"""


@pytest.mark.parametrize(
    ("start", "seen"), [("model.eval()", "1 0 0\n"), ("model.train()", "1 0 1\n"), ("model[1].eval()", "1 0 0\n")]
)
def test_the_mode_is_set_for_each_call_and_put_back(play, start, seen):
    told = play(MODE.replace("START", start), TrainingMode())
    assert told.printed == seen
    assert told.told[0]


def test_frozen_parts_keep_their_mode(play):
    told = play(MODE.replace("START", "model[1].eval(); model[1].requires_grad_(False)"), TrainingMode())
    assert told.printed == "0 0 0\n"
    assert told.told == ({},)
