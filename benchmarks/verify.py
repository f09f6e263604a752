"""What `unstuck verify` costs: wall time of the whole panel, relative to the run, on one core and on two.

    python benchmarks/verify.py [small_cnn …] [--cores 1 2] [--budget SECONDS]

Each program of ``programs/`` is watched, and every change of the standard panel then tried on it as `unstuck trial`
does, within the default budget (as long as the run, at most two minutes) or in what ``--budget`` says. Prints the wall
time as a multiple of the watched run's, the start of the warm process included, and how many changes were tested. The
command and its branches are kept to as many cores as are told.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROGRAMS = Path(__file__).parent / "programs"
ONE = """
import json, sys, time
from pathlib import Path
from unstuck.core.experiment import TrialVerdict
from unstuck.experiment.search.candidates import Candidate, panel
from unstuck.experiment.verify import default_budget, verify
from unstuck.run import Run

if __name__ == "__main__":
    run, workers, budget = Run(Path(sys.argv[1])), int(sys.argv[2]), float(sys.argv[3])
    tried = [Candidate(intervention=one) for one in panel()]
    began = time.perf_counter()
    results = verify(run.record, run.diagnose(), budget=budget or None, workers=workers, wanted=tried)
    tested = [one for one in results.trials if one.verdict is not TrialVerdict.NOT_TESTED]
    idle = [one for one in results.trials if "nothing to change" in one.why]
    print(json.dumps({
        "wall": time.perf_counter() - began, "tested": len(tested), "idle": len(idle), "all": len(tried),
        "steps": results.steps, "of": results.of_steps, "budget": budget or default_budget(run.record),
        "verified": [one.title for one in results.trials if one.verdict is TrialVerdict.VERIFIED],
    }))
"""


def kept_to(cores: int, *words: str) -> str:
    """What a command prints that may use so many cores only."""
    ran = subprocess.run(
        words, capture_output=True, text=True, check=True,
        preexec_fn=lambda: os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores]),
    )  # fmt: skip
    return ran.stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", nargs="*", default=["bare_mlp", "small_cnn", "transformer"])
    parser.add_argument("--cores", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--budget", type=float, default=0.0, help="seconds; 0 for the default")
    options = parser.parse_args()
    for program in options.programs:
        for cores in options.cores:
            with tempfile.TemporaryDirectory() as folder:
                began = time.perf_counter()
                kept_to(cores, sys.executable, "-m", "unstuck.cli.main", "run", "--dir", folder,
                        str(PROGRAMS / f"{program}.py"))  # fmt: skip
                run = time.perf_counter() - began
                record = next(one.parent for one in Path(folder).glob("*/manifest.json"))
                told = json.loads(
                    kept_to(cores, sys.executable, "-c", ONE, str(record), str(cores), str(options.budget))
                )  # fmt: skip
                print(
                    f"{program:12} {cores} core{'s' * (cores > 1)}  run {run:5.1f} s, panel {told['wall'] / run:5.2f} "
                    f"times as long (budget {told['budget']:.0f} s); of {told['all']} changes {told['tested']} tested, "
                    f"{told['idle']} with nothing to change; branches of {told['steps']} of {told['of']} steps"
                    f"{'; verified: ' + ', '.join(told['verified']) if told['verified'] else ''}", flush=True,
                )  # fmt: skip


if __name__ == "__main__":
    main()
