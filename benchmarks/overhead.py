"""What watching costs: each program bare and watched, in pairs, until the ratio is known to ± 2 %.

    python benchmarks/overhead.py [program …] [--pairs 40] [--pinned]

Both runs of a pair are forks of one warm process; the time is the training loop's own CPU time, one thread.
The interval is Student's, of the mean logarithm of the ratio. Bare against bare is run as well: what that
differs from 1 is the machine.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from pathlib import Path

import numpy as np
from scipy import stats

from unstuck.testing.warm import Warm

PROGRAMS = Path(__file__).parent / "programs"
LIMITS = {"small_cnn": 1.05, "transformer": 1.05, "loader_digits": 1.05, "bare_mlp": 1.15}
WIDTH = 0.02


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


def compare(warm: Warm, name: str, root: Path, pairs: int, control: bool) -> bool:
    ratios: list[float] = []
    low, high, mean = 0.0, math.inf, 1.0
    while len(ratios) < pairs and (len(ratios) < 5 or (high - low) / 2 > WIDTH):
        order = [False, not control] if len(ratios) % 2 else [not control, False]
        times = [measure(warm, PROGRAMS / f"{name}.py", root, watch) for watch in order]
        ratios.append(times[0] / times[1] if len(ratios) % 2 == 0 else times[1] / times[0])
        mean, low, high = interval(ratios)
    label = "bare / bare" if control else "watched / bare"
    limit = LIMITS[name]
    verdict = "" if control else ("  within" if high <= limit else "  ABOVE") + f" {limit}"
    print(f"{name:14} {label:15} {mean:.3f} [{low:.3f}, {high:.3f}] in {len(ratios)} pairs{verdict}", flush=True)
    return control or high <= limit


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", nargs="*", default=list(LIMITS))
    parser.add_argument("--pairs", type=int, default=40)
    parser.add_argument("--control", action="store_true", help="bare against bare as well")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Warm() as warm:
        good = True
        for name in options.programs:
            if options.control:
                compare(warm, name, Path(folder), options.pairs, control=True)
            good &= compare(warm, name, Path(folder), options.pairs, control=False)
    raise SystemExit(not good)


if __name__ == "__main__":
    main()
