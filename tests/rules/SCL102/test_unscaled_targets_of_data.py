"""SCL102 on data sets: the targets of a regression."""

from __future__ import annotations

import numpy as np
import pytest

import unstuck
from unstuck.core.finding import Severity


def findings(path, scale, offset=0.0):
    random = np.random.default_rng(0)
    inputs = random.normal(size=(500, 4))
    targets = inputs[:, 0] + 0.3 * random.normal(size=500)
    targets = (targets - targets.mean()) / targets.std() * scale + offset
    found = unstuck.audit(inputs, targets, dir=path, task="regression").diagnose().findings
    return [one.finding for one in found if one.finding.code == "SCL102"]


@pytest.mark.parametrize(
    ("scale", "offset", "severity"),
    [(50.0, 0.0, Severity.INFO), (9.0, 22.0, Severity.INFO), (500.0, 0.0, Severity.WARNING), (1e-3, 0.0, Severity.WARNING)],
    ids=["large", "prices of houses", "very large", "very small"],
)  # fmt: skip
def test_a_target_far_from_unit_size(tmp_path, scale, offset, severity):
    (finding,) = findings(tmp_path, scale, offset)
    assert (finding.severity, finding.place.column) == (severity, "target")
    assert finding.measured("target_std").value == pytest.approx(scale)
    assert finding.measured("target_rms").value == pytest.approx(np.hypot(scale, offset))


@pytest.mark.parametrize(("scale", "offset"), [(1.0, 0.0), (3.0, 10.0), (0.1, 0.0)])
def test_a_target_of_usual_size_is_not_reported(tmp_path, scale, offset):
    assert findings(tmp_path, scale, offset) == []
