"""Figures drawn with characters."""

from __future__ import annotations

import math

import pytest
from show_runs import sick_diagnosis
from typer.testing import CliRunner

from unstuck.core.figure import Axis, Curve, Figure, Level, Moment
from unstuck.run import Answer
from unstuck.show.character_grid import Canvas
from unstuck.show.text_plot import FINE, PLAIN, characters_of, plot
from unstuck.testing import synthetic

DOWN = Curve(name="training loss", group=0, x=tuple(map(float, range(101))), y=tuple(2 - n / 50 for n in range(101)))
UP = Curve(name="held-out loss", group=4, x=(0.0, 50.0, 100.0), y=(0.0, 1.0, 2.0), dots=True)


def figure(*curves, **changes):
    return Figure(**{
        "title": "Loss", "description": "", "x": Axis(label="steps", low=0, high=100),
        "y": Axis(label="loss", low=0, high=2), "curves": curves, **changes,
    })  # fmt: skip


def text(*arguments, **changes):
    return [line.plain for line in plot(*arguments, **changes)]


def test_a_falling_line_goes_from_upper_left_to_lower_right():
    drawn = text(figure(DOWN), 40, PLAIN)
    rows = [line.split("+", 1)[-1].split("|", 1)[-1] for line in drawn[1:13]]
    places = [row.index("*") for row in rows]
    assert places == sorted(places)
    assert (places[0], places[-1]) == (0, rows[-1].rindex("*") - rows[-1].count("*") + 1)
    assert rows[-1].rindex("*") == len(rows[0].rstrip("\n")) - 1 or rows[-1].endswith("*")


@pytest.mark.parametrize("width", [24, 60, 120])
@pytest.mark.parametrize("characters", [FINE, PLAIN], ids=["braille", "ascii"])
def test_no_line_is_wider_than_it_may_be(width, characters):
    drawn = text(figure(DOWN, UP, levels=(Level(y=1.5, label="trivial answer " * 20),)), width, characters)
    assert max(map(len, drawn)) <= width
    assert max(map(len, drawn)) >= width - 1


def test_plain_characters_are_ascii_whatever_the_names_are():
    named = Curve(name="update ÷ weight → −1 ☃", group=0, x=DOWN.x, y=tuple(-y for y in DOWN.y))
    drawn = text(figure(named, y=Axis(label="ß", low=-2, high=0)), 60, PLAIN)
    assert all(line.isascii() for line in drawn)
    assert any("-2 +" in line for line in drawn)
    assert any("update / weight > -1 ?" in line for line in drawn)


def test_curves_level_moment_and_broken_values_are_told_apart():
    drawn = text(
        figure(DOWN, UP, levels=(Level(y=1.8, label="trivial 1.8"),), moments=(Moment(x=25, label="LOS101"),),
               not_numbers=(100.0,)), 60, PLAIN,
    )  # fmt: skip
    body = "\n".join(drawn[1:13])
    assert {"*", "o", "-", ":", "X"} <= set(body)
    assert drawn[-5:] == ["* training loss", "o held-out loss", "- trivial 1.8", ": LOS101", "X not a number"]


def test_raw_values_behind_a_smoothed_curve_are_left_out_and_alone_they_stay():
    faint = Curve(name="raw", group=0, x=DOWN.x, y=DOWN.y, faint=True)
    assert "* raw" not in text(figure(faint, UP), 60, PLAIN)
    assert "* raw" in text(figure(faint), 60, PLAIN)


def test_braille_joins_the_dots_of_a_cell():
    canvas = Canvas(1, 1, braille=True)
    canvas.line([(0.0, 0.0), (0.0, 1.0)], 0, "*")
    assert list(canvas.lines()) == [[("⡇", 0)]]
    canvas.line([(1.0, 0.0), (1.0, 1.0)], 1, "*")
    assert list(canvas.lines()) == [[("⣿", 0)]]


@pytest.mark.parametrize(
    ("encoding", "characters"),
    [("utf-8", FINE), ("UTF-16", FINE), ("ascii", PLAIN), ("latin-1", PLAIN), ("cp437", PLAIN), ("no such", PLAIN)],
)
def test_the_encoding_decides_on_the_characters(encoding, characters):
    assert characters_of(encoding) is characters


@pytest.mark.parametrize("loss", [[], [math.nan] * 5, [1.0], [3.0] * 40], ids=["none", "NaN", "one", "level"])
def test_odd_runs_have_curves_too(tmp_path, loss):
    record = synthetic.record(tmp_path, loss=loss)
    drawn = Answer(record, sick_diagnosis(record)).curves(colour=False, width=50)
    assert bool(drawn) == bool(loss)
    assert all(len(line) <= 50 for line in drawn.split("\n"))


def test_many_trainings_are_cut_short(tmp_path):
    from unstuck.rules.engine import diagnose

    record = synthetic.record(tmp_path, trainings=[{"loss": [2.0, 1.0] * 20}] * 6)
    drawn = Answer(record, diagnose(record)).curves(colour=True, width=50)
    assert "training 4" in drawn
    assert "training 5" not in drawn
    assert "and 2 more trainings" in drawn
    assert "\x1b[36m" in drawn


def test_show_draws_them_where_asked_for(tmp_path):
    from unstuck.cli.main import application

    path = str(synthetic.record(tmp_path, loss=[2.0 - n / 100 for n in range(100)]).path)
    short = CliRunner().invoke(application(), ["show", path])
    long = CliRunner().invoke(application(), ["show", path, "--curves"])
    assert (short.exit_code, long.exit_code) == (0, 0)
    assert long.output.startswith(short.output.rstrip("\n"))
    assert "backward calls" not in short.output
    assert "backward calls" in long.output
