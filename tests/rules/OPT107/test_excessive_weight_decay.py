from __future__ import annotations

import pytest

from unstuck.analysis.run.training import trainings
from unstuck.analysis.run.view import TrainingView
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.rules.engine import run_rule
from unstuck.rules.families.opt.excessive_weight_decay import ExcessiveWeightDecay
from unstuck.testing import synthetic

OPTIMIZER = 5
LAYERS = ("0.weight", "2.weight")
MODEL = {
    "modules": [{"name": "0", "class": "Linear"}, {"name": "2", "class": "Linear"}],
    "parameters": [
        {"id": at, "name": name, "layer": name[0], "shape": [8, 8]} for at, name in enumerate(LAYERS, 1)
    ],
}  # fmt: skip


def outcome(tmp_path, *, decay=0.5, last_norm=0.1, gradient=1.0, last=1.9, optimizer="SGD", layers=LAYERS, steps=80):
    """Weights go from a norm of 1 to ``last_norm``, the loss from 2 to ``last``."""
    norms = [1.0, 0.8, (1 + last_norm) / 2, last_norm, last_norm]
    record = synthetic.record(
        tmp_path, loss=[2.0 + (last - 2.0) * min(1.0, 3 * at / steps) for at in range(steps)], model=MODEL,
        optimizer={"id": OPTIMIZER, "class": optimizer, "groups": [{"lr": 0.1, "weight_decay": decay}],
                   "file": "train.py", "line": 10},
        rows=[(synthetic.Kind.STEP, 0.1, at + 1, OPTIMIZER) for at in range(steps)], accumulate=10**6,
        layers={name: {"weight": {"norm": norms}, "gradient": {"norm": [gradient] * 5}} for name in layers},
    )  # fmt: skip
    return run_rule(ExcessiveWeightDecay, (_view(record),))


def _view(record):
    return TrainingView(record, trainings(record)[0])


def test_fires_with_the_norm_that_is_left(tmp_path):
    found = outcome(tmp_path)
    assert isinstance(found, Fired)
    finding = found.findings[0]
    assert finding.measured("norm_left").value == pytest.approx(0.1)
    assert "a weight decay of 0.5 leaves 10 % of the norm of the weights" in finding.message
    assert (finding.place.line, finding.remedies[0].code) == (10, "weight_decay=5e-05")


@pytest.mark.parametrize(
    "plan",
    [{"decay": 0.01}, {"last_norm": 0.9, "gradient": 0.1}, {"last": 0.2}, {"decay": 0.3, "optimizer": "AdamW"},
     {"decay": 0.0}, {"layers": LAYERS[:1]}],
    ids=["usual", "in balance with the gradient", "the loss goes down", "decoupled", "none", "one layer"],
)  # fmt: skip
def test_is_silent_on(tmp_path, plan):
    assert isinstance(outcome(tmp_path, **plan), Passed)


def test_few_steps_are_skipped(tmp_path):
    assert isinstance(outcome(tmp_path, steps=30), Skipped)
