from __future__ import annotations

import pytest

from unstuck.core.finding import Severity
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.analysis.run.training import trainings
from unstuck.rules.engine import run_rule
from unstuck.rules.families.los.output_width_mismatch import OutputWidthMismatch
from unstuck.analysis.run.view import TrainingView
from unstuck.testing import synthetic


def outcome(tmp_path, **plan):
    record = synthetic.record(tmp_path, **{"loss": [1.0] * 60, **plan})
    return run_rule(OutputWidthMismatch, (TrainingView(record, trainings(record)[0]),))


def node(op, *below, shape=(8, 4), **more):
    return {"op": op, "in": list(below), "shape": list(shape), **more}


def call(labels, classes=4, *, raised=None, shape=None, **more):
    n = sum(labels.values())
    return {"function": "cross_entropy", "classes": classes, "labels": {str(k): v for k, v in labels.items()},
            "input": {"shape": shape or [n, classes]}, "target": {"shape": [n], "dtype": "int64"},
            **({"phase": "raised", "raised": raised} if raised else {}), "file": "t.py", "line": 5, **more}


BOUNDS = "IndexError: Target 7 is out of bounds."


def test_fires_where_labels_lie_beyond_the_units(tmp_path):
    found = outcome(tmp_path, loss=[], loss_call=call({0: 3, 2: 4, 7: 5}, raised=BOUNDS),
                    loader={"labels": {str(k): 20 for k in range(8)}})
    assert isinstance(found, Fired)
    assert "4 units cannot represent the 8 classes" in found.findings[0].message
    assert "80 of all 160 labels" in found.findings[0].message


@pytest.mark.parametrize(
    "labels", [{1: 9, 2: 9, 3: 9, 4: 9}, {-1: 3, 0: 9, 1: 9}, {0: 40, 255: 40}],
    ids=["off by one", "negative", "with gaps"],
)
def test_passes_on_labels_that_are_numbered_wrongly(tmp_path, labels):
    assert isinstance(outcome(tmp_path, loss=[], loss_call=call(labels, raised=BOUNDS)), Passed)


def test_the_place_is_the_last_layer_where_it_is_known(tmp_path):
    modules = [{"name": "fc", "class": "Linear", "leaf": True, "file": "net.py", "line": 3, "settings": {"out_features": 4}}]
    found = outcome(tmp_path, loss=[], loss_call=call({0: 9, 5: 9, 1: 9, 2: 9, 3: 9}, raised=BOUNDS),
                    model={"modules": modules})
    assert (found.findings[0].place.file, found.findings[0].place.line) == ("net.py", 3)


@pytest.mark.parametrize(
    ("labels", "units", "fires"),
    [({0: 20, 1: 20, 2: 20}, 1000, True), ({0: 20, 1: 20, 2: 20}, 10, True), ({0: 20, 1: 20, 2: 20}, 6, False),
     ({0: 20, 5: 20, 9: 20}, 1000, False), ({0: 60}, 1000, False)],
    ids=["thousand", "ten", "twice", "scattered", "one"],
)
def test_fires_on_units_that_are_never_the_right_class(tmp_path, labels, units, fires):
    found = outcome(tmp_path, loss_call=call(labels, units))
    assert isinstance(found, Fired if fires else Passed)


def test_skips_where_a_class_is_rare(tmp_path):
    assert isinstance(outcome(tmp_path, loss_call=call({0: 20, 1: 20, 2: 2}, 1000)), Skipped)


def test_passes_on_a_vocabulary(tmp_path):
    modules = [{"name": "emb", "class": "Embedding", "leaf": True, "settings": {"num_embeddings": 1000}}]
    found = outcome(tmp_path, loss_call=call({0: 20, 1: 20, 2: 20}, 1000), model={"modules": modules})
    assert isinstance(found, Passed)


def binary(values, shape=(60, 1)):
    return {"function": "binary_cross_entropy_with_logits", "distinct": [[v, 20] for v in values],
            "input": {"shape": list(shape)}, "target": {"shape": list(shape), "min": min(values), "max": max(values)}}


@pytest.mark.parametrize(
    ("values", "shape", "fires"),
    [((0, 1, 2), (60, 1), True), ((0, 1), (60, 1), False), ((-1, 1), (60, 1), False), ((0, 1, 2), (20, 3), False)],
    ids=["three classes", "two", "signs", "three units"],
)
def test_one_unit_and_a_binary_loss(tmp_path, values, shape, fires):
    assert isinstance(outcome(tmp_path, loss_call=binary(values, shape)), Fired if fires else Passed)


def test_fires_where_squared_error_raised_on_shapes(tmp_path):
    one = {"function": "mse_loss", "phase": "raised", "raised": "RuntimeError: The size of tensor a (3) must match",
           "input": {"shape": [15, 3]}, "target": {"shape": [15], "dtype": "float32"}}
    found = outcome(tmp_path, loss=[], loss_call=one)
    assert isinstance(found, Fired)
    assert "3 outputs per example, the targets have 1" in found.findings[0].message


def test_fires_on_rows_that_a_reshape_changed(tmp_path):
    one = call({0: 4, 1: 4}, raised="ValueError: Expected input batch_size (16) to match", shape=[16, 4])
    assert "16 rows" in outcome(tmp_path, loss=[], loss_call=one).findings[0].message


def test_skips_without_calls(tmp_path):
    assert isinstance(outcome(tmp_path), Skipped)
