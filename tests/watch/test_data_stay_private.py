"""The record of a run says what its data are like, and holds none of them; `kill -9` changes neither."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.subjects import views
from unstuck.testing.warm import Warm

PROGRAM = """
import os
import signal
import numpy as np
import torch
from torch import nn

chance = np.random.default_rng(5)
X = chance.normal(size=(500, 12)).astype(np.float32)
y = (X[:, 0] + X[:, 1] > 0).astype(np.int64)
X[400:420] = X[:20]
np.save("X.npy", X)
X, y = torch.from_numpy(X), torch.from_numpy(y)
X_train, y_train, X_test, y_test = X[:400], y[:400], X[400:], y[400:]
model = nn.Sequential(nn.Linear(12, 8), nn.ReLU(), nn.Linear(8, 2))
optimizer = torch.optim.Adam(model.parameters(), 0.01)
for epoch in range(5):
    order = torch.randperm(400)
    for start in range(0, 400, 40):
        batch = order[start : start + 40]
        loss = nn.functional.cross_entropy(model(X_train[batch]), y_train[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        right = (model(X_test).argmax(1) == y_test).sum()
END
"""
ENDINGS = {"as usual": ("", 0), "killed": ("os.kill(os.getpid(), signal.SIGKILL)", -9)}


@pytest.fixture(scope="module", params=ENDINGS)
def ran(request, warm: Warm, tmp_path_factory: pytest.TempPathFactory):
    end, code = ENDINGS[request.param]
    tmp_path = tmp_path_factory.mktemp("private")
    script = tmp_path / "train.py"
    script.write_text(PROGRAM.replace("END", end), encoding="utf-8")
    ran = warm.run(script, tmp_path / "record", examine=True, keep_ledger=True)
    assert ran.returncode == code, ran.stderr
    return ran


def test_the_leak_is_reported_with_its_rows(ran):
    (found,) = [one.finding for one in ran.diagnose().findings if one.finding.code == "SPL101"]
    assert set(found.examples.indices) == set(range(20))
    assert found.examples.count == 20
    assert {view.subject.name for view in views(ran.record)[1:]} == {"training data", "X_test"}


def test_no_example_is_in_the_record(ran):
    """Neither as bytes nor as text: no two neighbouring numbers of any example stand beside each other."""
    inputs = np.load(ran.directory / "scratch" / "X.npy")
    pairs = np.stack([inputs[:, :-1], inputs[:, 1:]], axis=-1).reshape(-1, 2)[::7]
    handed_over = (ran.directory / "ledger").read_bytes()
    assert all(pair.tobytes() in handed_over for pair in pairs[:50])  # so would they be found, were they there
    files = [path for path in ran.directory.rglob("*") if path.is_file() and "scratch" not in path.parts]
    files.remove(ran.directory / "ledger")
    assert any(path.parent.name == "examined" for path in files)
    for path in files:
        data = path.read_bytes()
        for dtype in (np.float16, np.float32, np.float64):
            assert not any(pair.tobytes() in data for pair in pairs.astype(dtype))
    text = " ".join(path.read_text(errors="replace") for path in files)
    assert not any(f"{first:.5g}"[:7] + ", " + f"{second:.5g}"[:7] in text for first, second in pairs.tolist())

