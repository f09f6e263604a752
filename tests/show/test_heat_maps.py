from __future__ import annotations

import math

import numpy as np
import pytest

from unstuck.figures.heat_maps import COLUMNS, QUANTITIES, heat_map, heat_maps
from unstuck.figures.network_order import MOST_ROWS, folded, in_network_order
from unstuck.show import svg_heat
from unstuck.testing import synthetic

BY_TITLE = {quantity.title: quantity for quantity in QUANTITIES}


def of(tmp_path, layers, title, **plan):
    training = synthetic.training(tmp_path, **{"loss": [1.0] * 10, "layers": layers, **plan})
    return heat_map(training, BY_TITLE[title])


def test_a_cell_is_the_value_and_reaches_halfway_to_its_neighbours(tmp_path):
    layers = {"0.weight": {"gradient": {"norm": [3.0, 6.0]}}, "0.bias": {"gradient": {"norm": [4.0, 8.0]}}}
    heat = of(tmp_path, layers, "Gradient norm", sampled=[0, 4])
    assert heat.rows == ("0",)
    assert heat.cells == ((5.0, 10.0),)
    assert heat.edges == (0.0, 2.0, 10.0)


def test_missing_zero_and_not_a_number_are_told_apart(tmp_path):
    layers = {
        "0.weight": {"gradient": {"norm": [1e-6, 0.0, math.nan]}},
        "1.weight": {"gradient": {"norm": [1.0, 1.0, 1.0]}},
    }
    heat = of(tmp_path, layers, "Gradient norm")
    assert heat.cells[0][:2] == pytest.approx((1e-6, 0.0))
    assert math.isnan(heat.cells[0][2])
    drawn = svg_heat.draw(heat)
    assert drawn.kinds == ("zero", "broken")
    assert heat.scale.log


def test_a_layer_that_was_not_sampled_is_missing_not_zero(tmp_path):
    layers = {"0": {"output": {"mean": [1.0, math.nan]}}, "1": {"output": {"mean": [1.0, 2.0]}}}
    heat = of(tmp_path, layers, "Mean of the outputs")
    assert heat.cells == ((1.0, None), (1.0, 2.0))
    assert svg_heat.draw(heat).kinds == ("missing",)


def test_the_scale_of_means_is_even_around_zero_and_zero_is_its_middle(tmp_path):
    heat = of(tmp_path, {"0": {"output": {"mean": [-2.0, 0.0, 1.0]}}}, "Mean of the outputs")
    assert (heat.scale.low, heat.scale.high, heat.diverging) == (-2.0, 2.0, True)
    assert svg_heat.level(heat.scale, 0.0, svg_heat.DIVERGING_LEVELS) == svg_heat.DIVERGING_LEVELS // 2


def test_colours_go_from_the_low_end_to_the_high_end(tmp_path):
    heat = of(tmp_path, {"0.weight": {"gradient": {"norm": [1e-4, 1e-2, 1.0]}}}, "Gradient norm")
    assert [svg_heat.level(heat.scale, value) for value in (1e-4, 1e-2, 1.0, 5.0)] == [0, 8, 15, 15]


def test_a_share_that_is_never_above_zero_is_left_out(tmp_path):
    layers = {"0": {"output": {"zeros": [0.0, 0.0]}}}
    assert of(tmp_path, layers, "Outputs that are exactly zero") is None
    layers = {"0": {"output": {"zeros": [0.0, 0.99]}}}
    heat = of(tmp_path, layers, "Outputs that are exactly zero")
    assert heat.remarks == ("At the end 99 % of the outputs of 0 are zero.",)


def test_a_faded_gradient_is_told(tmp_path):
    layers = {f"{n}.weight": {"gradient": {"norm": [10.0 ** (2 * n - 8)] * 4}} for n in range(4)}
    heat = of(tmp_path, layers, "Gradient norm")
    assert heat.remarks == ("At the end the gradient norm of 3 is 1,000,000 times that of 0.",)


def test_updates_that_are_very_large_are_told(tmp_path):
    layers = {"0.weight": {"weight": {"norm": [1.0]}, "update": {"norm": [0.5]}}}
    (remark,) = of(tmp_path, layers, "Update ÷ weight").remarks
    assert "the updates of 0 are still more than 0.1 × the weight norm" in remark


def test_many_samples_become_few_columns_with_their_means(tmp_path):
    steps = list(range(500))
    layers = {"0.weight": {"gradient": {"norm": [1.0, 3.0] * 250}}}
    heat = of(tmp_path, layers, "Gradient norm", loss=[1.0] * 500, sampled=steps)
    assert len(heat.cells[0]) <= COLUMNS
    assert all(1.5 < value < 2.5 for value in heat.cells[0])
    assert len(heat.edges) == len(heat.cells[0]) + 1
    assert (np.diff(heat.edges) > 0).all()


def test_layers_stand_in_the_order_of_the_network(tmp_path):
    modules = [{"name": name} for name in ("stem", "body", "body.0", "body.1", "head")]
    training = synthetic.training(tmp_path, loss=[1.0], model={"modules": modules})
    names = ["head", "body", "stem.relu", "body.1", "stem", "body.0"]
    assert in_network_order(training, names) == ["stem", "stem.relu", "body.0", "body.1", "body", "head"]


@pytest.mark.parametrize("names", [
    [f"blocks.{n // 6}.part{n % 6}" for n in range(300)], [str(n) for n in range(300)],
    [f"a{n}.b.c" for n in range(20)] + [f"z.{n}" for n in range(100)],
], ids=["blocks", "flat", "uneven"])  # fmt: skip
def test_hundreds_of_layers_are_folded_and_none_is_lost(names):
    rows = folded(names)
    assert 8 <= len(rows) <= MOST_ROWS
    assert [name for mine in rows.values() for name in mine] == names


def test_a_folded_row_is_the_median_of_its_layers(tmp_path):
    layers = {f"{n}.weight": {"gradient": {"norm": [float(n + 1)]}} for n in range(2 * MOST_ROWS)}
    heat = of(tmp_path, layers, "Gradient norm")
    assert [row[0] for row in heat.cells] == [1.5 + 2 * n for n in range(MOST_ROWS)]
    assert "64 layers are folded into 32 rows" in heat.how


def test_names_are_escaped_and_long_ones_shortened(tmp_path):
    name = "<script>." + "x" * 60
    heat = of(tmp_path, {f"{name}.weight": {"gradient": {"norm": [1.0]}}}, "Gradient norm")
    drawn = svg_heat.draw(heat)
    assert "<script" not in drawn.cells
    assert len(drawn.names[0][0]) <= svg_heat.LONGEST_NAME


def test_nothing_sampled_and_nothing_finite_give_no_heat_map(tmp_path):
    assert heat_maps(synthetic.training(tmp_path, loss=[1.0])) == ()
    assert of(tmp_path, {"0.weight": {"gradient": {"norm": [math.nan, math.inf]}}}, "Gradient norm") is None
