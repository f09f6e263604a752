from __future__ import annotations

import math
from xml.etree import ElementTree

import pytest

from unstuck.core.figure import Axis, Curve, Figure, Level, Moment
from unstuck.show import svg
from unstuck.show.ticks import ticks

SIZES = [svg.WIDE, svg.NARROW, svg.WIDE_LOW, svg.NARROW_LOW]


def figure(**changes):
    return Figure(**{
        "title": "Loss <&>", "description": "falls", "x": Axis(label="steps", low=0.0, high=10.0),
        "y": Axis(label="loss", low=0.0, high=2.0),
        "curves": (Curve(name="a", group=0, x=(0.0, 5.0, 10.0), y=(2.0, 1.0, 0.0), dots=True),),
        "levels": (Level(y=1.0, label="trivial"),), "moments": (Moment(x=5.0, label="LOS101"),),
        "not_numbers": (9.0,), **changes,
    })  # fmt: skip


@pytest.mark.parametrize("size", SIZES)
def test_the_drawing_is_xml_with_title_and_description(size):
    root = ElementTree.fromstring(svg.draw(figure(), size))
    assert root.find("title").text == "Loss <&>"
    assert root.find("desc").text == "falls"
    assert root.get("viewBox") == f"0 0 {size.width} {size.height}"


@pytest.mark.parametrize("size", SIZES)
def test_the_corners_of_the_data_are_the_corners_of_the_frame(size):
    curve = next(p for p in ElementTree.fromstring(svg.draw(figure(), size)) if p.get("class") == "c0")
    points = [tuple(map(float, point.split())) for point in curve.get("d")[1:].split("L")]
    assert points[0] == (size.left, size.top)
    assert points[-1] == (size.width - size.right, size.height - size.bottom)


def test_the_middle_of_a_log_axis_is_the_geometric_mean():
    y = Axis(label="loss", low=0.01, high=100.0, log=True)
    curve = Curve(name="a", group=0, x=(5.0,), y=(1.0,))
    drawn = svg.draw(figure(y=y, curves=(curve,)), svg.WIDE)
    middle = svg.WIDE.top + (svg.WIDE.height - svg.WIDE.top - svg.WIDE.bottom) / 2
    assert f'd="M341 {middle:g}"' in drawn


@pytest.mark.parametrize(
    "axis",
    [Axis(label="y", low=1.0, high=1.0), Axis(label="y", low=-1e300, high=1e300),
     Axis(label="y", low=1e-300, high=1e300, log=True), Axis(label="y", low=0.0, high=5e-324)],
    ids=["one value", "the whole range", "all decades", "the smallest number"],
)  # fmt: skip
def test_extreme_axes_are_drawn(axis):
    curve = Curve(name="a", group=0, x=(0.0, 10.0), y=(axis.low, axis.high))
    drawn = svg.draw(figure(y=axis, curves=(curve,), levels=()), svg.WIDE)
    assert "nan" not in drawn.replace("not a number", "")
    assert "inf" not in drawn


def test_a_small_chart_has_a_title_too():
    root = ElementTree.fromstring(svg.draw_small(figure()))
    assert root.find("title").text == "Loss <&>"
    assert root.findall("text") == []


@pytest.mark.parametrize(
    ("axis", "labels"),
    [
        (Axis(label="", low=0.0, high=2.3), ["0", "0.5", "1", "1.5", "2"]),
        (Axis(label="", low=0.0, high=1e6), ["0", "200k", "400k", "600k", "800k", "1M"]),
        (Axis(label="", low=0.009, high=11.0, log=True), ["0.01", "0.1", "1", "10"]),
        (Axis(label="", low=0.8, high=6.0, log=True), ["1", "2", "5"]),
        (Axis(label="", low=2.1, high=2.5, log=True), ["2.1", "2.2", "2.3", "2.4", "2.5"]),
        (Axis(label="", low=math.nan, high=1.0), []),
    ],
)  # fmt: skip
def test_ticks_are_round_numbers(axis, labels):
    assert [label for _, label in ticks(axis, 5)] == labels
