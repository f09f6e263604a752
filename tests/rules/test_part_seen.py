"""Findings on a part of the data of a run."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.data.view import DatasetView
from unstuck.core.finding import Confidence, Examples, Finding, Severity
from unstuck.record.events.data.splits import Split
from unstuck.rules.part_seen import as_seen, interval
from unstuck.testing import synthetic

FINDING = Finding(
    code="DAT103", name="label-noise", severity=Severity.WARNING, confidence=Confidence.MEASURED,
    message="about 10 % of the labels are wrong", examples=Examples(of="labels", count=50, share=0.1),
)  # fmt: skip


def seen_in(tmp_path, **split):
    record = synthetic.data_record(tmp_path, [Split(id=0, **split)], [])
    return as_seen(FINDING, DatasetView(record, Split(id=0, **split)))


def test_the_part_and_an_interval_are_said(tmp_path):
    found = seen_in(tmp_path, rows=1000, looked_at=500, training=0)
    assert found.message.endswith("; 500 of 1000 examples were examined")
    assert found.measured("seen").value == 500
    assert found.measured("share_low").value < 0.1 < found.measured("share_high").value


@pytest.mark.parametrize("split", [{"rows": 500, "training": 0}, {"rows": 1000, "looked_at": 500}], ids=["all", "audit"])
def test_a_whole_split_and_an_audit_stay_as_they_are(tmp_path, split):
    assert seen_in(tmp_path, **split) == FINDING


def test_interval_holds_the_share_of_the_whole_in_19_of_20_draws():
    random = np.random.default_rng(0)
    whole = np.arange(1000) < 80
    held = 0
    for _ in range(2000):
        share = float(random.choice(whole, 300, replace=False).mean())
        low, high = interval(share, 300, 1000)
        held += low <= 0.08 <= high
    assert 0.93 <= held / 2000 <= 0.975


def test_interval_of_everything_is_a_point():
    assert interval(0.3, 100, 100) == pytest.approx((0.3, 0.3))
