"""The figures of a run as matplotlib axes: the same values, not pixels."""

from __future__ import annotations

import math
import re
import sys
from importlib.resources import files

import pytest
from experiment_runs import results

import unstuck
from unstuck.core.errors import UsageError
from unstuck.core.figure import Axis, Curve, Figure, Level, Moment
from unstuck.experiment.results import keep
from unstuck.record import schema
from unstuck.testing import synthetic

matplotlib = pytest.importorskip("matplotlib", reason="matplotlib is not installed")
LAYERS = {
    "0.weight": {"gradient": {"norm": [1.0, 0.5]}, "weight": {"norm": [2.0, 2.0]}, "update": {"norm": [0.1, 0.2]}},
    "1.weight": {"gradient": {"norm": [0.1, math.nan]}},
}


@pytest.fixture(autouse=True)
def paper():
    """Draw into memory; no figure stays open."""
    matplotlib.use("Agg")
    from matplotlib import pyplot

    yield pyplot
    pyplot.close("all")


@pytest.fixture
def run(tmp_path):
    loss = [2.3 - 0.01 * n for n in range(200)]
    record = synthetic.record(tmp_path, loss=loss, evals=[1.5, 1.0], lr=0.1, layers=LAYERS, sampled=[0, 100])
    return unstuck.Run(record.path)


def lines_of(ax):
    return {line.get_label(): line for line in ax.get_lines()}


def test_the_learning_curve_has_every_loss(run):
    ax = run.plot.learning_curve()
    lines = lines_of(ax)
    assert lines["held-out loss"].get_ydata().tolist() == [1.5, 1.0]
    smoothed = next(line for name, line in lines.items() if "running mean" in name)
    assert smoothed.get_ydata()[-1] == pytest.approx(0.31, abs=0.02)
    assert ax.get_xlabel() == "backward calls"
    assert ax.get_yscale() == "linear"
    assert run.plot.learning_curve(log=True).get_yscale() == "log"


def test_what_is_given_is_drawn_on(run, paper):
    _, (left, right) = paper.subplots(1, 2)
    assert run.plot.learning_rate(left) is left
    assert run.plot.gradient_norm(ax=right) is right
    assert left.get_lines()[0].get_ydata().tolist() == [0.1, 0.1]
    assert right.get_lines()[0].get_ydata()[0] == pytest.approx(math.hypot(1.0, 0.1))
    assert len(paper.get_fignums()) == 1


def test_each_layer_is_a_curve_that_differs_from_the_others(run):
    ax = run.plot.layers("gradient_norm")
    lines = lines_of(ax)
    assert {"0", "1"} <= lines.keys()
    assert lines["0"].get_color() != lines["1"].get_color()
    assert lines["0"].get_ydata().tolist() == [1.0, 0.5]
    assert lines["not a number"].get_xdata() == [100]
    assert list(lines_of(run.plot.layers())["0"].get_ydata()) == pytest.approx([0.05, 0.1])


def test_an_experiment_is_drawn_without_and_with(run):
    keep(results(), run.path)
    lines = lines_of(run.plot.experiment())
    assert "with remove-output-activation" in lines
    assert lines["without"].get_ydata()[-1] == 2.31
    assert "with learning-rate × 100" in lines_of(run.plot.experiment("learning-rate × 100"))
    with pytest.raises(UsageError, match=r"has no experiment 'nothing'. It has remove-output-activation,"):
        run.plot.experiment("nothing")


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (lambda plot: plot.learning_curve(training=3), "has no training 3. It has 1, counted from 0"),
        (lambda plot: plot.layers("colour"), "'colour' by layer. Choose one of update_ratio, gradient_norm"),
        (lambda plot: plot.layers("dead_units"), "no layer has sampled values of dead units"),
        (lambda plot: plot.experiment(), "has no experiments. Run `unstuck verify"),
    ],
    ids=["training", "quantity", "nothing looked at", "no experiment"],
)
def test_what_is_not_there_is_told(run, draw, said):
    with pytest.raises(UsageError, match=said):
        draw(run.plot)


def test_a_run_without_training_has_nothing_to_plot(tmp_path):
    record = synthetic.record(tmp_path)
    (record.main.path / schema.EVENTS).write_text("")
    with pytest.raises(UsageError, match="has no training"):
        unstuck.Run(record.path).plot.gradient_norm()


def test_without_matplotlib_the_way_to_install_it_is_told(run, monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(UsageError, match=r"pip install 'unstuck\[plot\]'"):
        run.plot.learning_curve()


def test_any_figure_is_drawn_with_everything_that_it_has():
    from unstuck.show.matplotlib import draw

    figure = Figure(
        title="T", description="", x=Axis(label="steps", low=0, high=10),
        y=Axis(label="size", unit="m", low=0.1, high=1000, log=True),
        curves=(
            Curve(name="raw", group=9, x=(0.0, 1.0), y=(1.0, 2.0), faint=True),
            Curve(name="one", group=9, x=(0.0, 1.0), y=(1.0, 2.0), dots=True),
            Curve(name="two", group=9, x=(0.0, 1.0), y=(2.0, 3.0)),
        ),
        levels=(Level(y=5.0, label="level 5"),), moments=(Moment(x=3.0, label="LOS101"),), not_numbers=(4.0,),
    )  # fmt: skip
    ax = draw(figure)
    ax.figure.canvas.draw()
    lines = lines_of(ax)
    assert ax.get_ylabel() == "size (m), log scale"
    assert ax.get_ylim() == (0.1, 1000)
    assert lines["level 5"].get_ydata() == [5.0, 5.0]
    assert lines["one"].get_marker() == "o"
    assert lines["one"].get_linestyle() != lines["two"].get_linestyle()
    assert [text.get_text() for text in ax.texts] == ["LOS101"]
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert legend == ["one", "two", "level 5", "not a number"]


def test_the_colours_are_those_of_the_page():
    from unstuck.show.matplotlib import PALETTE

    sheet = files("unstuck.show").joinpath("templates/report.css").read_text()
    assert tuple(re.findall(r"--c\d: (#\w+);", sheet)[:8]) == PALETTE
