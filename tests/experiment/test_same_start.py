"""Whether a branch begins where the watched run began, by the first loss of each."""

import math

import pytest

from unstuck.experiment.branch.same_start import different_start
from unstuck.testing import synthetic


@pytest.mark.parametrize(
    ("run", "control", "said"),
    [(2.3, 2.3, None), (2.3, 2.301, None), (2.3, 0.1, (2.3, 0.1)), (math.nan, 2.3, None)],
    ids=["the same", "rounded otherwise", "resumed", "no number"],
)
def test_the_first_losses_are_compared(tmp_path, run, control, said):
    records = [synthetic.record(tmp_path, loss=[first] + [0.5] * 30) for first in (run, control)]
    assert different_start(*records) == (said and pytest.approx(said))
