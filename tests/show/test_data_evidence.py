"""Figures of findings about data: the rows that are listed, partners beside them, columns with what is meant."""

from __future__ import annotations

from dataclasses import replace

import pytest
from data_runs import diagnosis_of, finding, image, rows, table_record

from unstuck.analysis.data.view import datasets
from unstuck.core.finding import Evidence, Place
from unstuck.figures.data.columns import value_bars
from unstuck.figures.evidence.by_name import OF_DATA, evidence_figure
from unstuck.figures.evidence.data_columns import with_missing
from unstuck.record.events.data.columns import ColumnProfile
from unstuck.record.events.data.copies import Duplicates, Sameness, SharedExamples
from unstuck.record.events.data.images import BrokenExamples, Problem
from unstuck.record.events.data.labels import ConfusedClasses, Signal
from unstuck.record.events.data.shown import ShownExample, Why
from unstuck.record.events.data.values import OutlierFacts, RedundantColumn, Relation, SkewedColumn, Transform
from unstuck.report.page import page
from unstuck.rules.registry import load

DECLARED = {
    name for rule in load().values() for name in rule.figures if name.startswith(OF_DATA)
}


def shown(row, split=0, **fields):
    return ShownExample(split=split, row=row, why=Why.CONCERNED, label="no", cells=(("age", f"{row}"), ("city", "Ulm")),
                        **fields)  # fmt: skip


def figure_of(record, found, split=0):
    return evidence_figure(found, datasets(record)[split])


def of(examples, figure="data_examples.worst", column=None, split=("train", 0), **fields):
    made = finding(examples=examples, split=split, **fields)
    return replace(made, figures=(figure,), place=Place(file=made.place.file, split=split[0], column=column))


def test_every_declared_figure_of_data_exists():
    from unstuck.figures.evidence.by_name import maker

    assert {"data_examples.worst", "data_columns.values"} <= DECLARED
    assert all(callable(maker(name)) for name in DECLARED)


def test_the_rows_of_a_finding_are_shown_in_its_order_as_far_as_they_are_kept(tmp_path):
    record = table_record(tmp_path, events=[shown(9), shown(4)])
    figure = figure_of(record, of(rows(4, 7, 9, count=30)))
    assert [tile.caption for tile in figure.figure.tiles] == ["row 4", "row 9"]
    assert figure.sentence == "2 examples of 30 are shown."


def test_copies_stand_side_by_side_and_what_differs_is_marked(tmp_path):
    event = Duplicates(split=0, sameness=Sameness.NEAR, looked_at=99, count=1, rows=(9,), other_rows=(4,))
    record = table_record(tmp_path, events=[event, shown(9), shown(4)])
    ((copy, first),) = figure_of(record, of(rows(9))).figure.groups
    assert (copy.caption, first.caption) == ("row 9", "row 4")
    assert copy.marked == ("age",)


def test_leaks_name_both_splits(tmp_path):
    event = SharedExamples(split=1, sameness=Sameness.EXACT, looked_at=99, count=1, rows=(9,), other_rows=(4,))
    record = table_record(tmp_path, events=[event, shown(9, split=1), shown(4)])
    ((held_out, training),) = figure_of(record, of(rows(9), split=("test", 1)), split=1).figure.groups
    assert (held_out.caption, training.caption) == ("row 9 of test", "row 4 of train")


def test_what_is_wrong_with_a_file_is_said_and_its_place_stays_empty(tmp_path):
    event = BrokenExamples(split=0, rows=(9, 4), problems=(Problem.UNREADABLE, Problem.DARK), degrees=(0.0, 7.0))
    record = table_record(tmp_path, events=[event, shown(9, name="a.jpg"), shown(4, image=image(0))])
    found = of(rows(9, 4))
    assert [tile.note for tile in figure_of(record, found).figure.tiles] == ["unreadable", "too dark"]
    html = page(diagnosis_of(record, found), record)
    assert 'aria-label="no image can be shown"' in html
    assert '<span class="said">unreadable</span>' in html


def test_suspicious_labels_stand_beside_the_label_that_is_predicted(tmp_path):
    pair = ConfusedClasses(
        split=0, labelled="no", likely="yes", share=0.3, low=0.2, unclear=0.0, count=9, classes=2, concerned=2,
        looked_at=99, rows=(9, 4),
    )  # fmt: skip
    record = table_record(tmp_path, events=[pair, shown(9), shown(4)])
    tiles = figure_of(record, of(rows(9, 4))).figure.tiles
    assert [(tile.label, tile.note) for tile in tiles] == [("no", "model: yes")] * 2


def test_scores_of_models_stand_beside_those_on_permuted_labels(tmp_path):
    event = Signal(split=0, looked_at=99, models=("a",), scores=(0.2,), z=(1.0,), chance=(-0.1,))
    made = figure_of(table_record(tmp_path, events=[event]), of(None, "data_models.signal")).figure
    (bar,) = made.bars
    assert (bar.value, bar.beside, len(made.groups)) == (0.2, 0.0, 2)


def test_a_finding_without_kept_rows_has_no_figure(tmp_path):
    record = table_record(tmp_path)
    assert figure_of(record, of(rows(4))) is None
    assert figure_of(record, of(None)) is None


def test_the_column_is_drawn_with_the_value_that_is_meant(tmp_path):
    found = of(None, "data_columns.values", column="age")
    sentinel = Evidence(key="sentinel_value", label="value", value=20.0)
    far = OutlierFacts(
        split=0, name="age", count=1, variance_share=0.5, median=30.0, spread=1.0, farthest=80.0, looked_at=9
    )
    figure = figure_of(table_record(tmp_path, events=[far]), replace(found, evidence=(sentinel,)))
    (panel,) = figure.figure.panels
    assert [moment.label for moment in panel.moments] == ["20: stands for missing", "farthest: 80"]
    assert panel.note == "number, 12 % missing"


def test_missing_values_of_a_category_have_a_bar_and_shares_are_of_all_rows():
    column = ColumnProfile(split=0, name="a", type="category", count=6, missing=2, distinct=1, values=(("x", 6),))
    bars = with_missing(value_bars(column), column).bars
    assert [(bar.name, bar.value, bar.marked) for bar in bars] == [("x", 0.75, False), ("missing", 0.25, True)]


def test_a_skewed_column_is_drawn_before_and_after_if_the_numbers_are_the_findings(tmp_path):
    event = SkewedColumn(
        split=0, name="age", skewness=3.0, transform=Transform.LOG, skewness_after=0.1,
        before=(8, 2), before_range=(0.0, 10.0), after=(5, 5), after_range=(0.0, 1.0), looked_at=10,
    )  # fmt: skip
    record = table_record(tmp_path, events=[event])
    found = of(None, "data_columns.transformed", column="age")
    first, second = figure_of(record, found).figure.panels
    assert (first.note, second.title, second.note) == ("skewness 3", "after log", "skewness 0.1")
    assert second.steps[0].heights == (1.0, 1.0)
    other = Evidence(key="skewness", label="skewness", value=4.0)
    assert figure_of(record, replace(found, evidence=(other,))) is None


def test_a_redundant_column_stands_beside_the_other(tmp_path):
    event = RedundantColumn(split=0, name="age", of="copy", relation=Relation.COPY, looked_at=9)
    twin = ColumnProfile(split=0, name="copy", count=9, min=0.0, max=1.0, histogram=(1, 8))
    record = table_record(tmp_path, events=[event, twin])
    panels = figure_of(record, of(None, "data_columns.beside", column="age")).figure.panels
    assert [panel.title for panel in panels] == ["copy", "age"]


def test_scales_show_the_largest_and_the_smallest_spreads(tmp_path):
    columns = [ColumnProfile(split=0, name=f"c{at}", count=9, std=10.0**at) for at in range(20)]
    figure = figure_of(table_record(tmp_path, events=columns), of(None, "data_columns.scales"))
    bars = figure.figure.bars
    assert [bar.name for bar in bars][:2] == ["c19", "c18"]
    assert (bars[-1].name, bars[-1].marked, len(bars), figure.figure.x.log) == ("c0", True, 12, True)
    assert figure.sentence == "9 columns between them."


def test_a_category_is_drawn_as_bars(tmp_path):
    figure = figure_of(table_record(tmp_path), of(None, "data_columns.values", column="city"))
    assert [bar.name for bar in figure.figure.bars] == ["Ulm", "Bonn", "7 more"]
    assert figure_of(table_record(tmp_path), of(None, "data_columns.values", column="none")) is None


def test_a_drifted_column_lies_over_that_of_the_training_split(tmp_path):
    record = table_record(tmp_path)
    found = of(None, "data_columns.both_splits", column="age", split=("test", 1))
    (panel,) = figure_of(record, found, split=1).figure.panels
    assert [(steps.name, steps.marked) for steps in panel.steps] == [("train", False), ("test", True)]
    assert panel.note == "mean 33 in train; mean 33 in test"
    bars = figure_of(record, of(None, "data_columns.both_splits", column="city", split=("test", 1)), split=1).figure
    assert bars.groups == ("train", "test")
    assert figure_of(record, of(None, "data_columns.both_splits", column="age")) is None


@pytest.mark.parametrize("name", ["losses.flat", "data_classes.balance"])
def test_figures_of_trainings_are_not_asked_about_data(tmp_path, name):
    figure = figure_of(table_record(tmp_path), of(None, name))
    assert (figure is None) is not name.startswith(OF_DATA)


def test_classes_of_a_split_stand_beside_those_of_training(tmp_path):
    record = table_record(tmp_path)
    figure = figure_of(record, of(None, "data_classes.both_splits", split=("test", 1)), split=1)
    assert figure.figure.groups == ("train", "test")
    assert figure_of(record, of(None, "data_classes.both_splits")) is None
