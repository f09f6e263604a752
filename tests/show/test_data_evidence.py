"""Figures of findings about data: the rows that are listed, partners beside them, columns with what is meant."""

from __future__ import annotations

from dataclasses import replace

import pytest
from data_runs import diagnosis_of, finding, image, rows, table_record

from unstuck.analysis.data.view import datasets
from unstuck.core.finding import Evidence, Place
from unstuck.figures.evidence.by_name import OF_DATA, evidence_figure
from unstuck.record.events.data.copies import Duplicates, Sameness, SharedExamples
from unstuck.record.events.data.images import BrokenExamples, Problem
from unstuck.record.events.data.shown import ShownExample, Why
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


def test_a_finding_without_kept_rows_has_no_figure(tmp_path):
    record = table_record(tmp_path)
    assert figure_of(record, of(rows(4))) is None
    assert figure_of(record, of(None)) is None


def test_the_column_is_drawn_with_the_value_that_is_meant(tmp_path):
    found = of(None, "data_columns.values", column="age")
    sentinel = Evidence(key="sentinel_value", label="value", value=20.0)
    beyond = Evidence(key="farthest", label="value", value=900.0)
    figure = figure_of(table_record(tmp_path), replace(found, evidence=(sentinel, beyond)))
    (panel,) = figure.figure.panels
    assert [moment.label for moment in panel.moments] == ["20: stands for missing"]
    assert panel.note == "number, 12 % missing"


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
