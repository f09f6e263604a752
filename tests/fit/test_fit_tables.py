"""Columns of a table as inputs, and the plan of trainings: by hand-computed values."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.stats import rankdata

from unstuck.analysis.data.sample import Column, Sample
from unstuck.core.data_types import ColumnType, Form
from unstuck.core.errors import UsageError
from unstuck.fit.calibrate import fit_platt
from unstuck.fit.narrator import Narrator, Table
from unstuck.fit.plan import make_plan, read_plan
from unstuck.fit.settings import FitSettings, seconds_of
from unstuck.fit.tables import CategoryColumn, NumberColumn, columns_of, matrix, network_inputs


def sample(**columns) -> Sample:
    size = len(next(iter(columns.values())))
    made = []
    for name, values in columns.items():
        kind = ColumnType.CATEGORY if values.dtype == object else ColumnType.NUMBER
        made.append(Column(name=name, type=kind, values=values))
    return Sample(split=0, name="train", form=Form.TABLE, rows=np.arange(size), columns=tuple(made))


def test_numbers_are_standardised_and_missing_ones_are_flagged():
    values = np.array([1.0, 2.0, 3.0, np.nan] * 30)
    numbers, categories, _ = columns_of(sample(a=values))
    made = network_inputs(numbers, categories, {"a": np.array([2.0, np.nan, 1.0])}, 3)
    assert made[:, 0] == pytest.approx([0, 0, -1 / np.sqrt(2 / 3)])
    assert made[:, 1].tolist() == [0, 1, 0]
    assert matrix(numbers, categories, {"a": np.array([np.nan])}, 1).tolist() == [[2.0]]


def test_a_long_tail_becomes_ranks():
    values = np.exp(np.random.default_rng(0).normal(size=500) * 1.5)
    numbers, _, _ = columns_of(sample(a=values))
    assert numbers[0].how == "quantile"
    made = numbers[0].scaled(values)
    assert np.abs(rankdata(made) - rankdata(values)).max() < 6  # those beyond the outermost knots are cut off
    assert abs(made.mean()) < 0.05
    assert made.std() == pytest.approx(1, abs=0.06)
    assert numbers[0].scaled(np.array([np.inf, -np.inf, np.nan])).tolist() == [5, -5, 0]


def test_a_repeated_value_lies_in_the_middle_of_its_ranks():
    knots = (0, 0, 0, 1, 2)
    column = NumberColumn(name="a", how="quantile", why="", mean=0, spread=1, fill=0, range=(0, 2), knots=knots)
    assert column.scaled(np.array([0.0]))[0] == pytest.approx(-0.6745, abs=1e-3)  # the quantile 0.25


def test_rare_and_unknown_names_share_a_code():
    values = np.array(["x"] * 10 + ["y"] * 5 + ["z"] + [None] * 4, dtype=object)
    _, categories, _ = columns_of(sample(a=values))
    assert categories[0].values == ("x", "y")
    assert categories[0].codes(np.array(["y", "z", "new", None, "x"], dtype=object)).tolist() == [2, 0, 0, 0, 1]


def test_constant_columns_are_left_out_and_a_table_of_them_is_refused():
    one = np.ones(50)
    numbers, _, left_out = columns_of(sample(a=one, b=np.arange(50.0)))
    assert [column.name for column in numbers] == ["b"]
    assert left_out == (("a", "one value only"),)
    with pytest.raises(UsageError, match="No column can be used as an input: a: one value only"):
        columns_of(sample(a=one))


def test_a_column_that_is_not_there_counts_as_missing():
    column = CategoryColumn(name="a", values=("x",), width=2)
    number = NumberColumn(name="b", how="standard", why="", mean=5, spread=2, fill=5, range=(0, 9))
    assert network_inputs([number], [column], {}, 2).tolist() == [[0, 0], [0, 0]]


def plan(**changes):
    given = {"request": "x", "seed": 0, "budget": 100.0, "left": 80.0, "step_seconds": 1e-3, "folds": None,
             "rows": 1000, "batch_size": 32, "versions": {}}  # fmt: skip
    return make_plan(**{**given, **changes})


def test_a_plan_spends_what_is_left_and_not_more():
    made = plan()
    cost = made.units * made.folds * made.steps * 1e-3 * 1.25 * 1.5
    assert made.folds == 5
    assert 0.5 * 80 < cost <= 80
    assert plan(left=800.0, budget=1000.0).units > made.units
    assert plan(rows=50_000).folds == 1
    assert plan(folds=3).folds == 3


def test_a_budget_too_small_for_one_training_is_refused_with_what_it_takes():
    with pytest.raises(UsageError, match=r"does not suffice for one training .* Say --budget"):
        plan(step_seconds=1.0)


def test_a_plan_comes_back_as_it_was_written(tmp_path):
    made = plan()
    made.write(tmp_path)
    assert read_plan(tmp_path) == made
    (tmp_path / "plan.json").write_text("{}")
    with pytest.raises(UsageError, match="holds no plan of a fit"):
        read_plan(tmp_path)


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("90s", 90), ("20m", 1200), ("1.5h", 5400), ("2 min", 120)])
def test_a_length_of_time_is_read(text, seconds):
    assert seconds_of(text) == seconds


def test_settings_refuse_what_cannot_be():
    with pytest.raises(UsageError, match="length of time"):
        seconds_of("soon")
    for budget in (2, float("nan"), float("inf")):
        with pytest.raises(UsageError, match="budget must be 10 seconds"):
            FitSettings(budget=budget)
    with pytest.raises(UsageError, match="no network tree"):
        FitSettings(network="tree")


def test_platt_gives_the_probabilities_of_scikit_learn():
    from sklearn.linear_model import LogisticRegression

    random = np.random.default_rng(0)
    for classes in (2, 3):
        truth = random.integers(0, classes, 200)
        scores = random.normal(size=(200, classes)) + np.eye(classes)[truth]
        wanted = LogisticRegression(max_iter=1000).fit(scores, truth).predict_proba(scores)
        assert fit_platt(scores, truth).probabilities(scores) == pytest.approx(wanted)


def test_a_rung_is_printed_with_its_question_and_its_reason(tmp_path):
    written: list[str] = []
    narrator = Narrator(written.append, lambda *_: None)
    rung = narrator.begin("goal", "What is success?")
    rung.tried.append("nothing")
    rung.table = Table(("model", "F1"), [("tree", "0.5")])
    narrator.end(rung, "it goes on.")
    narrator.keep(tmp_path)
    text = "".join(written)
    assert text.startswith("1 goal  What is success?\n  tried    nothing\n           model   F1\n")
    assert text.endswith("  so       it goes on.\n\n")
    assert json.loads((tmp_path / "rungs.json").read_text())[0]["so"] == "it goes on."
