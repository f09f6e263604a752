"""The page of an audit: examples first, classes, small multiples of columns, and the form for labels."""

from __future__ import annotations

import re

import pytest
from data_runs import diagnosis_of, finding, image_record, rows, table_record

from unstuck.analysis.data.view import datasets
from unstuck.core.figure import Moment
from unstuck.core.histogram import Histogram, Steps
from unstuck.figures.data.baselines import baseline_bars
from unstuck.figures.data.classes import class_bars
from unstuck.figures.data.columns import column_figures, steps_of
from unstuck.figures.data.look import random_batches, random_examples
from unstuck.record.events.data.baselines import BaselineScore, NumberToBeat, Score
from unstuck.record.events.data.columns import ColumnProfile
from unstuck.record.events.data.shown import ShownExample, Why
from unstuck.report.page import page
from unstuck.show.svg_bars import draw_bars
from unstuck.show.svg_histogram import HEIGHT, TOP, draw_histogram


def page_of(record, *findings):
    return page(diagnosis_of(record, *findings), record)


def test_the_page_says_what_was_read_below_the_answer(tmp_path):
    html = page_of(table_record(tmp_path))
    assert "<dt>train</dt><dd>train.csv: 768 rows" in html
    assert html.index("<dt>test</dt>") < html.index("</header>")


def test_random_images_are_a_mosaic_with_their_labels(tmp_path):
    html = page_of(image_record(tmp_path))
    assert html.count('<figure class="tile">') == 5
    assert 'alt="row 11, label 1"' in html
    assert "5 examples drawn at random from 100 examples." in html


def test_random_rows_are_a_table_and_texts_are_quoted(tmp_path):
    cells = (("age", "33"), ("city", "Ulm <b>"))
    shown = [ShownExample(split=0, row=4, label="no", cells=cells), ShownExample(split=1, row=2, text="a & b")]
    html = page_of(table_record(tmp_path, events=shown))
    assert '<th scope="row">row 4</th><td><b>no</b></td><td>33</td><td>Ulm &lt;b&gt;</td>' in html
    assert "<blockquote>a &amp; b</blockquote>" in html


def test_batches_are_shown_one_by_one(tmp_path):
    (view,) = datasets(image_record(tmp_path, why=Why.BATCH, batch=3))
    (batch,) = random_batches(view)
    assert (batch.title, len(batch.tiles)) == ("Batch 3 of train", 5)
    assert random_examples(view) is None


def test_classes_of_both_splits_are_drawn_side_by_side(tmp_path):
    (bars,) = class_bars(datasets(table_record(tmp_path)))
    assert [(bar.name, bar.value, bar.beside) for bar in bars.bars] == [("no", 0.75, 0.75), ("yes", 0.25, 0.25)]
    assert bars.bars[0].note == "75 % (576)"
    assert bars.groups == ("train", "test")


def test_columns_have_a_drawing_their_type_and_what_is_missing(tmp_path):
    train, _ = datasets(table_record(tmp_path))
    age, city, target = column_figures(train)
    assert (age.note, age.warned) == ("number, 12 % missing", True)
    assert (city.note, city.warned) == ("category (given), 9 distinct values", False)
    assert [bar.name for bar in city.figure.bars] == ["Ulm", "Bonn", "7 more"]
    assert target.name == "y (target)"


def test_more_than_sixteen_columns_are_folded(tmp_path):
    columns = [
        ColumnProfile(split=0, name=f"c{at}", count=9, min=0.0, max=1.0, histogram=(4, 5)) for at in range(20)
    ]
    html = page_of(table_record(tmp_path, events=columns))
    assert "<summary>7 more columns</summary>" in html


def test_a_histogram_is_a_density_of_its_own_bins():
    column = ColumnProfile(split=0, name="a", count=4, min=0.0, max=4.0, histogram=(1, 3))
    steps = steps_of(column, "a")
    assert steps.edges == (0.0, 2.0, 4.0)
    assert steps.heights == (0.125, 0.375)
    assert sum(height * 2.0 for height in steps.heights) == 1.0
    assert steps_of(ColumnProfile(split=0, name="a", min=0.0, max=1.0), "a") is None
    assert steps_of(ColumnProfile(split=0, name="a", min=0.0, max=float("inf"), histogram=(1,)), "a") is None


def test_a_drawn_histogram_has_heights_in_proportion_and_shows_the_rare():
    steps = Steps(name="a", edges=(0.0, 1.0, 2.0, 3.0), heights=(1.0, 0.5, 0.00001))
    svg = draw_histogram(Histogram(title="a", description="", steps=(steps,)))
    ys = [float(y) for y in re.findall(r"L[\d.]+ ([\d.]+)L", svg)]
    floor = TOP + HEIGHT
    assert [floor - y for y in ys] == [HEIGHT, HEIGHT / 2, pytest.approx(0.7)]


def test_named_values_stand_above_the_bars():
    steps = Steps(name="a", edges=(-999.0, 0.0, 10.0), heights=(0.1, 0.9))
    sentinel = Moment(x=-999.0, label="−999: 31 rows")
    svg = draw_histogram(Histogram(title="a", description="", steps=(steps,), moments=(sentinel,)))
    assert '<line class="moment meant" x1="1"' in svg
    assert ">−999: 31 rows</text>" in svg


def test_other_columns_of_the_same_rule_are_listed_below_the_worst(tmp_path):
    record = table_record(tmp_path)
    html = page_of(record, finding(column="fare"), finding(column="age", columns=9))
    assert html.count("<article") == 1
    assert "<summary>8 more places with the same finding</summary>" in html
    assert "<li>column <code>age</code> is skewed: 3" in html
    assert "and 7 more" in html


def test_rows_of_a_finding_are_listed_by_name(tmp_path):
    record = table_record(tmp_path)
    html = page_of(record, finding(examples=rows(4, 9, names=("a/b.jpg", ""))))
    assert "2 rows (1 %): a/b.jpg, 9" in html


def test_the_form_shows_no_label_and_has_a_button_for_each_class(tmp_path):
    html = page_of(image_record(tmp_path, why=Why.ANNOTATE, label=lambda _: "secret"))
    form = html[html.index("<form") : html.index("</form>")]
    assert "secret" not in form
    assert form.count('type="radio"') == 10
    assert 'name="row-12" data-row="12"' in form
    assert "<label" in form
    assert "<form" not in page_of(image_record(tmp_path))


def test_baselines_are_bars_with_their_intervals_and_the_number_to_beat(tmp_path):
    between = Score(metric="accuracy", value=0.8, low=0.7, high=0.9)
    events = [
        BaselineScore(split=0, model="constant", title="constant", scores=(Score(metric="accuracy", value=0.75),)),
        BaselineScore(split=0, model="svm", title="SVM", scores=(between,)),
        BaselineScore(split=0, model="trees", title="trees", skipped="too many rows"),
        NumberToBeat(split=0, metric="accuracy", value=0.8, model="SVM"),
    ]
    record = table_record(tmp_path, events=events)
    bars = baseline_bars(datasets(record)[0])
    assert [(bar.name, bar.value, bar.low, bar.marked) for bar in bars.bars] == [
        ("constant", 0.75, None, False), ("SVM", 0.8, 0.7, True),
    ]  # fmt: skip
    assert [level.label for level in bars.levels] == ["to beat: 0.8"]
    assert draw_bars(bars, 640).count('class="interval"') == 1
    assert "<h2>Baselines of train</h2>" in page_of(record)
    assert baseline_bars(datasets(record)[1]) is None
