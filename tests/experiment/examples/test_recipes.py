"""Which row takes whose input and label."""

from __future__ import annotations

import pytest
import torch

from unstuck.experiment.interventions.building_blocks.network_entry import column_of
from unstuck.experiment.interventions.building_blocks.training_rows import Recipe, Recombined, dropped, joined
from unstuck.experiment.interventions.shift_labels import ShiftLabels


def test_a_dropped_row_is_another_one_with_its_own_label():
    recipe = dropped([2, 5, 99], 8)
    assert set(recipe.inputs) == {2, 5}
    assert recipe.inputs == recipe.labels
    assert not {2, 5} & set(recipe.inputs.values())
    assert dropped(range(8), 8) is None
    assert dropped([99], 8) is None


@pytest.mark.parametrize(("lag", "inside"), [(2, range(8)), (-3, range(3, 10))])
def test_a_label_comes_from_the_row_that_is_late_by_the_lag(lag, inside):
    true = list(range(10))
    given = [true[row - lag] if 0 <= row - lag < 10 else None for row in range(10)]
    recipe = ShiftLabels(lag).recipe(10)
    for row in range(10):
        of_input, of_label = recipe.of(row)
        assert given[of_label] == of_input, "whatever row it is now, its label is its own"
        assert row not in inside or of_input == row


def test_only_the_stretch_moves():
    recipe = ShiftLabels(1, 4, 8).recipe(12)
    assert [recipe.of(row) for row in (3, 8, 11)] == [(3, 3), (8, 8), (11, 11)]
    assert [recipe.of(row) for row in (4, 5, 6)] == [(4, 5), (5, 6), (6, 7)]
    at, of = recipe.of(7)
    assert (at == of and at not in range(4, 8)) or of == at + 1, "it is another row, with the label of that"


def test_a_data_set_hands_out_the_other_rows():
    dataset = torch.utils.data.TensorDataset(torch.arange(4), 10 * torch.arange(4))
    made = Recombined(dataset, Recipe({1: 3}, {1: 3, 0: 2}))
    assert [tuple(map(int, made[row])) for row in range(4)] == [(0, 20), (3, 30), (2, 20), (3, 30)]
    assert len(made) == 4
    assert made.tensors is dataset.tensors


def test_the_label_is_the_last_of_a_pair_or_has_a_usual_name():
    assert joined((1, 2, 3), (4, 5, 6)) == (1, 2, 6)
    assert joined({"x": 1, "label": 2}, {"x": 3, "label": 4}) == {"x": 1, "label": 4}
    with pytest.raises(TypeError, match="label"):
        joined(3, 4)


def test_columns_are_found_by_the_names_of_findings():
    table, series = torch.arange(6).reshape(2, 3), torch.arange(12).reshape(2, 3, 2)
    assert column_of(table, "column 1").tolist() == [1, 4]
    assert column_of(table, "2").tolist() == [2, 5]
    assert column_of(table, "column 7") is None
    assert column_of(series, "column 1, 1").tolist() == [3, 9]
    assert column_of(series, "column 1") is None
    assert column_of(series[..., :1], "column 2").tolist() == [4, 10]
