"""What watching costs before and beside the training: start-up time and memory.

    python benchmarks/startup.py [--pairs 7]

Start: wall time of ``python -c "import torch"`` against ``unstuck run -c "import torch"`` up to the point where
the program runs, in turn; the answer afterwards is not counted (the program itself prints the clock). Memory:
largest resident set of the training process, bare and watched, plus that of the watching parent.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIMIT_SECONDS = 0.5
LIMIT_MEGABYTES = 150
PROGRAM = "import torch, time; print(time.time())"


def started(command: list[str]) -> float:
    """Seconds from here until the program has imported torch."""
    began = time.time()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1]) - began


def peak(command: list[str]) -> float:
    """Largest resident set in megabytes of the process and its children, added up."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    highest = 0.0
    while process.poll() is None:
        pids = [process.pid, *children(process.pid)]
        highest = max(highest, sum(resident(pid) for pid in pids))
        time.sleep(0.02)
    return highest


def children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(one) for one in text.split()]


def resident(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run = [sys.executable, "-m", "unstuck", "run", "--quiet", "--dir", folder]
        differences = []
        for pair in range(options.pairs):
            bare = started([sys.executable, "-c", PROGRAM])
            watched = started([*run, "-c", PROGRAM])
            differences.append(watched - bare)
            print(f"start {pair}: bare {bare:.2f} s, watched {watched:.2f} s", flush=True)
        program = str(Path(__file__).parent / "programs" / "loader_digits.py")
        more = peak([*run, program]) - peak([sys.executable, program])
    median = statistics.median(differences)
    print(f"start: {median:+.2f} s over import torch (median of {options.pairs}; limit {LIMIT_SECONDS})")
    print(f"memory: {more:+.0f} MB, parent and answer included (limit {LIMIT_MEGABYTES})")
    raise SystemExit(median > LIMIT_SECONDS or more > LIMIT_MEGABYTES)


if __name__ == "__main__":
    main()
