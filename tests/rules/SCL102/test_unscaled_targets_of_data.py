"""SCL102 on data sets: the targets of a regression."""

from __future__ import annotations

import numpy as np
import pytest

import unstuck
from unstuck.core.diagnosis import Verdict
from unstuck.core.finding import Severity


def audited(path, scale, offset=0.0):
    random = np.random.default_rng(0)
    inputs = random.normal(size=(500, 4))
    targets = inputs[:, 0] + 0.3 * random.normal(size=500)
    targets = (targets - targets.mean()) / targets.std() * scale + offset
    return unstuck.audit(inputs, targets, dir=path, task="regression").diagnose()


@pytest.mark.parametrize(
    ("scale", "offset"), [(50.0, 0.0), (9.0, 22.0), (500.0, 0.0), (1e-3, 0.0)],
    ids=["large", "prices of houses", "very large", "very small"],
)  # fmt: skip
def test_a_target_far_from_unit_size_is_worth_knowing_but_no_fault_of_the_data(tmp_path, scale, offset):
    diagnosis = audited(tmp_path, scale, offset)
    (finding,) = [one.finding for one in diagnosis.findings if one.finding.code == "SCL102"]
    assert (finding.severity, finding.place.column) == (Severity.INFO, "target")
    assert finding.measured("target_std").value == pytest.approx(scale)
    assert finding.measured("target_rms").value == pytest.approx(np.hypot(scale, offset))
    assert diagnosis.verdict is Verdict.CLEAN


@pytest.mark.parametrize(("scale", "offset"), [(1.0, 0.0), (3.0, 10.0), (0.1, 0.0)])
def test_a_target_of_usual_size_is_not_reported(tmp_path, scale, offset):
    assert not audited(tmp_path, scale, offset).findings
