"""The whole ladder as a command: interrupted in any rung or not, the same result; predictions of new data."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from unstuck.fit.delivered import load
from unstuck.fit.predict import predict

pytestmark = [pytest.mark.system, pytest.mark.slow]
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}


def write_table(path: Path, n: int = 240) -> Path:
    random = np.random.default_rng(0)
    x = random.normal(size=(n, 4))
    colour = random.choice(["red", "green", "blue"], n)
    y = (x[:, 0] * x[:, 1] + 0.5 * (colour == "red") + 0.3 * random.normal(size=n) > 0.2).astype(int)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["a", "b", "c", "d", "colour", "y"])
        for row, one, label in zip(x.tolist(), colour, y, strict=True):
            writer.writerow([*map(repr, row), one, label])
    return path


def command(data: Path, out: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "unstuck", "fit", str(data), "--target", "y", "--goal", "f1>=0.99", "--budget", "20s",
            "--folds", "3", "--out", str(out), *more]  # fmt: skip


def run(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(arguments, capture_output=True, text=True, env=ENVIRONMENT, check=False)


def numbers(folder: Path) -> tuple[dict, list[bytes]]:
    import torch

    states = [torch.load(path, weights_only=True) for path in sorted((folder / "units").glob("net-*.pt"))]
    weights = [tensor.numpy().tobytes() for one in states for tensor in one["state"].values()]
    return json.loads((folder / "result.json").read_text()), weights


def test_an_interrupted_fit_and_a_replayed_one_end_like_an_uninterrupted_one(tmp_path):
    data = write_table(tmp_path / "t.csv")
    whole = run(command(data, tmp_path / "whole"))
    assert whole.returncode == 0, whole.stderr
    for title in ("1 goal", "2 audit", "3 plan", "4 baselines", "5 network", "6 training", "7 ramp", "8 regularise",
                  "10 squeeze", "11 evaluate"):  # fmt: skip
        assert title in whole.stdout
    plan = str(tmp_path / "whole" / "plan.json")
    cut = tmp_path / "cut"
    for rung in ("4 baselines", "6 training", "7 ramp", "8 regularise", "10 squeeze", "11 evaluate"):
        killed_at(rung, command(data, cut, "--plan", plan))
    again = run(command(data, cut, "--plan", plan))
    assert again.returncode == 0, again.stderr
    assert "goes on where that ended" in again.stdout
    assert numbers(cut) == numbers(tmp_path / "whole")

    refused = run(command(data, cut, "--plan", plan))
    assert refused.returncode == 2
    assert "holds the finished fit of this very request" in refused.stderr
    other = run([*command(data, tmp_path / "x", "--plan", plan), "--seed", "1"])
    assert other.returncode == 2
    assert "the plan of another request" in other.stderr


def killed_at(rung: str, arguments: list[str]) -> None:
    """Begin, and kill it a moment after the rung has begun."""
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENVIRONMENT) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.decode().startswith(rung):
                break
        time.sleep(0.3)
        process.send_signal(signal.SIGKILL)


def test_a_model_predicts_new_rows_with_and_without_the_target(tmp_path):
    data = write_table(tmp_path / "t.csv")
    ran = run(command(data, tmp_path / "out", "--no-stop"))
    assert ran.returncode == 0, ran.stderr
    lines = data.read_text().splitlines()
    new = tmp_path / "new.csv"
    new.write_text("\n".join(line.rpartition(",")[0] for line in lines[:30]) + "\n9,9,0,0,violet\n")
    unstuck = [sys.executable, "-m", "unstuck", "predict", str(tmp_path / "out"), str(new)]
    ran = run([*unstuck, "--out", str(tmp_path / "p.csv")])
    assert ran.returncode == 0, ran.stderr
    rows = list(csv.DictReader((tmp_path / "p.csv").read_text().splitlines()))
    assert len(rows) == 30
    assert int(rows[-1]["outside"]) == 3
    assert "1 example with values outside" in ran.stderr
    assert [row["prediction"] for row in rows[:29]] == list(predict(tmp_path / "out", data).values[:29])
    assert float(rows[0]["probability 0"]) + float(rows[0]["probability 1"]) == pytest.approx(1, abs=1e-5)
    new.write_text("a,b\n1,2\n")
    ran = run(unstuck)
    assert ran.returncode == 2
    assert "lacks 3 columns" in ran.stderr
    assert load(tmp_path / "out").preparation.targets == ("y",)
