"""Is the remedy verified, of each sick program of the rules whose remedy is an intervention?

    python benchmarks/remedies.py --results remedies.jsonl [--only LOS101 OPT102 …]

Every ``tests/rules/CODE/sick*.py`` is run by ``unstuck run --verify``, with the budget that it takes by default. It
counts where an intervention carries out a remedy of the finding CODE, and *verified* means that an experiment says so
of one of them, alone or on top of what else was found. Prints a line for each, and the share; the goal is 90 %.

What was measured is kept in the file of results: a run that was interrupted goes on where it was.
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
from typing import Any

from unstuck.core.experiment import TrialVerdict
from unstuck.core.trial_verdict import gain_of
from unstuck.experiment.search.candidates import of_findings
from unstuck.run import Run

RULES = Path(__file__).resolve().parent.parent / "tests" / "rules"
GOAL = 0.9


def tried(script: Path, folder: Path) -> dict[str, Any]:
    """What the command makes of one script."""
    began, load, code = time.time(), os.getloadavg()[0], script.parent.name
    command = [sys.executable, "-m", "unstuck.cli.main", "run", "--verify", "--dir", str(folder), str(script)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1200)
    record = next((one.parent for one in folder.glob("*/manifest.json")), None)
    if record is None:
        return {"counts": True, "verified": False, "why": ran.stderr.strip()[-200:]}
    diagnosis = Run(record).diagnose()
    results = diagnosis.experiments
    titles = [one.title for one in of_findings(diagnosis) if code in one.codes]
    mine = [] if results is None else [one for one in results.trials if code in one.codes]
    best = max(mine, key=lambda one: (one.verdict is TrialVerdict.VERIFIED, gain_of(one)), default=None)
    said = "nothing was tried" if best is None else (
        f"{best.title}: {best.verdict}{f', {best.reason}' if best.reason else ''}"
        + (f", {100 * best.effect.control:.0f} → {100 * best.effect.treated:.0f} %" if best.effect else "")
    )  # fmt: skip
    return {
        "counts": bool(titles), "verified": best is not None and best.verdict is TrialVerdict.VERIFIED, "why": said,
        "found": code in {one.finding.code for one in diagnosis.findings}, "candidates": titles, "load": load,
        "sufficient": list(results.sufficient) if results is not None else [], "seconds": time.time() - began,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, required=True, help="JSON lines; what they hold is not done again")
    parser.add_argument("--only", nargs="+", help="codes")
    options = parser.parse_args()
    lines = options.results.read_text(encoding="utf-8").splitlines() if options.results.exists() else []
    known = {told["script"]: told for told in map(json.loads, lines)}
    scripts = [one for one in sorted(RULES.glob("*/sick*.py")) if not options.only or one.parent.name in options.only]
    counted = []
    for script in scripts:
        name = f"{script.parent.name}/{script.stem}"
        if name not in known:
            with tempfile.TemporaryDirectory(prefix="remedies-") as folder:
                known[name] = {"script": name, **tried(script, Path(folder))}
            with options.results.open("a", encoding="utf-8") as file:
                file.write(json.dumps(known[name]) + "\n")
        told = known[name]
        kind = "no intervention" if not told["counts"] else "verified" if told["verified"] else "NOT VERIFIED"
        print(f"{kind:15} {name:32} {told['why']}", flush=True)
        counted += [told["verified"]] if told["counts"] else []
    share = 100 * sum(counted) / len(counted)
    print(f"verified: {sum(counted)} of {len(counted)} ({share:.0f} %, goal {100 * GOAL:.0f} %)")
    raise SystemExit(sum(counted) < GOAL * len(counted))


if __name__ == "__main__":
    main()
