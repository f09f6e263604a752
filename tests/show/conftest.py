from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from show_runs import healthy_diagnosis, sick_diagnosis, sick_record

from unstuck.testing import synthetic

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def golden():
    """Compare with a golden file; `UNSTUCK_GOLDEN=1 pytest tests/show` writes them anew."""

    def same(name, text):
        path = GOLDEN / name
        if os.environ.get("UNSTUCK_GOLDEN"):
            path.write_text(text)
        assert text == path.read_text()

    return same


@pytest.fixture
def sick(tmp_path):
    record = sick_record(tmp_path)
    return sick_diagnosis(record), record


@pytest.fixture
def healthy(tmp_path):
    record = synthetic.record(tmp_path, loss=(2.3 * np.exp(-np.linspace(0, 5, 100))).tolist(), evals=[0.1])
    return healthy_diagnosis(record), record
