"""A file larger than memory is audited: peak memory of the process against the size of the file.

``python benchmarks/audit_streaming.py [--megabytes 1500] [--limit 800] [--format csv]`` writes a table into a temporary
folder, audits it in a process of its own, and prints the ratio of its peak resident memory to the size of the file.
With ``--limit`` the process may not allocate more megabytes than that (``RLIMIT_DATA``).
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars

BLOCK = 200_000
COLUMNS = 24


def write(path: Path, megabytes: int) -> None:
    """Blocks of random rows until the file is large enough."""
    random = np.random.default_rng(0)
    names = [f"x{at}" for at in range(COLUMNS)]
    parts = 0
    folder = path.parent / "parts"
    folder.mkdir()
    with path.open("wb") as file:
        while (file.tell() if path.suffix == ".csv" else size(folder)) < megabytes * 1_000_000:
            values = random.normal(size=(BLOCK, COLUMNS))
            frame = polars.DataFrame(values, schema=names).with_columns(
                kind=polars.Series(random.choice(["red", "green", "blue"], BLOCK)),
                y=polars.Series((values[:, 0] + values[:, 1] > 0).astype(int)),
            )
            if path.suffix == ".csv":
                file.write(frame.write_csv(include_header=not parts).encode())
            else:
                frame.write_parquet(folder / f"{parts:05}.parquet")
            parts += 1
    if path.suffix == ".parquet":
        polars.scan_parquet(folder / "*.parquet").sink_parquet(path)


def size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())


def audit(path: Path, folder: Path, limit: int | None, rows: int) -> tuple[int, float, float, str]:
    """Exit code, seconds, peak resident megabytes and the answer."""

    def confine() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_DATA, (limit << 20, limit << 20))

    command = [
        sys.executable, "-c", "from unstuck.cli.main import main; main()", "audit", str(path), "--target", "y",
        "--dir", str(folder / "records"), "--rows", str(rows),
    ]  # fmt: skip
    began = time.perf_counter()
    environment = {**os.environ, "POLARS_MAX_THREADS": "2", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=confine, env=environment)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return done.returncode, seconds, peak, done.stdout + done.stderr[-2000:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=1500)
    parser.add_argument("--limit", type=int, default=None, help="megabytes that the process may allocate")
    parser.add_argument("--rows", type=int, default=50_000, help="examples that are looked at one by one")
    parser.add_argument("--format", choices=["csv", "parquet"], default="csv")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / f"table.{options.format}"
        write(path, options.megabytes)
        whole = path.stat().st_size / 1e6
        code, seconds, peak, answer = audit(path, folder, options.limit, options.rows)
    print(answer)
    print(f"file {whole:.0f} MB, exit code {code}, peak {peak:.0f} MB: {peak / whole:.2f} of the file")
    print(f"{whole / seconds:.0f} MB a second, with all measurements")


if __name__ == "__main__":
    main()
