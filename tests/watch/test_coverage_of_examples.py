"""How much of a run the ledger looks at."""

from __future__ import annotations

import time

from unstuck.watch.torch.ledger.coverage import FOR_EVALUATION, FREE_SECONDS, HIDDEN_COST, Coverage, clock_of


def spent(seconds):
    coverage = Coverage()
    coverage.paid(seconds / HIDDEN_COST)
    return coverage


def test_part_of_the_time_is_kept_for_the_first_evaluation():
    coverage = spent(FREE_SECONDS - FOR_EVALUATION / 2)
    coverage.looks = 1000  # each look is cheap
    assert coverage.pause(10, 0.0, 0, evaluated=False) > 0
    assert coverage.begins(0.0)
    assert coverage.pause(10, 0.0, 0, evaluated=True) == 0
    assert coverage.pause(10, 0.0, 2, evaluated=False) == 0


def test_waiting_for_a_processor_costs_nothing():
    clock = clock_of(on_cpu=True)
    began = clock()
    time.sleep(0.02)
    assert clock() - began < 0.02
    assert clock_of(on_cpu=False) is time.perf_counter
