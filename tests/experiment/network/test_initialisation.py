"""Which layers are drawn anew, and by which scheme; the script's own random numbers stay as they are."""

import pytest

from unstuck.core.errors import UsageError
from unstuck.experiment.interventions.initialisation import Initialisation

CODE = """
import torch, torch.nn as nn
torch.manual_seed(0)
model = nn.Sequential(LAYERS)
for p in model.parameters():
    nn.init.constant_(p, 3.0)
MORE
model(torch.randint(5, (4, 6)) if isinstance(model[0], nn.Embedding) else torch.randn(4, 100))
print(model[-1].weight.std().item(), model[-1].bias.abs().max().item(), float(torch.rand(1)))
"""


def code(layers: str, more: str = "") -> str:
    return CODE.replace("LAYERS", layers).replace("MORE", more)


@pytest.mark.parametrize(
    ("activation", "scheme", "spread"),
    [("ReLU", "he", 0.02**0.5), ("Tanh", "glorot", (2 / 200) ** 0.5), ("SELU", "lecun", 0.1)],
)
def test_the_scheme_fits_the_activation(play, activation, scheme, spread):
    program = code(f"nn.Linear(100, 100), nn.{activation}(), nn.Linear(100, 100)")
    told = play(program, Initialisation())
    assert told.told[0] == {f"weights drawn anew ({scheme})": 2}
    assert told.numbers[0] == pytest.approx(spread, rel=0.05)
    assert told.numbers[1] == 0
    assert told.numbers[2] == play(program).numbers[2]


def test_the_scheme_of_functions(play):
    program = """
import torch, torch.nn as nn
class Net(nn.Module):
    def __init__(self):
        super().__init__(); self.a = nn.Linear(4, 4)
    def forward(self, x):
        return torch.tanh(self.a(x))
Net()(torch.randn(2, 4))
"""
    assert play(program, Initialisation()).told[0] == {"weights drawn anew (glorot)": 1}


@pytest.mark.parametrize("more", ["model.load_state_dict(model.state_dict())", "model.requires_grad_(False)"])
def test_loaded_and_frozen_weights_stay(play, more):
    told = play(code("nn.Linear(100, 100), nn.ReLU(), nn.Linear(100, 100)", more), Initialisation())
    assert told.told == ({},)
    assert told.numbers[:2] == [0, 3]


def test_embeddings_and_what_is_tied_to_them_stay(play):
    told = play(code("nn.Embedding(5, 8), nn.LayerNorm(8), nn.Linear(8, 5)", "model[2].weight = model[0].weight"),
                Initialisation())  # fmt: skip
    assert told.told == ({},)


def test_layers_differ_and_orthogonal(play):
    program = """
import torch, torch.nn as nn
model = nn.Sequential(nn.Linear(8, 8), nn.Linear(8, 8))
model(torch.randn(2, 8))
w, v = model[0].weight, model[1].weight
print((w - v).abs().max().item(), (w @ w.T - torch.eye(8)).abs().max().item())
"""
    different, error = play(program, Initialisation("orthogonal")).numbers
    assert different > 0.1
    assert error < 1e-5


def test_a_scheme_that_there_is_not():
    with pytest.raises(UsageError):
        Initialisation("wide")


def test_the_layers_own_draw(play):
    program = code("nn.Linear(100, 100), nn.ReLU(), nn.Linear(100, 100)")
    told = play(program, Initialisation("default"))
    assert told.told[0] == {"weights drawn anew (default)": 2}
    assert told.numbers[0] == pytest.approx(0.1 / 3**0.5, rel=0.05)
    assert told.numbers[1] <= 0.1
    assert told.numbers[2] == play(program).numbers[2]


def test_what_fits_is_followed_by_the_layers_own():
    assert Initialisation().further() == Initialisation("default")
    assert Initialisation("default").further() is None
