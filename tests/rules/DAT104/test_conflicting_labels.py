"""DAT104 on counts of conflicts."""

from __future__ import annotations

import numpy as np
import pytest

import unstuck
from unstuck.analysis.data.view import datasets
from unstuck.record.events.data.labels import ConflictingLabels as Conflicts
from unstuck.record.events.data.splits import Split
from unstuck.rules.families.dat.conflicting_labels import ConflictingLabels
from unstuck.testing import synthetic

TRAIN = Split(id=0, name="train", source="train.csv", rows=1000, target="label")


def conflicts(**facts):
    return Conflicts(**{"split": 0, "looked_at": 1000, "repeated": 20, "conflicting": 10, "concerned": 20, "lost": 10, "members": 25,
                        "rows": (5, 9), "other_rows": (1, 2), **facts})


def findings(path, event):
    (view,) = datasets(synthetic.data_record(path, [TRAIN], [event]))
    return list(ConflictingLabels().check(view))


def test_says_what_is_lost(tmp_path):
    (finding,) = findings(tmp_path, conflicts())
    assert finding.message == (
        "10 inputs that occur more than once have different labels: they are 25 of 1000 examples (2.5 %), and at least "
        "10 of these cannot be predicted right"
    )
    assert finding.measured("conflicting_share").value == 0.025
    assert finding.examples.indices == (5, 9)


@pytest.mark.parametrize("event", [conflicts(conflicting=2), conflicts(repeated=200), conflicts(conflicting=0, repeated=0),
                                   conflicts(pairs=12, pairs_by_chance=3.5)])
def test_rare_conflicts_are_none(tmp_path, event):
    assert findings(tmp_path, event) == []


def test_numbers_that_differ_for_equal_inputs(tmp_path):
    random = np.random.default_rng(0)
    x = random.normal(size=(400, 4))
    y = x.sum(axis=1) / 2
    x, y = np.concatenate([x, x[:12]]), np.concatenate([y, y[:12] + 1.0])
    order = random.permutation(412)
    found = unstuck.audit(x[order], y[order], dir=tmp_path).diagnose().findings
    (finding,) = [ranked.finding for ranked in found if ranked.finding.code == "DAT104"]
    assert "different targets: they are 24 of 412" in finding.message
    assert set(finding.examples.indices) == {int(row) for row in np.flatnonzero((order < 12) | (order >= 400))}


def answers(random, rows):
    """Of a questionnaire: six from 1 to 5, and what follows from them but for noise."""
    x = random.integers(1, 6, size=(rows, 6)).astype(float)
    x[:, 1] = np.clip(x[:, 0] + random.integers(-1, 2, rows), 1, 5)
    return x, x.sum(axis=1) + random.normal(size=rows) * 4


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("classes", [True, False])
def test_coarse_rows_are_equal_by_chance(tmp_path, seed, classes):
    x, y = answers(np.random.default_rng(seed), 900)
    found = unstuck.audit(x, (y > np.median(y)).astype(int) if classes else y, dir=tmp_path).diagnose().findings
    assert [ranked.finding.code for ranked in found if ranked.finding.code == "DAT104"] == []
