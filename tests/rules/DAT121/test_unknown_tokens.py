"""DAT121 of a run, which sees numbers instead of words."""

from __future__ import annotations

import pytest

from unstuck.analysis.data.view import datasets
from unstuck.core.data_types import Form
from unstuck.record.events.data.sequences import UnknownTokens as Measured
from unstuck.record.events.data.splits import Split
from unstuck.rules.families.dat.unknown_tokens import UnknownTokens
from unstuck.testing import synthetic


@pytest.mark.parametrize(("share", "training", "fires"), [(0.1, None, 1), (0.1, 0, 0), (0.3, 0, 1)])
def test_a_run_needs_more(tmp_path, share, training, fires):
    split = Split(id=0, name="train", rows=400, form=Form.TOKENS, shape=(24,), training=training)
    event = Measured(split=0, token="1", share=share, looked_at=5000, rows=(3,))
    view = datasets(synthetic.data_record(tmp_path, [split], [event]))[0]
    assert len(list(UnknownTokens().check(view))) == fires
