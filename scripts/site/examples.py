"""The answers that the rules' pages quote: each rule's sick script runs, and what unstuck prints is kept.

``python scripts/site/examples.py [CODE …]`` writes ``docs/examples/CODE.txt``, by default of every rule, of the script
that the first page runs (``digits``), and of ``audit`` and ``baseline`` on the bundled table. What depends on the day
or the machine is left out (`scrubbed`).
Close looks have no budget here, so that a busy machine sees what an idle one sees.
"""

from __future__ import annotations

import json
import math
import os
import re
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from unstuck.analysis.run.view import TrainingView
from unstuck.rules.registry import load
from unstuck.run import Run
from unstuck.testing.warm import Warm

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "docs" / "examples"
WIDTH = 92
"""columns of a kept answer: what a page shows without scrolling"""
BUDGET = 1e6
PROCESSES = 2
DIGITS = "digits"
"""the bundled script, started from the checkout, with its own output"""
TUMOURS = ("examples/tumours_train.csv", "--test", "examples/tumours_test.csv", "--target", "diagnosis")
COMMANDS = {"audit": ("audit", *TUMOURS), "baseline": ("baseline", *TUMOURS)}
"""commands on the bundled table, started in the checkout"""
TRIED = frozenset(code for code, rule in load().items() if "experiment" in rule.needs)
"""rules that an experiment decides: their answers are those of ``unstuck run --verify``"""
BUILT = frozenset(code for code, rule in load().items() if TrainingView not in rule.subjects)
"""rules on records without training: their ``sick.py`` builds a record"""
TRIAL_SECONDS = 90
CLOSE = 0.1
"""relative difference of two numbers that count as the same: other machines round sums otherwise"""
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?(?:e[−-]?\d+)?")
TALLY = re.compile(r"^\d+ rules?:? .*", re.MULTILINE | re.DOTALL)
"""the last lines, which every new rule changes"""
CURVE = re.compile(r"[▁▂▃▄▅▆▇█×]{3,}")


def script_of(code: str) -> Path:
    """The sick script of a rule, or the bundled one."""
    if code == DIGITS:
        return ROOT / "examples" / "digits.py"
    return ROOT / "tests" / "rules" / code / "sick.py"


def answer_of(warm: Warm, code: str, directory: Path) -> str:
    """What ``unstuck run`` prints for the script, started in its own folder, scrubbed."""
    script = script_of(code)
    if code in BUILT:
        record = runpy.run_path(str(script))["record"](directory)
        return scrubbed(Run(record.path).answer().text(colour=False, width=WIDTH))
    examine = "# needs: examination" in script.read_text(encoding="utf-8")
    ran = warm.run(script, directory, budget=BUDGET, examine=examine)
    manifest = directory / "manifest.json"
    told = json.loads(manifest.read_text(encoding="utf-8"))
    folder = ROOT if code == DIGITS else script.parent
    about = {"cwd": str(folder), "argv": [script.name], "target": {"kind": "script", "path": str(script)}}
    manifest.write_text(json.dumps(told | about), encoding="utf-8")
    answer = scrubbed(Run(ran.directory).answer().text(colour=False, width=WIDTH))
    return f"{ran.stdout}\n{answer}" if code == DIGITS else answer


def tried_answer_of(code: str, directory: Path) -> str:
    """The same after experiments; these take their time, and what they measure depends on the machine."""
    command = [sys.executable, "-m", "unstuck", "run", "-q", "--dir", str(directory), "--verify-budget"]
    script = script_of(code)
    where: dict[str, Any] = {"cwd": script.parent, "env": {**os.environ, "OMP_NUM_THREADS": "1"}}
    subprocess.run([*command, str(TRIAL_SECONDS), script.name], **where, check=False, capture_output=True)
    run = Run(next(path for path in directory.iterdir() if path.is_dir()))
    return scrubbed(run.answer().text(colour=False, width=WIDTH))


def command_answer_of(name: str, directory: Path) -> str:
    """What a command on the bundled table prints."""
    command = [sys.executable, "-m", "unstuck", *COMMANDS[name], "--dir", str(directory)]
    environment = {**os.environ, "COLUMNS": str(WIDTH), "OMP_NUM_THREADS": "1"}
    ran = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    return scrubbed(ran.stdout)


def scrubbed(text: str) -> str:
    """Without the overhead of recording and the path of the record."""
    lines = [line for line in text.splitlines() if not line.startswith(("recording took ", "report: ", "record: "))]
    return "\n".join(lines).strip("\n") + "\n"


def same(one: str, other: str) -> bool:
    """Whether two answers say the same: words to the letter, numbers within `CLOSE`; without curves and tally."""
    first, second = (" ".join(CURVE.sub("~", TALLY.sub("", text)).split()) for text in (one, other))
    if NUMBER.sub("#", first) != NUMBER.sub("#", second):
        return False
    pairs = zip(_numbers(first), _numbers(second), strict=True)
    return all(math.isclose(a, b, rel_tol=CLOSE, abs_tol=1e-9) for a, b in pairs)


def _numbers(text: str) -> list[float]:
    return [float(found.replace(",", "").replace("−", "-")) for found in NUMBER.findall(text)]


def answers(codes: Sequence[str], processes: int = PROCESSES) -> Iterator[tuple[str, str]]:
    """Code and answer of each of these rules, several side by side."""
    shares = [list(codes)[at::processes] for at in range(min(processes, len(codes)))]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(len(shares) or 1) as pool:
        for some in pool.map(lambda share: _run_all(share, Path(folder)), shares):
            yield from some


def _run_all(codes: Sequence[str], folder: Path) -> list[tuple[str, str]]:
    with Warm() as warm:
        return [(code, _answer(warm, code, folder / code)) for code in codes]


def _answer(warm: Warm, code: str, directory: Path) -> str:
    if code in COMMANDS:
        return command_answer_of(code, directory)
    return tried_answer_of(code, directory) if code in TRIED else answer_of(warm, code, directory)


def main() -> None:
    """Write the answers anew and say which changed."""
    KEPT.mkdir(exist_ok=True)
    for code, text in answers(sys.argv[1:] or [DIGITS, *COMMANDS, *load()]):
        if code not in (DIGITS, *COMMANDS) and code not in text:
            print(f"{code}: not found, so left as it was (a busy machine?):\n{text}")
            continue
        file = KEPT / f"{code}.txt"
        before = file.read_text(encoding="utf-8") if file.exists() else ""
        file.write_text(text, encoding="utf-8")
        print(f"{code}: {'as it was' if before == text else 'says the same' if same(before, text) else 'changed'}")


if __name__ == "__main__":
    main()
