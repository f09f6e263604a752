"""A measurement that raises is reported as a defect of ours: neither as skipped, nor as passed."""

from __future__ import annotations

import numpy as np
import pytest

import unstuck
from unstuck.analysis.data.measurements import class_balance
from unstuck.core.outcome import Broke


@pytest.fixture
def table():
    chance = np.random.default_rng(0)
    x = chance.normal(size=(300, 4))
    return x, (x[:, 0] > 0).astype(int)


def test_its_rules_broke(table, monkeypatch):
    def raises(dataset):
        raise ZeroDivisionError("of ours")

    monkeypatch.setattr(class_balance, "measure", raises)
    outcomes = unstuck.audit(*table).diagnose().outcomes
    broke = [outcome for outcome in outcomes if isinstance(outcome, Broke)]
    assert broke
    assert all("ZeroDivisionError: of ours" in outcome.error for outcome in broke)
