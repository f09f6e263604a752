"""A measurement that raises is reported as a defect of ours: neither as skipped, nor as passed."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import unstuck
from unstuck.analysis.data.measurements import class_balance
from unstuck.core.outcome import Broke, Skipped


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


def test_without_a_library_its_rules_are_skipped_and_say_what_to_install(table, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.neighbors", None)
    outcomes = unstuck.audit(*table).diagnose().outcomes
    assert not [outcome for outcome in outcomes if isinstance(outcome, Broke)]
    missing = [word for outcome in outcomes if isinstance(outcome, Skipped) for word in outcome.missing]
    assert "scikit-learn (`pip install 'unstuck[audit]'`)" in missing
