from __future__ import annotations

import math
from dataclasses import replace

import pytest

from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.record.schema import Kind
from unstuck.analysis.run.training import trainings
from unstuck.rules.engine import run_rule
from unstuck.rules.families.arc.frozen_by_accident import FrozenByAccident
from unstuck.analysis.run.view import TrainingView
from unstuck.testing import synthetic

DRAWN = [0.0, 1 / math.sqrt(3 * 30), -1 / math.sqrt(30), 1 / math.sqrt(30), 1.0]
GRAPH = [
    {"op": "MseLoss", "in": [1]}, {"op": "Addmm", "in": [2, None, 3], "layer": "head"},
    {"op": "AccumulateGrad", "in": [], "leaf": 1, "shape": [4]},
    {"op": "AccumulateGrad", "in": [], "leaf": 2, "shape": [4, 24]},
]  # fmt: skip


def model(name="stem", *, required=False, loaded=False, values=DRAWN, wide=24):
    return {
        "modules": [
            {"name": "Net", "class": "Net"},
            {"name": name, "class": "Linear", "file": "train.py", "line": 4, "settings": {"out_features": wide}},
            {"name": "head", "class": "Linear", "file": "train.py", "line": 5, "settings": {"out_features": 4}},
        ],
        "parameters": [
            {"id": 9, "name": f"{name}.weight", "layer": name, "shape": [wide, 30], "requires_grad": required,
             "loaded": loaded, "values": values},
            {"id": 1, "name": "head.bias", "layer": "head", "shape": [4], "requires_grad": True, "loaded": False},
            {"id": 2, "name": "head.weight", "layer": "head", "shape": [4, 24], "requires_grad": True, "loaded": False},
        ],
    }  # fmt: skip


def outcome(tmp_path, told=None, *, layers=None, graph=GRAPH, name="stem", **plan):
    output = {"output": {"mean": [0.1] * 4}}
    told = model() if told is None else told
    record = synthetic.record(
        tmp_path, loss=[1.0] * 40, accumulate=10**6, graph=graph, model=told,
        optimizer={"id": 5, "parameters": [9, 1, 2]}, rows=[(Kind.STEP, 0.1, at + 1, 5) for at in range(40)],
        layers={name: output, "head": output} if layers is None else layers, **plan,
    )  # fmt: skip
    training = trainings(record)[0]
    training.tracks = tuple(
        replace(track, place=replace(track.place, parameter=9)) if track.place.name == f"{name}.weight" else track
        for track in training.tracks
    )
    return run_rule(FrozenByAccident, (TrainingView(record, training),))


def test_fires_on_a_stem_switched_off(tmp_path):
    found = outcome(tmp_path)
    assert isinstance(found, Fired)
    assert (found.findings[0].place.layer, found.findings[0].place.line) == ("stem", 4)
    assert "requires_grad is off" in found.findings[0].message


@pytest.mark.parametrize(
    "plan",
    [
        {"told": model(loaded=True)},
        {"told": model(values=[0.0, 3.0, -9.0, 9.0, 1.0])},
        {"told": model(values=[0.0, 0.1, -0.2, 0.2, 0.1])},
        {"told": model("target"), "name": "target"},
        {"told": model(wide=7)},
        {"layers": {"head": {"output": {"mean": [0.1]}}}},
        {"told": [model(required=True), model()]},
        {"layers": {"head": {"output": {"mean": [0.1]}}, "stem": {"output": {"mean": [0.1]}}}},
    ],
    ids=[
        "loaded", "another spread than any start", "repeated values, set by hand", "named so", "read by nobody",
        "never ran", "frozen later", "runs after what it should feed",
    ],
)
def test_is_silent_on(tmp_path, plan):
    assert isinstance(outcome(tmp_path, **plan), Passed)


@pytest.mark.parametrize("plan", [{"told": model(required=True)}, {"graph": None}], ids=["not sampled", "no graph"])
def test_is_skipped_with_too_little_data(tmp_path, plan):
    assert isinstance(outcome(tmp_path, **plan), Skipped)


CUT = {
    "stem": {"output": {"mean": [0.1] * 4}}, "head": {"output": {"mean": [0.1] * 4}},
    "stem.weight": {"weight": {"norm": [2.0] * 4}},
}  # fmt: skip


def test_fires_on_a_layer_cut_off(tmp_path):
    found = outcome(tmp_path, model(required=True), layers=CUT)
    assert isinstance(found, Fired)
    assert "detached from the loss" in found.findings[0].message


@pytest.mark.parametrize(
    "layers",
    [
        {**CUT, "stem.weight": {"weight": {"norm": [2.0, 2.1, 2.2, 2.3]}}},
        {**CUT, "stem.weight": {"weight": {"norm": [2.0] * 4}, "gradient": {"norm": [0.1] * 4}}},
    ],
    ids=["updated by averaging", "has a gradient"],
)
def test_cut_off_is_silent_on(tmp_path, layers):
    assert isinstance(outcome(tmp_path, model(required=True), layers=layers), Passed)


def test_a_cut_is_not_reported_with_two_samples(tmp_path):
    layers = {
        "stem": {"output": {"mean": [0.1] * 2}}, "head": {"output": {"mean": [0.1] * 2}},
        "stem.weight": {"weight": {"norm": [2.0] * 2}},
    }  # fmt: skip
    found = outcome(tmp_path, model(required=True), layers=layers)
    assert isinstance(found, Skipped)
    assert "3 sampled steps" in found.missing[0]


def test_a_cut_is_not_reported_where_the_graph_is_truncated(tmp_path):
    found = outcome(tmp_path, model(required=True), layers=CUT, graph={"nodes": GRAPH, "truncated": True})
    assert isinstance(found, Skipped)
    assert "the whole autograd graph" in found.missing[0]
