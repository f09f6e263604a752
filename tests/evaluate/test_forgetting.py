"""What is forgotten equals the difference of both networks on each task."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from unstuck.core.errors import UsageError  # noqa: E402
from unstuck.evaluate.forgetting import NEW, OLD, forgetting  # noqa: E402


def by(column):
    model = nn.Linear(2, 2, bias=False)
    with torch.no_grad():
        model.weight.zero_()
        model.weight[1, column] = 4.0
    return model


def test_what_is_forgotten_is_the_difference_on_each_task(tmp_path):
    x = np.random.default_rng(0).normal(size=(200, 2)).astype(np.float32)
    old, new = ((x[:, at] > 0).astype(int) for at in (0, 1))
    found = forgetting(by(0), by(1), {OLD: (x, old), NEW: (x, new)}, dir=tmp_path, metric="accuracy")
    same = float((old == new).mean())
    assert [(one.before, one.after) for one in found.tasks] == [
        (1.0, pytest.approx(same)), (pytest.approx(same), 1.0)]  # fmt: skip
    assert found.tasks[0].high < 0 < found.tasks[1].low
    assert [figure.bars[1].marked for figure in found.figures()] == [True, False]
    assert "old data: accuracy 1.0000 before" in str(found)
    with pytest.raises(UsageError, match="one task or more"):
        forgetting(by(0), by(1), {})
