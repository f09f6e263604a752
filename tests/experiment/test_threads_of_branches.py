"""How many threads a branch computes with."""

from __future__ import annotations

import pytest

from unstuck.experiment.branch.branches import threads_of_each


@pytest.mark.parametrize(
    ("workers", "environment", "threads"),
    [(1, {}, 8), (3, {}, 2), (16, {}, 1), (1, {"OMP_NUM_THREADS": "1"}, 1), (4, {"OMP_NUM_THREADS": "3"}, 2),
     (1, {"OMP_NUM_THREADS": "4,2"}, 8), (1, {"OMP_NUM_THREADS": "0"}, 8)],
)  # fmt: skip
def test_the_share_of_the_cores_and_no_more_than_the_user_allows(monkeypatch, workers, environment, threads):
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    assert threads_of_each(workers, environment) == threads
