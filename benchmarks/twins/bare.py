"""Both twins of a pair run without unstuck: does the sick one suffer, does the sound one learn?"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import numpy as np

from twins.twin import SCRIPTS, Twin


def bare(twin: Twin, seed: int) -> list[str]:
    """What each printed last, and the seconds of the processor."""
    lines = []
    for sick in (True, False):
        with tempfile.TemporaryDirectory(prefix="twins-", ignore_cleanup_errors=True) as name:
            random = np.random.default_rng([seed, zlib.crc32(twin.name.encode())])
            twin.make(Path(name), random, sick)
            shutil.copy(SCRIPTS / f"{twin.script}.py", Path(name) / "train.py")
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            done = subprocess.run([sys.executable, "train.py"], cwd=name, text=True, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, env={**os.environ, "OMP_NUM_THREADS": "1"},
                                  check=False)  # fmt: skip
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        last = (done.stdout.strip().splitlines() or [""])[-1]
        failed = f" EXIT STATUS {done.returncode}" if done.returncode else ""
        lines.append(f"{'sick' if sick else 'sound'}:{failed} {last} ({cpu:.1f} s)")
    return lines
