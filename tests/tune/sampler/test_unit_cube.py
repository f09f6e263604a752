"""Settings as points of the unit cube."""

import numpy as np
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from unstuck.tune.sampler.candidates import candidates
from unstuck.tune.sampler.spread_points import sobol, spread_place
from unstuck.tune.sampler.unit_cube import UnitCube, levels, position, union_space, value_at, value_from_uniform

SPACE = {
    "lr": FloatDistribution(1e-5, 1e-1, log=True),
    "layers": IntDistribution(1, 4),
    "act": CategoricalDistribution(("relu", "tanh", "gelu")),
    "drop": FloatDistribution(0.0, 0.5, step=0.1),
    "width": IntDistribution(8, 512, log=True),
}


def test_the_middle_of_a_logarithmic_range_is_the_geometric_mean():
    assert value_at(SPACE["lr"], 0.5) == pytest.approx(1e-3)
    assert position(SPACE["lr"], 1e-4) == pytest.approx(0.25)


def test_every_whole_number_has_the_same_room():
    drawn = [value_at(SPACE["layers"], place) for place in np.linspace(0.001, 0.999, 400)]
    assert [drawn.count(value) for value in (1, 2, 3, 4)] == [100, 100, 100, 100]


def test_settings_survive_the_way_there_and_back():
    cube = UnitCube(SPACE)
    setting = {"lr": 3e-4, "layers": 3, "act": "gelu", "drop": 0.3, "width": 77}
    back = cube.settings(cube.point(setting))
    assert back.pop("lr") == pytest.approx(3e-4)
    assert back.pop("drop") == pytest.approx(0.3)
    assert back == {"layers": 3, "act": "gelu", "width": 77}
    assert cube.columns == 7
    assert cube.owners.tolist() == [0, 1, 2, 2, 2, 3, 4]
    assert cube.free.tolist() == [True, False, False, False, False, False, True]


def test_two_choices_are_one_width_apart():
    cube = UnitCube({"act": SPACE["act"]})
    assert np.linalg.norm(cube.point({"act": "relu"}) - cube.point({"act": "tanh"})) == pytest.approx(1.0)


def test_a_parameter_of_another_branch_stands_in_the_middle():
    point = UnitCube(SPACE).point({"lr": 1e-3})
    assert point[0] == point[1] == 0.5
    assert point[2] == point[3] == point[4] == pytest.approx(0.5**0.5 / 3)


def test_what_is_drawn_can_be_suggested():
    cube = UnitCube(SPACE)
    rng = np.random.default_rng(0)
    points = cube.draw(rng.uniform(size=(50, 5)))
    assert points == pytest.approx(np.array([cube.snap(point) for point in points]))
    leaders = points[:3]
    for point in candidates(cube, leaders, rng):
        assert point == pytest.approx(cube.snap(point), abs=1e-9)


def test_near_candidates_change_at_most_a_little_of_a_leader():
    cube = UnitCube({f"x{i}": FloatDistribution(0, 1) for i in range(3)})
    near = candidates(cube, np.full((1, 3), 0.5), np.random.default_rng(0))[512:]
    assert np.abs(near - 0.5).max() < 0.5
    assert np.median(np.abs(near - 0.5)) < 0.05


def test_the_union_of_spaces_has_every_parameter_with_its_newest_range():
    first = {"a": FloatDistribution(0, 1), "one": CategoricalDistribution(("only",))}
    second = {"b": IntDistribution(1, 3), "a": FloatDistribution(0, 2)}
    assert union_space([first, second]) == {"a": FloatDistribution(0, 2), "b": IntDistribution(1, 3)}


def test_levels_count_the_values():
    assert [levels(one) for one in SPACE.values()] == [0, 4, 3, 6, 505]


def test_a_uniform_number_gives_each_choice_its_share():
    drawn = [value_from_uniform(SPACE["act"], place) for place in (0.0, 0.34, 0.99, 1.0)]
    assert drawn == ["relu", "tanh", "gelu", "gelu"]


def test_spread_points_can_be_asked_for_one_by_one():
    expected = sobol(7, 64, 6)
    assert spread_place(7, 5, 3) == expected[5, 3]
    assert spread_place(7, 5, 100) == spread_place(7, 5, 100) != spread_place(8, 5, 100)
