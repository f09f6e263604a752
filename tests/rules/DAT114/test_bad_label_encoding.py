from __future__ import annotations

import pytest

from unstuck.core.finding import Severity
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.analysis.run.training import trainings
from unstuck.rules.engine import run_rule
from unstuck.rules.families.dat.bad_label_encoding import BadLabelEncoding
from unstuck.analysis.run.view import TrainingView
from unstuck.testing import synthetic


def outcome(tmp_path, **plan):
    record = synthetic.record(tmp_path, **{"loss": [1.0] * 60, **plan})
    return run_rule(BadLabelEncoding, (TrainingView(record, trainings(record)[0]),))


def node(op, *below, shape=(8, 4), **more):
    return {"op": op, "in": list(below), "shape": list(shape), **more}


BOUNDS = "IndexError: Target 3 is out of bounds."


def call(labels=None, classes=3, *, raised=None, function="cross_entropy", shape=None, dtype="int64", **more):
    labels = labels or {}
    n = sum(labels.values()) or 12
    return {"function": function, "classes": classes, "labels": {str(k): v for k, v in labels.items()},
            "input": {"shape": [n, classes], "dtype": "float32"}, "target": {"shape": shape or [n], "dtype": dtype},
            **({"phase": "raised", "raised": raised} if raised else {}), "file": "t.py", "line": 5, **more}


@pytest.mark.parametrize(
    ("labels", "word"),
    [({1: 4, 2: 4, 3: 4}, "off by one"), ({-1: 2, 0: 6, 1: 4}, "negative"), ({0: 40, 1: 40, 255: 9}, "marker 255"),
     ({10: 40, 20: 40, 30: 40}, "gaps")],
    ids=["off by one", "negative", "marker", "gaps"],
)
def test_fires_on_labels_out_of_range(tmp_path, labels, word):
    found = outcome(tmp_path, loss=[], loss_call=call(labels, raised=BOUNDS))
    assert isinstance(found, Fired)
    assert word in found.findings[0].message
    assert found.findings[0].examples.count > 0


def test_passes_where_the_layer_has_too_few_units(tmp_path):
    assert isinstance(outcome(tmp_path, loss=[], loss_call=call({0: 9, 1: 9, 2: 9, 3: 9}, raised=BOUNDS)), Passed)


@pytest.mark.parametrize(
    "one",
    [call(raised="RuntimeError: expected target dtype to be Long or Byte, but got Float", dtype="float32"),
     call(raised="RuntimeError: 0D or 1D target tensor expected, multi-target not supported", shape=[12, 1]),
     call(raised="RuntimeError: Expected floating point type for target with class probabilities", shape=[12, 3]),
     call(raised="RuntimeError: Found dtype Long but expected Float", function="binary_cross_entropy", shape=[12, 3])],
    ids=["floats", "column", "one-hot", "integers"],
)
def test_fires_on_labels_of_a_wrong_type_or_shape(tmp_path, one):
    assert isinstance(outcome(tmp_path, loss=[], loss_call=one), Fired)


def binary(values, function="binary_cross_entropy_with_logits"):
    return {"function": function, "distinct": [[v, 30] for v in values], "input": {"shape": [60, 1]},
            "target": {"shape": [60, 1], "min": min(values), "max": max(values)}}


@pytest.mark.parametrize(
    ("one", "fires"),
    [(binary((-1, 1)), True), (binary((1, 2)), True), (binary((0, 255)), True), (binary((0, 1)), False),
     (binary((0.1, 0.9)), False), (binary((0, 1, 2)), False), (binary((-1, 1), "soft_margin_loss"), False),
     (binary((0, 1), "soft_margin_loss"), True)],
    ids=["signs", "one and two", "grey", "right", "smoothed", "three", "margin", "margin of zero"],
)
def test_fires_on_labels_that_a_binary_loss_does_not_expect(tmp_path, one, fires):
    assert isinstance(outcome(tmp_path, loss_call=one), Fired if fires else Passed)


def rows(low, high, mean, zeros, **more):
    target = {"shape": [60, 4], "dtype": "float32", "min": 0.0, "max": 1.0, "mean": mean, "zeros": zeros}
    return {"function": "cross_entropy", "classes": 4, "input": {"shape": [60, 4]}, "target": target,
            "target_row_sum": [low, high], **more}


@pytest.mark.parametrize(
    ("one", "fires"),
    [(rows(0.0, 3.0, 0.5, 0.5), True), (rows(1.0, 1.0, 0.25, 0.75, one_hot=True), False), (rows(1.0, 1.0, 0.25, 0.0), False),
     (rows(0.0, 1.0, 0.2, 0.8), False)],
    ids=["many", "one", "soft", "none or one"],
)
def test_fires_on_rows_with_several_ones(tmp_path, one, fires):
    assert isinstance(outcome(tmp_path, loss_call=one), Fired if fires else Passed)


def test_fires_on_one_hot_columns_against_one_unit(tmp_path):
    one = {"function": "mse_loss", "one_hot": True, "input": {"shape": [60, 1]}, "target": {"shape": [60, 3]}}
    assert isinstance(outcome(tmp_path, loss_call=one), Fired)


def test_is_information_where_the_first_class_never_occurs(tmp_path):
    found = outcome(tmp_path, loss_call=call({1: 90, 2: 90, 3: 90}, 4))
    assert found.findings[0].severity is Severity.INFO
    assert isinstance(outcome(tmp_path, loss_call=call({1: 90, 2: 90, 3: 90}, 4, ignore_index=0)), Passed)
    assert isinstance(outcome(tmp_path, loss_call=call({k: 90 for k in range(1, 40)}, 40)), Passed)
    assert isinstance(outcome(tmp_path, loss_call=call({1: 9, 2: 9, 3: 9}, 4)), Skipped)


def test_skips_without_calls(tmp_path):
    assert isinstance(outcome(tmp_path), Skipped)
