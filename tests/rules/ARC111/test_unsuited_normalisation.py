from __future__ import annotations

import pytest

from unstuck.analysis.run.training import trainings
from unstuck.analysis.run.view import TrainingView
from unstuck.core.outcome import Fired, Passed
from unstuck.rules.engine import run_rule
from unstuck.rules.families.arc.unsuited_normalisation import UnsuitedNormalisation
from unstuck.testing import synthetic

LEAVES = [{"op": "AccumulateGrad", "in": [], "leaf": 1, "shape": [3, 8]}]


def outcome(tmp_path, shape, *, last=False, training=True, loss="NllLoss", between="LogSoftmax"):
    """A batch normalisation of that shape below a linear layer, or as the last layer."""
    norm = {"op": "NativeBatchNorm", "layer": "1", "shape": shape}
    linear = {"op": "Addmm", "shape": [shape[0], 3]}
    layers = [norm, linear] if last else [linear, norm]
    nodes = [{"op": loss, "in": [1]}, {"op": between, "in": [2], "shape": [shape[0], 3]}, {**layers[0], "in": [3]}, {**layers[1], "in": [4]}, *LEAVES]
    module = {"name": "1", "class": "BatchNorm1d", "training": training, "leaf": True, "file": "train.py", "line": 9}
    record = synthetic.record(tmp_path, loss=[1.0] * 40, graph=nodes, model={"modules": [module]})
    return run_rule(UnsuitedNormalisation, (TrainingView(record, trainings(record)[0]),))


@pytest.mark.parametrize(("shape", "count"), [([2, 8], 2), ([1, 8, 2, 2], 4)])
def test_few_values_for_each_channel(tmp_path, shape, count):
    found = outcome(tmp_path, shape)
    assert isinstance(found, Fired)
    assert f"from {count} values" in found.findings[0].message
    assert found.findings[0].place.line == 9


def test_scores_that_are_normalised(tmp_path):
    found = outcome(tmp_path, [40, 3], last=True)
    assert isinstance(found, Fired)
    assert "the 3 scores of an example depend on the other examples" in found.findings[0].message


@pytest.mark.parametrize(
    ("shape", "plan"),
    [([40, 8], {}), ([1, 8, 16, 16], {}), ([2, 8], {"training": False}), ([40, 3], {"last": True, "loss": "MseLoss", "between": "View"}),
     ([40, 3], {"last": True, "between": "Relu"})],
    ids=["a usual batch", "one image of many positions", "in evaluation mode", "an embedding or a number", "an activation behind it"],
)  # fmt: skip
def test_is_silent_on(tmp_path, shape, plan):
    assert isinstance(outcome(tmp_path, shape, **plan), Passed)
