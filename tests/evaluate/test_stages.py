"""Stages of a composed model, by hand."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import unstuck  # noqa: E402
from unstuck.analysis.model.view import model_views  # noqa: E402
from unstuck.core.errors import UsageError  # noqa: E402
from unstuck.record.events.model.robustness import StageError  # noqa: E402

pytestmark = pytest.mark.programs


class Three(torch.nn.Module):
    """x + 1 where x is right, then classes of it by its sign, then these doubled."""

    def __init__(self):
        super().__init__()
        self.first, self.second = torch.nn.Linear(1, 1), torch.nn.Linear(1, 2, bias=False)
        with torch.no_grad():
            self.first.weight.fill_(1.0)
            self.first.bias.fill_(1.0)
            self.second.weight.copy_(torch.tensor([[-1.0], [1.0]]))

    def forward(self, x):
        return 2 * self.second(self.first(x))


X = np.linspace(-2, 2, 100, dtype=np.float32)[:, None]
Y = (X[:, 0] > 0).astype(int)


def evaluated(tmp_path, **given):
    return unstuck.evaluate(Three(), (X, Y), dir=tmp_path / "runs", **given)


def test_errors_and_gains_by_hand(tmp_path):
    np.savez(tmp_path / "right.npz", first=X, second=Y)
    model = Three()
    run = unstuck.evaluate(
        model, (X, Y), dir=tmp_path, stages=["second", "first"], stage_truth=tmp_path / "right.npz"
    )
    (view,) = model_views(run.record)
    first, second = view.of(StageError)
    assert (first.stage, second.stage) == ("first", "second")  # as they are run, not as they were named
    wrong = np.mean((X[:, 0] > -1) & (X[:, 0] <= 0))
    assert first.score_before == pytest.approx(1 - wrong)
    assert first.error == pytest.approx(1 / X.std())
    assert first.error_alone is None
    assert (first.score, second.score, second.score_up_to) == (1.0, 1.0, 1.0)
    assert second.error == pytest.approx(wrong)
    assert second.error_alone == 0.0
    assert (first.parameters, second.parameters) == (2, 2)
    assert not any(one._forward_hooks or one._forward_pre_hooks for one in model.modules())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"stages": ["third"]}, "has no submodule third. Its submodules are first, second"),
        ({"stages": ["first"], "stage_truth": {"first": X[:9]}}, "9 rows, and the data has 100"),
        ({"stages": ["first"], "stage_truth": {"second": X}}, "right outputs of second, which is no stage"),
        ({"stages": ["first"], "stage_truth": "nothing.npz"}, "nothing.npz cannot be read"),
    ],
)
def test_what_is_no_stage_is_said_before_anything_is_kept(given, said, tmp_path):
    with pytest.raises(UsageError, match=said):
        evaluated(tmp_path, **given)
    assert not (tmp_path / "runs").exists()
