"""DAT120 of a run: padding is worth a warning where a few long sequences cause it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from unstuck.analysis.data.view import datasets
from unstuck.core.data_types import Form
from unstuck.core.finding import Severity
from unstuck.record.events.data.sequences import Padding
from unstuck.record.events.data.splits import Split
from unstuck.rules.families.dat.ignored_padding import IgnoredPadding
from unstuck.testing import synthetic

TRAIN = Split(id=0, name="training data", rows=400, form=Form.TOKENS, shape=(100,), training=0)


def findings(path, longest, split=TRAIN):
    event = Padding(split=0, token=0, share=0.88, length=100, typical_length=11, long_length=18, longest_length=longest,
                    looked_at=400, rows=(1,))  # fmt: skip
    return [one for view in datasets(synthetic.data_record(path, [split], [event])) for one in IgnoredPadding().check(view)]


@pytest.mark.parametrize(("longest", "severity"), [(25, Severity.WARNING), (70, Severity.INFO), (0, Severity.INFO)])
def test_of_a_run(tmp_path, longest, severity):
    (finding,) = findings(tmp_path, longest)
    assert finding.severity is severity
    assert ("cut at 25, 75 % of all positions go" in finding.message) == (longest == 25)


def test_of_an_audit_it_stays_a_warning(tmp_path):
    (finding,) = findings(tmp_path, 70, replace(TRAIN, training=None))
    assert finding.severity is Severity.WARNING
