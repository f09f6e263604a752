"""Scripts that read a data file, through ``unstuck run`` and ``unstuck verify``: its faults are found and proved."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from sklearn.datasets import load_digits

pytestmark = pytest.mark.slow
SCRIPTS = Path(__file__).parent / "scripts"
BUDGET = "1800"
"""seconds; a busy machine needs more of them"""


class Data(NamedTuple):
    """What a script reads."""

    xa: np.ndarray
    ya: np.ndarray
    xb: np.ndarray
    yb: np.ndarray


def digits(random: np.random.Generator) -> Data:
    x, y = load_digits(return_X_y=True)
    at = random.permutation(len(x))
    x, y = (x[at] / 16).astype(np.float32), y[at]
    return Data(x[:1200], y[:1200], x[1200:], y[1200:])


def table(random: np.random.Generator) -> Data:
    x = random.normal(size=(1600, 6)).astype(np.float32)
    score = np.stack([x[:, 0] + x[:, 1], x[:, 2] - x[:, 1], 0.7 - x[:, 0]], 1) + 0.3 * random.normal(size=(1600, 3))
    y = score.argmax(1)
    return Data(x[:1000], y[:1000], x[1000:], y[1000:])


def wrong_labels(data: Data, random: np.random.Generator) -> Data:
    wrong = random.random(len(data.ya)) < 0.2
    return data._replace(ya=np.where(wrong, (data.ya + random.integers(1, 10, len(wrong))) % 10, data.ya))


def contradictions(data: Data, random: np.random.Generator) -> Data:
    at = random.choice(len(data.ya), 150, replace=False)
    order = random.permutation(len(data.ya) + 150)
    other = (data.ya[at] + 1) % 3
    return data._replace(xa=np.r_[data.xa, data.xa[at]][order], ya=np.r_[data.ya, other][order])


def other_range(data: Data, _: np.random.Generator) -> Data:
    return data._replace(xb=255 * data.xb)


def answer(data: Data, random: np.random.Generator) -> Data:
    """A third of the labels is noise, and one column knows them all."""
    ya, yb = (np.where(random.random(len(y)) < 1 / 3, random.integers(0, 3, len(y)), y) for y in (data.ya, data.yb))
    xa, xb = (np.c_[x[:, :5], 2.5 * y + 1].astype(np.float32) for x, y in ((data.xa, ya), (data.xb, yb)))
    return Data(xa, ya, xb, yb)


Fault = Callable[[Data, np.random.Generator], Data]
CASES: dict[str, tuple[Callable[[np.random.Generator], Data], Fault, str, str, str]] = {
    "wrong labels": (digits, wrong_labels, "by_hand", "DAT103", "drop-suspects"),
    "wrong labels of images": (digits, wrong_labels, "images_of_workers", "DAT103", "drop-suspects"),
    "contradictions": (table, contradictions, "by_hand", "DAT104", "drop-suspects"),
    "images of another range": (digits, other_range, "images_of_workers", "SCL104", "undo-preparation"),
    "the answer": (table, answer, "by_hand", "DAT118", "drop-column"),
}
"""data, what is wrong with it, the script, the rule that finds it, the change that proves it"""


def unstuck(folder: Path, *words: str) -> dict:
    threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    command = [sys.executable, "-m", "unstuck", words[0], "--json", "answer.json", *words[1:]]
    done = subprocess.run(command, cwd=folder, env=os.environ | threads, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return json.loads((folder / "answer.json").read_text("utf-8"))


@pytest.mark.parametrize("name", CASES)
def test_the_fault_is_found_and_proved(tmp_path, name):
    made, fault, script, code, change = CASES[name]
    random = np.random.default_rng(7)
    np.savez(tmp_path / "data.npz", **fault(made(random), random)._asdict())
    shutil.copy(SCRIPTS / f"{script}.py", tmp_path / "train.py")
    found = unstuck(tmp_path, "run", "train.py")["findings"]
    assert code in [one["code"] for one in found], [one["message"] for one in found]
    trials = unstuck(tmp_path, "verify", "--budget", BUDGET)["experiments"]["trials"]
    (trial,) = [one for one in trials if code in one["codes"] and one["change"].startswith(change)]
    assert trial["verdict"] == "verified", trial
