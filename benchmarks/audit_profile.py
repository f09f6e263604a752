"""How fast is an exact profile of columns, and a whole audit, beside plain NumPy and beside a profiler?

    python benchmarks/audit_profile.py [--rows 1000000] [--columns 50] [--runs 3] [--audit 100000] [--profiler PYTHON]

Prints ratios of CPU seconds, all in this process (the profiler in its own):

- *profile*: `analysis.data.profile.profiles` of a float32 matrix, against a plain pass in blocks of 4,096 rows (count,
  NaN, infinity, zeros, moments to 4, range) plus `np.sort` of each column. The limit is 3.
- *audit*: `unstuck.audit` of so many rows with labels, beside `np.sort` of its columns. The limit is 60 s.
- *profiler*: the same matrix in `fg-data-profiling` (`--profiler`: the Python of an environment that has it), at a
  tenth of the rows, against ours at the same size. The limit is 20 times.

Exits with 1 if a limit is not kept.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np

import unstuck
from unstuck.analysis.data.profile import profiles

SLOWEST, AUDIT_SECONDS, FASTER = 3.0, 60.0, 20.0
PROFILER = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
import numpy as np, pandas as pd
from {module} import ProfileReport
frame = pd.DataFrame(np.load(sys.argv[1]))
frame.columns = [f"x{{at}}" for at in range(frame.shape[1])]
took = {{}}
for minimal in (True, False):
    began = time.process_time()
    report = ProfileReport(frame, minimal=minimal, progress_bar=False, correlations=None, interactions=None,
                           missing_diagrams=None, samples=None, duplicates=None)
    report.get_description()
    took["minimal" if minimal else "whole"] = time.process_time() - began
print(json.dumps(took))
"""
MODULES = ("data_profiling", "fg_data_profiling", "ydata_profiling")


def cpu(what: Callable[[], object]) -> float:
    began = time.process_time()
    what()
    return time.process_time() - began


def plain_pass(matrix: np.ndarray) -> list[np.ndarray]:
    """Sums of one pass; the moments are about zero, which no one should use, and is the least work."""
    sums = [np.zeros(matrix.shape[1]) for _ in range(9)]
    for at in range(0, len(matrix), 4096):
        block = matrix[at : at + 4096]
        square = block * block
        parts = (
            np.isnan(block).sum(axis=0), np.isinf(block).sum(axis=0), (block == 0).sum(axis=0), block.min(axis=0),
            block.max(axis=0), block.sum(axis=0), square.sum(axis=0), (square * block).sum(axis=0),
            (square * square).sum(axis=0),
        )  # fmt: skip
        for total, part in zip(sums, parts, strict=True):
            total += part
    return sums


def sort_columns(matrix: np.ndarray) -> None:
    for at in range(matrix.shape[1]):
        np.sort(matrix[:, at])


def sort_in_columns(by_column: np.ndarray) -> None:
    """The same for a matrix that lies column by column: the sort alone."""
    for column in by_column:
        np.sort(column)


def profile_ratio(matrix: np.ndarray, runs: int) -> float:
    names = [f"x{at}" for at in range(matrix.shape[1])]
    ours, blocks, sorts, bare = [], [], [], []
    by_column = np.ascontiguousarray(matrix.T)
    for _ in range(runs):
        blocks.append(cpu(lambda: plain_pass(matrix)))
        sorts.append(cpu(lambda: sort_columns(matrix)))
        bare.append(cpu(lambda: sort_in_columns(by_column)))
        ours.append(cpu(lambda: profiles(matrix, names)))
    plain = min(blocks) + min(sorts)
    print(f"profile {matrix.shape[0]:,} x {matrix.shape[1]}: {min(ours):.2f} s; plain {min(blocks):.2f} + sort "
          f"{min(sorts):.2f} s: {min(ours) / plain:.2f} times (limit {SLOWEST:g}); where the columns lie apart already "
          f"(sort {min(bare):.2f} s) {min(ours) / (min(blocks) + min(bare)):.2f} times")  # fmt: skip
    return min(ours) / plain


def audit_seconds(rows: int, columns: int) -> float:
    random = np.random.default_rng(1)
    inputs = random.normal(size=(rows, columns))
    inputs[:, 3] = np.exp(inputs[:, 3])
    labels = (inputs[:, 0] + inputs[:, 1] * inputs[:, 2] + random.normal(size=rows) > 0).astype(int)
    marks: list[tuple[str, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        unstuck.audit(
            inputs, labels, dir=Path(folder), progress=lambda title, _: marks.append((title, time.perf_counter()))
        )
        took = time.perf_counter() - began
    sort = cpu(lambda: sort_columns(inputs))
    parts: dict[str, float] = {}
    for (title, start), (_, end) in pairwise(marks):
        parts[title] = parts.get(title, 0.0) + end - start
    print(f"audit {rows:,} x {columns} with labels: {took:.1f} s; sort of its columns {sort:.2f} s "
          f"(limit {AUDIT_SECONDS:g} s)")  # fmt: skip
    for title, seconds in sorted(parts.items(), key=lambda item: -item[1])[:12]:
        print(f"  {title:50} {seconds:6.2f}")
    return took


def profiler_ratio(python: str, matrix: np.ndarray) -> float:
    names = [f"x{at}" for at in range(matrix.shape[1])]
    ours = min(cpu(lambda: profiles(matrix, names)) for _ in range(3))
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "matrix.npy", matrix)
        for module in MODULES:
            program = PROFILER.format(module=module)
            command = [python, "-c", program, f"{folder}/matrix.npy"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode == 0:
                break
        else:
            print(f"profiler: not run: {done.stderr.strip().splitlines()[-1:]}")
            return float("nan")
    took = json.loads(done.stdout.splitlines()[-1])
    print(f"{module} {matrix.shape[0]:,} x {matrix.shape[1]}: minimal {took['minimal']:.1f} s, without correlations "
          f"{took['whole']:.1f} s; ours {ours:.2f} s: {took['minimal'] / ours:.0f} and {took['whole'] / ours:.0f} "
          f"times (limit {FASTER:g})")  # fmt: skip
    return float(took["minimal"] / ours)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=50)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--audit", type=int, default=100_000, help="rows of the whole audit; 0: none")
    parser.add_argument("--profiler", help="Python of an environment with fg-data-profiling")
    chosen = parser.parse_args()
    matrix = np.random.default_rng(0).normal(size=(chosen.rows, chosen.columns)).astype(np.float32)
    bad = profile_ratio(matrix, chosen.runs) > SLOWEST
    if chosen.profiler:
        bad |= profiler_ratio(chosen.profiler, matrix[: chosen.rows // 10]) < FASTER
    if chosen.audit:
        bad |= audit_seconds(chosen.audit, chosen.columns) > AUDIT_SECONDS
    sys.exit(bad)


if __name__ == "__main__":
    main()
