"""Values that stand for missing ones: found where they are planted, not found where zeros and extremes are honest."""

from __future__ import annotations

import numpy as np
import pytest
from tables import table

from unstuck.analysis.data.distinct_values import in_even_steps, values_of
from unstuck.analysis.data.imputed import imputed
from unstuck.analysis.data.missing import far_codes, missing_values, present, sentinels, zeros_apart
from unstuck.record.events.data.values import Sentinel


def random(seed=0):
    return np.random.default_rng(seed)


def planted(values, code, share, seed=1):
    values = np.array(values, dtype=np.float64)
    values[random(seed).choice(len(values), round(share * len(values)), replace=False)] = code
    return values


def codes_in(values):
    return [(one.value, one.by) for one in sentinels([np.asarray(values, dtype=np.float64)])[0]]


AGES = random(2).integers(17, 91, 2000)
HEIGHTS = random(3).normal(170, 8, 1000)


@pytest.mark.parametrize("share", [0.01, 0.06])
@pytest.mark.parametrize(
    ("values", "code", "by"),
    [
        (HEIGHTS, -999, Sentinel.FAR), (HEIGHTS, 9999, Sentinel.FAR), (HEIGHTS, 250.5, Sentinel.FAR),
        (HEIGHTS, 0, Sentinel.ZEROS), (AGES, -1, Sentinel.NEGATIVE), (AGES, 999, Sentinel.FAR),
        (random(4).normal(0, 1, 1000), 99, Sentinel.FAR), (random(5).integers(0, 3000, 2000), -1, Sentinel.NEGATIVE),
        (random(6).normal(0, 1e4, 1000), -999, Sentinel.CODE),
    ],
    ids=["-999", "9999", "any far value", "zero height", "-1 age", "999 age", "99 of z", "-1 count", "inside"],
)  # fmt: skip
def test_a_planted_code_is_found(values, code, by, share):
    assert codes_in(planted(values, code, share)) == [(code, by)]


@pytest.mark.parametrize(
    "values",
    [
        random(0).normal(size=1000), random(1).poisson(5, 1000), random(2).poisson(0.5, 1000),
        np.where(random(3).random(1000) < 0.4, 0, random(4).lognormal(3, 1, 1000)), random(5).integers(0, 17, 1000),
        random(6).exponential(size=1000), np.clip(random(7).normal(size=1000), -1, 1), random(8).choice([0, 1], 1000),
        random(9).standard_t(2, 1000).round(1), random(10).choice([-1, 0, 1], 1000), random(11).uniform(0, 1, 1000),
        np.where(random(12).random(1000) < 0.3, 0, random(13).integers(1, 256, 1000)), np.full(1000, 3.0),
        random(14).integers(-1, 12, 1000), random(15).binomial(20, 0.2, 1000), np.r_[random(16).normal(size=999), 50.0],
    ],
    ids=["normal", "counts", "rare counts", "zero-inflated", "pixels", "exponential", "clipped", "binary", "tails",
         "ternary", "unit", "sparse pixels", "constant", "from -1", "binomial", "one outlier"],
)  # fmt: skip
def test_honest_values_are_not(values):
    assert codes_in(values) == []


def test_a_code_within_twice_the_range_of_the_others_is_an_honest_value():
    hours = random(20).normal(40, 12, 2000).clip(1, 83).round()
    hours[random(21).choice(2000, 9, replace=False)] = 99
    assert (99 - 83) / hours[hours < 99].std() > 1.2  # far enough for a code that could be no hours
    assert codes_in(hours) == []
    assert codes_in(np.where(hours == 99, 999, hours)) == [(999, Sentinel.FAR)]


@pytest.mark.parametrize(("share", "count"), [(0.15, 1), (0.47, 0)])
def test_a_far_value_of_many_rows_is_the_floor_of_a_measurement(share, count):
    values = random(22).normal(1.0, 0.3, 600).clip(0.3, 1.9)
    assert len(codes_in(planted(values, -1.92, share))) == count


def test_minus_one_is_honest_where_one_is_the_bound_on_the_other_side():
    signal = random(25).uniform(0, 1, 400)
    assert codes_in(planted(signal, -1, 0.03)) == [(-1, Sentinel.FAR)]
    assert codes_in(planted(np.where(signal > 0.9, 1, signal), -1, 0.03)) == []


def test_zeros_in_the_rows_where_an_honest_column_is_zero_are_honest():
    heights = planted(HEIGHTS, 0, 0.03)
    rain = random(23).exponential(size=1000)
    assert sentinels([heights, rain])[0]
    assert sentinels([heights, np.where(heights == 0, 0, rain)])[0] == []
    assert sentinels([heights, np.where(random(24).random(1000) < 0.3, 0, rain)])[0]


def test_two_codes_in_one_column_are_both_found():
    values = planted(planted(HEIGHTS, -999, 0.02), 9999, 0.02, seed=5)
    assert {value for value, _ in codes_in(values)} == {-999, 9999}


def test_the_distance_is_in_standard_deviations_of_the_others():
    (found,) = far_codes(values_of(np.r_[np.arange(21.0), [200.0] * 3]))
    assert found.distance == pytest.approx((200 - 20) / np.arange(21.0).std())
    distance = zeros_apart(values_of(np.r_[np.arange(50.0, 80.0), [0.0] * 3]), [])
    assert distance == pytest.approx(50 / np.arange(50.0, 80.0).std())


def test_zeros_of_an_amount_count_where_a_sure_column_lacks_its_values_too():
    r = random(1)
    lacking = r.random(800) < 0.3
    sure = np.where(lacking, 0.0, r.normal(30, 8, 800).clip(8))
    amount = np.where(lacking | (r.random(800) < 0.15), 0.0, r.lognormal(4.8, 0.7, 800))
    own = np.where(r.random(800) < 0.4, 0.0, r.lognormal(4.8, 0.7, 800))
    assert [[one.by for one in codes] for codes in sentinels([sure, amount, own])] == [
        [Sentinel.ZEROS], [Sentinel.ZEROS], []
    ]  # fmt: skip


def test_events_count_what_is_missing_once_and_say_where():
    values = planted(HEIGHTS, -999, 0.02)
    values[[3, 5]] = np.nan
    values[7] = np.inf
    values[9] = -999
    sample = table(rows=np.arange(1000) * 10, height=values, age=random(1).normal(size=1000))
    (event,) = missing_values(sample)
    assert (event.name, event.missing, event.infinite, event.sentinel) == ("height", 2, 1, "-999")
    assert event.sentinel_count == int((values == -999).sum())
    assert set(event.rows) == {int(at) * 10 for at in np.flatnonzero(~np.isfinite(values) | (values == -999))}
    others = values[np.isfinite(values) & (values != -999)]
    assert (event.least, event.greatest) == (others.min(), others.max())
    assert present(sample.columns[0], sample).sum() == len(others)


@pytest.mark.parametrize("mark", ["?", "N/A", "unknown", " NA ", "-", ""])
def test_marks_among_names_are_found(mark):
    (event,) = missing_values(table(city=["Rome", "Oslo", mark, "Rome", None] * 20))
    assert (event.sentinel, event.sentinel_count, event.missing, event.found_by) == (mark, 20, 20, Sentinel.MARK)
    assert event.rows[:2] == (2, 4)


def test_ordinary_names_are_none():
    assert list(missing_values(table(city=["Rome", "Oslo", "none", "other"] * 20))) == []


def scaled(values):
    return (values - values.mean()) / values.std()


def test_a_zero_that_was_standardised_is_found():
    radii = (7 + random(20).gamma(4, 1.75, 1000)).round(2)  # the least is two standard deviations above 0
    values = scaled(planted(radii, 0, 0.1))
    ((found,),) = sentinels([values])
    assert (found.value, found.by) == (values.min(), Sentinel.ZEROS)


@pytest.mark.parametrize("bent", [np.log1p, np.sqrt, lambda values: values ** 0.3], ids=["log", "root", "power"])
def test_zeros_of_an_amount_that_a_curve_set_apart_are_honest(bent):
    amounts = np.where(random(30).random(1000) < 0.12, 0, random(31).lognormal(5, 0.8, 1000).round(2))
    assert sentinels([scaled(bent(amounts))]) == [[]]


def test_even_steps_are_seen_through_standardising_and_not_through_a_curve():
    readings = np.unique(planted(random(20).normal(120, 30, 1000).round(1), 0, 0.1))
    assert in_even_steps(readings)
    assert in_even_steps(scaled(readings).astype(np.float32))
    assert not in_even_steps(np.log1p(readings))
    assert not in_even_steps(np.unique(HEIGHTS))
    assert not in_even_steps(np.unique(HEIGHTS.astype(np.float32)))


@pytest.mark.parametrize(
    "values",
    [HEIGHTS, AGES * 1.0, np.maximum(HEIGHTS, 160), random(6).exponential(size=1000), random(1).poisson(5, 1000) * 1.0,
     np.where(random(3).random(1000) < 0.4, 0, random(4).lognormal(3, 1, 1000))],
    ids=["none", "ages", "a floor", "exponential", "counts", "honest zeros"],
)  # fmt: skip
def test_honest_values_that_were_standardised_are_not(values):
    assert sentinels([scaled(values)]) == [[]]


@pytest.mark.parametrize("prepared", [np.asarray, scaled], ids=["raw", "standardised"])
def test_zeros_are_honest_where_most_columns_are_mostly_zero(prepared):
    r = random(8)
    shares = np.linspace(0.4, 0.98, 20)
    words = [prepared(np.where(r.random(1000) < share, 0, r.normal(0.7, 0.1, 1000).round(2))) for share in shares]
    assert not any(sentinels(words))
    assert sentinels([words[0], *(prepared(r.normal(5, 1, 1000)) for _ in range(3))])[0]  # among others they are not


def test_a_low_value_of_raw_columns_is_not_taken_for_zero():
    assert sentinels([planted(HEIGHTS, 120, 0.1) + 1000]) == [[]]


def middle_of(values, how):
    return float({"median": np.median, "mean": np.mean}[how](values))


@pytest.mark.parametrize("how", ["median", "mean"])
@pytest.mark.parametrize("values", [HEIGHTS, random(7).lognormal(3, 1, 400).round(2)], ids=["heights", "amounts"])
@pytest.mark.parametrize("share", [0.05, 0.3])
def test_a_mean_or_a_median_in_the_place_of_missing_values(values, how, share):
    given = planted(values, 0, share)
    given[given == 0] = code = middle_of(given[given != 0], how)
    found = imputed(values_of(given))
    assert found is not None
    assert (found.value, imputed(values_of(values))) == (code, None)


@pytest.mark.parametrize(
    "values",
    [
        planted(HEIGHTS, 181.0, 0.2),
        np.where(random(8).random(2000) < 0.45, 40, random(9).normal(41, 12, 2000).round()),
        planted(random(10).integers(0, 60, 1000), 30, 0.3), random(11).poisson(3, 1000), np.full(200, 3.0),
    ],
    ids=["not in the middle", "hours a week", "grades", "counts", "constant"],
)  # fmt: skip
def test_other_values_that_repeat_are_not_imputed(values):
    assert imputed(values_of(np.asarray(values, dtype=np.float64))) is None


def test_where_many_columns_have_honest_zeros_a_zero_apart_is_one_as_well():
    made = [np.maximum(0, random(at).normal(0.5, 1, 500)) for at in range(20)]  # outputs of a ReLU
    heights = planted(HEIGHTS[:500], 0, 0.01)
    assert [len(one) for one in sentinels([*made[:9], heights])][9] == 1
    assert not any(sentinels([*made, heights]))


def test_a_repeated_value_less_than_twice_as_far_as_the_others_is_one_of_a_tail():
    tail = np.r_[np.linspace(-0.4, 0.4, 400), [4.0, 6.5, 8.5], [13.75] * 3]
    assert far_codes(values_of(tail)) == []
    (found,) = far_codes(values_of(np.r_[tail[:-3], [30.75] * 3]))
    assert found.value == 30.75
