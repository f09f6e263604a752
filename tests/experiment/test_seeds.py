"""A further seed moves every seed that a script sets, however it writes it."""

import random
import subprocess
import sys

import pytest

CODE = """
import random, sys, numpy, torch
from unstuck.experiment.branch.random_states import move_seeds
move_seeds(int(sys.argv[1]), numpy)
{call}
print({value})
"""


@pytest.mark.parametrize(
    ("call", "value", "expected"),
    [
        ("random.seed(a=5)", "random.random()", random.Random(7).random()),
        ("random.seed(5, version=2)", "random.random()", random.Random(7).random()),
        ("torch.manual_seed(5)", "torch.initial_seed()", 7),
        ("torch.manual_seed(seed=5)", "torch.initial_seed()", 7),
    ],
)
def test_a_seed_is_moved(call, value, expected):
    code = CODE.format(call=call, value=value)
    ran = subprocess.run([sys.executable, "-c", code, "2"], capture_output=True, text=True, check=True)
    assert float(ran.stdout) == expected
