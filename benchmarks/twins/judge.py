"""One run of a twin under `unstuck run`, and what its answer is worth beside the truth."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from twins.twin import SCRIPTS, Truth, Twin

LIMIT = 300.0
"""seconds after which a run is given up"""
HELD_OUT = ("held-out", "held out", "validation", "test", "evaluation")


@dataclass
class Ran:
    """One twin: what it printed last, what unstuck found."""

    final: str = ""
    findings: list[dict[str, Any]] = field(default_factory=list)
    cpu: float = 0.0
    """seconds of the processor, loader workers and analysis included"""
    failed: str = ""

    @property
    def alarms(self) -> list[str]:
        return [
            f"{one['severity']} {one['code']} {one['message']}"
            for one in self.findings
            if one["severity"] in ("warning", "error")
        ]  # fmt: skip


@dataclass
class Result:
    """Both twins of a pair, judged."""

    name: str
    code: str
    mild: bool
    apart: str
    sick: Ran = field(default_factory=Ran)
    sound: Ran = field(default_factory=Ran)
    first: bool = False
    """the finding at the top names the cause"""
    anywhere: bool = False
    top: str = ""
    quantity: tuple[float, float] | None = None
    """measured and true"""
    close: bool | None = None
    precision: float | None = None
    recall: float | None = None
    about_held_out: bool | None = None
    """of a fault in the held-out data: the finding says so"""
    noise: bool = False
    failed: str = ""

    @property
    def failures(self) -> list[str]:
        return [one for one in (self.failed, self.sick.failed, self.sound.failed) if one]


def ran(twin: Twin, folder: Path) -> Ran:
    """The script in its folder, watched."""
    shutil.copy(SCRIPTS / f"{twin.script}.py", folder / "train.py")
    command = [sys.executable, "-m", "unstuck", "run", "--json", "answer.json", "--dir", ".runs", "-q", "train.py"]
    single = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    out = folder / "out.txt"
    with out.open("w") as file:
        process = subprocess.Popen(command, cwd=folder, stdout=file, stderr=subprocess.STDOUT,
                                   env={**os.environ, **single})  # fmt: skip
        status, usage = _waited(process)
    lines = out.read_text("utf-8", "replace").strip().splitlines()
    result = Ran(lines[-1] if lines else "", cpu=usage)
    answer = folder / "answer.json"
    if status != 0:
        result.failed = f"exit status {status}: {' | '.join(lines[-3:])}"
    elif not answer.exists():
        result.failed = "no answer"
    else:
        result.findings = json.loads(answer.read_text("utf-8"))["findings"]
    return result


def _waited(process: subprocess.Popen[bytes]) -> tuple[int, float]:
    """Exit status and seconds of the processor of it and its children."""
    deadline = time.monotonic() + LIMIT
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode, usage.ru_utime + usage.ru_stime
        if time.monotonic() > deadline:
            process.kill()
        time.sleep(0.05)


def tried(twin: Twin, seed: int) -> Result:
    """Write both folders, run both, judge."""
    result = Result(twin.name, twin.code, twin.mild, twin.apart)
    try:
        for sick in (True, False):
            with tempfile.TemporaryDirectory(prefix="twins-", ignore_cleanup_errors=True) as name:
                random = np.random.default_rng([seed, zlib.crc32(twin.name.encode())])
                truth = twin.make(Path(name), random, sick)
                if sick:
                    result.sick = ran(twin, Path(name))
                    judge(result, twin, truth)
                else:
                    result.sound = ran(twin, Path(name))
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        result.failed = f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"
    return result


def judge(result: Result, twin: Twin, truth: Truth) -> None:
    """The findings of the sick one against the truth."""
    names = (twin.code, *twin.also)
    findings = sorted(result.sick.findings, key=lambda one: one["rank"])
    result.top = f"{findings[0]['code']} {findings[0]['message']}" if findings else ""
    result.first = bool(findings) and findings[0]["code"] in names
    hits = [one for one in findings if one["code"] in names]
    result.anywhere = bool(hits)
    result.noise = truth.key == "noise_share"
    if not hits:
        return
    if truth.held_out:
        told = [json.dumps([one["subject"], one["place"], one["message"]]).lower() for one in hits]
        result.about_held_out = any(word in one for one in told for word in HELD_OUT)
    if truth.value is not None:
        compare(result, truth, hits)
    if truth.rows is not None:
        rows(result, truth.rows, hits)


def compare(result: Result, truth: Truth, hits: list[dict[str, Any]]) -> None:
    """The quantity; one that is absent is not close."""
    measured = next(
        (
            item["value"] for key in truth.key.split("|") for one in hits for item in one["evidence"]
            if item["key"] == key and item["value"] is not None
        ),
        float("nan"),
    )  # fmt: skip
    true = float(truth.value or 0.0)
    ways = [measured, 1 / measured, -measured] if truth.either_way and measured else [measured]
    result.quantity = (measured, true)
    result.close = any(abs(one - true) <= truth.within * abs(true) for one in ways)


def rows(result: Result, true: tuple[frozenset[int], ...], hits: list[dict[str, Any]]) -> None:
    """Precision and recall of the listed rows, of the first finding that lists any."""
    listed: set[int] = set()
    for one in hits:
        if one["examples"] and one["examples"].get("indices"):
            listed = {int(at) for at in one["examples"]["indices"]}
            break
    right = set().union(*true)
    most = min(len(true), 1000)
    result.precision = len(listed & right) / len(listed) if listed else 0.0
    result.recall = min(1.0, sum(bool(listed & group) for group in true) / most)
