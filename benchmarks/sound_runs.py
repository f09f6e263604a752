"""Is `unstuck run` silent over sound training scripts on real data?

    python benchmarks/sound_runs.py [--shared FOLDER] [--only NAME …] [--jobs 1] [--json FILE] [--verbose] [--list]

The data has honest duplicates, hard examples and imbalance; the scripts of `sound_runs/` split it at random and by
class, fit what they fit on the training rows, and train until nothing falls any more. Every warning and error is
printed; none is allowed but those of `KNOWN`: faults that the real files do have. Exits with 1 if there is another, or
if a script fails.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SCRIPTS = HERE / "sound_runs"
LIMIT = 600.0
"""seconds after which a run is given up"""

KNOWN: Mapping[str, Mapping[str, str]] = {
    "adult_mlp": {
        "DAT104": "the same few facts about people with a high and with a low income",
        "DAT107": "a capital gain of 99,999 is a top code; the next largest is 41,310",
    },
    "adult_embeddings": {
        "DAT104": "the same few facts about people with a high and with a low income",
        "DAT107": "work class and occupation hold `?` marks",
    },
    "adult_logistic": {"DAT104": "seven columns: the same facts about people with a high and with a low income"},
    "mammography_weighted": {"DAT104": "the same six numbers for benign and malignant spots"},
    "mammography_sampler": {"DAT104": "the same six numbers for benign and malignant spots"},
    "pima_plain": {"DAT107": "zeros that mean missing in glucose, pressure, skin, insulin and body mass"},
}
"""What is wrong in the files themselves, so that a warning of it is right: by script and code, with why."""


@dataclass
class Ran:
    """One script: what it printed last, what unstuck said."""

    name: str
    final: str = ""
    failed: str = ""
    known: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    infos: int = 0


def names() -> list[str]:
    """The scripts."""
    return sorted(path.stem for path in SCRIPTS.glob("*.py"))


def ran(name: str) -> Ran:
    """The script in a folder of its own, watched."""
    result = Ran(name)
    with tempfile.TemporaryDirectory(prefix="sound-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        shutil.copy(SCRIPTS / f"{name}.py", folder / "train.py")
        single = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        command = [sys.executable, "-m", "unstuck", "run", "--json", "answer.json", "--dir", ".runs", "-q", "train.py"]
        try:
            done = subprocess.run(command, cwd=folder, env={**os.environ, **single}, timeout=LIMIT, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)  # fmt: skip
        except subprocess.TimeoutExpired:
            result.failed = f"not done after {LIMIT:.0f} s"
            return result
        lines = done.stdout.strip().splitlines()
        result.final = lines[-1] if lines else ""
        answer = folder / "answer.json"
        if done.returncode or not answer.exists():
            result.failed = f"exit status {done.returncode}: {' | '.join(lines[-3:])}"
            return result
        sort(result, json.loads(answer.read_text("utf-8"))["findings"])
    return result


def sort(result: Ran, findings: list[dict[str, Any]]) -> None:
    """Findings into those that are right, alarms, and the rest."""
    known = KNOWN.get(result.name, {})
    for one in sorted(findings, key=lambda one: one["rank"]):
        line = f"{one['severity']} {one['code']} {one['message']}"
        if one["severity"] not in ("warning", "error"):
            result.infos += 1
        elif one["code"] in known:
            result.known.append(f"{line} (known: {known[one['code']]})")
        else:
            result.alarms.append(line)


def show(result: Ran, *, verbose: bool) -> None:
    word = "FAILED" if result.failed else "ALARMS" if result.alarms else "silent"
    print(f"{result.name}: {word}, {result.infos} infos", flush=True)
    for line in (result.failed, *result.alarms, *result.known):
        if line:
            print(f"  {line}", flush=True)
    if verbose:
        print(f"  printed: {result.final}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", help="folder of the real data")
    parser.add_argument("--only", nargs="+", default=[""], help="names of scripts, or how they begin")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--verbose", action="store_true", help="print the last line of each script")
    parser.add_argument("--list", action="store_true", help="print the scripts and stop")
    chosen = parser.parse_args()
    shared = Path(chosen.shared or os.environ.get("UNSTUCK_SHARED", "shared/data")).resolve()
    os.environ["UNSTUCK_SHARED"] = str(shared)
    some = [name for name in names() if name.startswith(tuple(chosen.only))]
    if chosen.list:
        print("\n".join(some))
        return
    if not shared.is_dir():
        parser.error(f"no folder {shared}: name the folder of the real data with --shared or UNSTUCK_SHARED")
    results = []
    with ThreadPoolExecutor(chosen.jobs) as pool:
        for result in pool.map(ran, some):
            results.append(result)
            show(result, verbose=chosen.verbose)
    if chosen.json:
        chosen.json.write_text(json.dumps([asdict(one) for one in results], indent=1), encoding="utf-8")
    alarmed = [one.name for one in results if one.alarms]
    failed = [one.name for one in results if one.failed]
    quiet = sum(not one.alarms and not one.failed for one in results)
    print(f"\n{quiet} of {len(results)} silent; {sum(len(one.alarms) for one in results)} alarms")
    for word, which in (("alarms", alarmed), ("failed", failed)):
        if which:
            print(f"{word}: {', '.join(which)}")
    raise SystemExit(bool(alarmed or failed) or not results)


if __name__ == "__main__":
    main()
