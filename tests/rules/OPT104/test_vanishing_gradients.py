from __future__ import annotations

import pytest

from unstuck.analysis.run.training import trainings
from unstuck.analysis.run.view import TrainingView
from unstuck.core.outcome import Fired, Passed
from unstuck.rules.engine import run_rule
from unstuck.rules.families.opt.vanishing_gradients import VanishingGradients
from unstuck.testing import synthetic

NAMES = ("0.weight", "2.weight", "4.weight")
MODEL = {
    "modules": [{"name": name[0], "class": "Linear"} for name in NAMES],
    "parameters": [{"id": at, "name": name, "layer": name[0], "shape": [8, 8]} for at, name in enumerate(NAMES, 1)],
}  # fmt: skip


def outcome(tmp_path, *, gradients=(8e-6, 8e-4, 8e-2), updates=(1e-6, 1e-3, 1e-2), names=NAMES):
    """200 steps; 64 elements a matrix, so that the root mean square is an eighth of the norm."""
    layers = {
        name: {"weight": {"norm": [2.0] * 5, "count": [64.0] * 5}, "update": {"norm": [update] * 5},
               "gradient": {"norm": [gradient] * 5, "count": [64.0] * 5}}
        for name, gradient, update in zip(names, gradients, updates, strict=False)
    }  # fmt: skip
    record = synthetic.record(tmp_path, loss=[2.0] * 200, model=MODEL, layers=layers)
    return run_rule(VanishingGradients, (TrainingView(record, trainings(record)[0]),))


def test_fires_where_the_first_layer_stays(tmp_path):
    """200 steps of 1e-6 / 2 each: 1e-4 of its norm."""
    found = outcome(tmp_path)
    assert isinstance(found, Fired)
    finding = found.findings[0]
    assert finding.measured("gradient_ratio").value == pytest.approx(1e-4)
    assert finding.measured("first_moved").value == pytest.approx(1e-4, rel=0.01)
    assert finding.place.layer == "0"
    assert "1 of 3 weight matrices stay as they were drawn" in finding.message


@pytest.mark.parametrize(
    "plan",
    [{"updates": (1e-2, 1e-2, 1e-2)}, {"gradients": (1e-3, 1e-2, 1e-1)}, {"updates": (1e-6, 1e-6, 1e-6)},
     {"names": NAMES[:2]}],
    ids=["Adam moves it", "a hundredth", "nothing moves", "two layers"],
)  # fmt: skip
def test_is_silent_on(tmp_path, plan):
    assert isinstance(outcome(tmp_path, **plan), Passed)
