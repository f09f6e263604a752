"""Windows: dense at first, then rarer and rarer, within the budget; a new training begins anew."""

from __future__ import annotations

import itertools
import math
import random

import pytest

from unstuck.watch.sampling_schedule import DENSE_RESTARTS, DENSE_WINDOWS, FREE_SECONDS, GROWTH, HIDDEN_COST, Schedule


def run(schedule: Schedule, steps: int, *, step_seconds: float, window_seconds: float, start: int = 0) -> list[int]:
    """Indices at which windows begin, of steps of one backward each."""
    taken = []
    elapsed = start * step_seconds
    index = start
    while index < start + steps:
        if schedule.due(index, elapsed):
            taken.append(index)
            elapsed += HIDDEN_COST * window_seconds
            schedule.closed(index + 1, window_seconds)
        elapsed += step_seconds
        index += 1
    return taken


def test_a_million_steps_have_a_bounded_number_of_windows() -> None:
    taken = run(Schedule(budget=0.02), 10**6, step_seconds=0.1, window_seconds=1e-3)
    # Dense ones, then one a step up to GROWTH, then geometric growth.
    assert len(taken) <= DENSE_WINDOWS + 2 * GROWTH + GROWTH * math.log(10**6 / GROWTH) + GROWTH
    assert len(taken) >= 300
    assert taken[:DENSE_WINDOWS] == list(range(DENSE_WINDOWS))
    gaps = [after - before for before, after in itertools.pairwise(taken)]
    assert max(gap / (at + 1) for gap, at in zip(gaps, taken, strict=False) if at > 200) < 2 / GROWTH
    assert taken[-1] > 10**6 * (1 - 2 / GROWTH)


@pytest.mark.parametrize("window_seconds", [1e-4, 1e-3, 0.05])
@pytest.mark.parametrize("step_seconds", [2e-4, 1e-2])
def test_the_budget_is_kept(step_seconds: float, window_seconds: float) -> None:
    steps = 30_000
    schedule = Schedule(budget=0.02)
    taken = run(schedule, steps, step_seconds=step_seconds, window_seconds=window_seconds)
    cost = HIDDEN_COST * window_seconds * len(taken)
    dense = HIDDEN_COST * window_seconds * DENSE_WINDOWS
    assert cost <= 0.02 * (steps * step_seconds + cost) + FREE_SECONDS + dense
    assert taken[:DENSE_WINDOWS] == list(range(DENSE_WINDOWS))


def test_asking_is_rare_where_the_budget_is_spent() -> None:
    schedule = Schedule(budget=0.0)
    for index in range(DENSE_WINDOWS):
        assert schedule.due(index, 0.0)
        schedule.closed(index + 1, 10.0)
    asked = 0
    for index in range(DENSE_WINDOWS, 100_000):
        if index >= schedule.next_index:
            asked += 1
            assert not schedule.due(index, 1.0)
    assert asked < 3000


def test_a_restart_is_dense_again_and_does_not_end() -> None:
    schedule = Schedule(budget=0.02)
    run(schedule, 5000, step_seconds=0.01, window_seconds=1e-3)
    schedule.restart(5000)
    taken = run(schedule, 200, step_seconds=0.01, window_seconds=1e-3, start=5000)
    assert taken[:DENSE_WINDOWS] == list(range(5000, 5000 + DENSE_WINDOWS))
    assert len(taken) > 20


def test_a_long_search_stays_within_the_budget() -> None:
    """After the first trainings of a search of thousands, beginnings are no longer free."""
    schedule = Schedule(budget=0.02)
    step, window, index, elapsed, windows = 1e-3, 1e-2, 0, 0.0, 0
    rng = random.Random(1)
    for _ in range(2000):
        for _ in range(rng.randint(5, 15)):
            if schedule.due(index, elapsed):
                windows += 1
                elapsed += HIDDEN_COST * window
                schedule.closed(index + 1, window)
            elapsed += step
            index += 1
        schedule.restart(index)
    at_once = 5 * (DENSE_RESTARTS + 1)
    allowed = 0.02 * elapsed + FREE_SECONDS + HIDDEN_COST * window * at_once
    assert windows * HIDDEN_COST * window <= allowed
