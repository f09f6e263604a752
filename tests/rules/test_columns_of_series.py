"""What is found in most columns of one sensor is said once."""

from __future__ import annotations

from unstuck.rules.columns import as_one

ALL = [f"column {time}, {sensor}" for time in range(6) for sensor in range(3)]


def told(names, every=ALL):
    return [(one.item, one.others, one.series) for one in as_one(names, str, every)]


def test_a_sensor_at_all_times_is_one_with_the_first_in_front():
    names = ["column 4, 2", *(f"column {time}, 2" for time in (0, 1, 2, 3, 5))]
    assert told(names) == [("column 4, 2", 5, "column …, 2")]


def test_a_time_of_all_sensors_is_one():
    assert told(["column 3, 0", "column 3, 1", "column 3, 2"]) == [("column 3, 0", 2, "column 3, …")]


def test_few_columns_and_those_of_a_table_stay_apart():
    names = ["column 0, 1", "column 4, 1", "age", "column 7"]
    assert told(names, [*ALL, "age", "column 7"]) == [(name, 0, "") for name in names]


def test_all_columns_are_one_for_each_sensor():
    assert [(item, others) for item, others, _ in told(ALL)] == [(f"column 0, {at}", 5) for at in range(3)]
