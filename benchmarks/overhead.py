"""What watching costs: each program bare and watched, in pairs, until the ratio is known to ± 2 %.

    python benchmarks/overhead.py [program …] [--pairs 60] [--control]

The two runs of a pair go side by side, one on each core, forked from two warm processes that change places at every
pair: what a neighbour takes from the machine it takes from both, which halved the spread against one after the other.
Each runs for about a minute: what is spent once, at the beginning, is then 1 to 2 %. What is done after the program has
ended (examining its data) is not in the ratio.
The time is the training loop's own CPU time, one thread. The C library's thresholds for giving memory back are fixed
for both: left to themselves they differ by chance between two runs, and a CNN is then 15 % faster for being watched.
The interval is Student's, of the mean logarithm of the ratio. With ``--control``, bare against bare is run as well:
what that differs from 1 is the machine.
"""

from __future__ import annotations

import argparse
import math
import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from scipy import stats

from unstuck.testing.warm import Warm

PROGRAMS = Path(__file__).parent / "programs"
LIMITS = {"small_cnn": 1.05, "transformer": 1.05, "loader_digits": 1.05, "bare_mlp": 1.15}
WIDTH = 0.02
MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(2**30), "MALLOC_TRIM_THRESHOLD_": str(2**32)}


def measure(warm: Warm, program: Path, root: Path, watch: bool) -> float:
    ran = warm.run(program, root / f"{time.time_ns()}", watch=watch, limit=600)
    if ran.returncode:
        raise SystemExit(ran.stderr)
    return float(ran.stdout.split()[-1])


def interval(ratios: list[float]) -> tuple[float, float, float]:
    logs = np.log(ratios)
    half = float(stats.t.ppf(0.975, len(logs) - 1) * logs.std(ddof=1) / math.sqrt(len(logs))) if len(logs) > 1 else 9.0
    mean = float(logs.mean())
    return math.exp(mean), math.exp(mean - half), math.exp(mean + half)


def compare(warm: tuple[Warm, Warm], name: str, root: Path, pairs: int, control: bool) -> bool:
    ratios: list[float] = []
    low, high, mean = 0.0, math.inf, 1.0
    with ThreadPoolExecutor(2) as pool:
        while len(ratios) < pairs and (len(ratios) < 5 or high / low > (1 + WIDTH) ** 2):
            bare, other = warm if len(ratios) % 2 else reversed(warm)
            first = pool.submit(measure, bare, PROGRAMS / f"{name}.py", root / "bare", watch=False)
            second = pool.submit(measure, other, PROGRAMS / f"{name}.py", root / "other", watch=not control)
            ratios.append(second.result() / first.result())
            mean, low, high = interval(ratios)
    label = "bare / bare" if control else "watched / bare"
    limit = LIMITS[name]
    verdict = "" if control else ("  within" if high <= limit else "  ABOVE") + f" {limit}"
    print(f"{name:14} {label:15} {mean:.3f} [{low:.3f}, {high:.3f}] in {len(ratios)} pairs{verdict}", flush=True)
    return control or high <= limit


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", nargs="*", default=list(LIMITS))
    parser.add_argument("--pairs", type=int, default=60)
    parser.add_argument("--control", action="store_true", help="bare against bare as well")
    options = parser.parse_args()
    os.environ.update(MEMORY)
    with tempfile.TemporaryDirectory() as folder, Warm() as left, Warm() as right:
        warm = (left, right)
        good = True
        for name in options.programs:
            if options.control:
                compare(warm, name, Path(folder), options.pairs, control=True)
            good &= compare(warm, name, Path(folder), options.pairs, control=False)
    raise SystemExit(not good)


if __name__ == "__main__":
    main()
