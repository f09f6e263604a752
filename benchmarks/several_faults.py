"""Two or three faults at once: does `unstuck verify` find the smallest sufficient set of changes in its default budget?

    python benchmarks/several_faults.py --results several.jsonl [--seed 1] [--number 60] [--programs …] [--only …]

The programs are those of `several_faults/`; each prints a score that no sound change spoils: accuracy, or what does
not depend on scale (area under the curve, squared correlation). A *share* of it is 0 for the constant answer and 1
for the program without faults. Of a combination drawn by the seed, every part is run first, bare: kept are those in
which nothing less than undoing every fault reaches `ENOUGH`. Each is then run by `unstuck run`, and by `unstuck
verify` with the budget that it takes by default; the changes named *sufficient* are applied once more to the whole
program, and *found* means that with them it reaches `ENOUGH` and that they are no more than there are faults,
whatever they are called. Prints a line for each, with the load of the machine, and the share found; the goal is 70 %.

Everything measured is kept in the file of results: a run that was interrupted goes on where it was.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from unstuck.experiment.branch.branches import Branches, Limits
from unstuck.experiment.branch.origin import Origin
from unstuck.experiment.interventions.building_blocks.registry import made
from unstuck.experiment.results import read
from unstuck.run import Run
from unstuck.testing.warm import Warm

PROGRAMS = Path(__file__).resolve().parent / "several_faults"
CONSTANT = {
    "cancer_binary": 0.5, "deep_plain": 1 / 3, "digits_autoencoder": 0.0, "digits_cnn": 0.1, "digits_mlp": 0.1,
    "house_prices": 0.0, "loans_embeddings": 0.5, "multilabel": 0.5, "rare_failures": 1 / 3, "rows_gru": 0.1,
    "signals_conv1d": 0.25, "token_transformer": 0.2,
}  # fmt: skip
"""what the constant answer scores"""
ENOUGH = 0.9
HURTS = 0.8
"""share that a fault alone, and all faults together, must stay below"""
ONE_PLACE = {"high-rate", "low-rate"}
"""never together: both are the one number, so of the two only one is there"""
GOAL = 0.7
LIMIT = 900.0
"""seconds after which a bare run is given up"""


class Measured:
    """What has been measured, one JSON object a line; the last of a key counts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = threading.Lock()
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        self.known: dict[str, dict[str, Any]] = {told["key"]: told for told in map(json.loads, lines)}

    def get(self, key: str) -> dict[str, Any] | None:
        return self.known.get(key)

    def put(self, key: str, told: dict[str, Any]) -> dict[str, Any]:
        with self.lock, self.path.open("a", encoding="utf-8") as file:
            self.known[key] = {"key": key, **told}
            file.write(json.dumps(self.known[key]) + "\n")
        return self.known[key]


def faults_of(program: str) -> list[str]:
    """The faults that a program knows."""
    text = (PROGRAMS / f"{program}.py").read_text(encoding="utf-8")
    return sorted(set(re.findall(r'"([\w-]+)" (?:not )?in faults', text)))


def printed_score(text: str, program: str) -> float:
    """What a program has printed; the constant answer's score where it did not come so far."""
    found = re.findall(r"^score (\S+)", text, re.MULTILINE)
    return float(found[-1]) if found else CONSTANT[program]


class Truth:
    """What a program reaches with some of its faults, bare."""

    def __init__(self, measured: Measured, jobs: int) -> None:
        self.measured = measured
        self.pool = ThreadPoolExecutor(jobs)
        self.idle: SimpleQueue[Warm] = SimpleQueue()
        self.warm = [Warm() for _ in range(jobs)]
        for one in self.warm:
            self.idle.put(one)

    def close(self) -> None:
        for one in self.warm:
            one.close()

    def all_alone(self, programs: list[str]) -> None:
        """Run each program without faults and with each alone."""
        wanted: list[tuple[str, tuple[str, ...]]] = [(program, ()) for program in programs]
        wanted += [(program, (fault,)) for program in programs for fault in faults_of(program)]
        list(self.pool.map(lambda one: self.score(*one), wanted))

    def score(self, program: str, faults: tuple[str, ...]) -> float:
        key = f"bare {program} {','.join(faults)}"
        told = self.measured.get(key)
        if told is None:
            warm = self.idle.get()
            with tempfile.TemporaryDirectory() as folder:
                ran = warm.run(
                    PROGRAMS / f"{program}.py", Path(folder) / "bare", arguments=["--faults", ",".join(faults)],
                    watch=False, limit=LIMIT,
                )  # fmt: skip
                self.idle.put(warm)
                told = {"score": printed_score(ran.stdout, program), "seconds": ran.seconds, "code": ran.returncode}
            told = self.measured.put(key, told)
        return float(told["score"])

    def share(self, program: str, faults: tuple[str, ...]) -> float:
        return share(program, self.score(program, faults), self.score(program, ()))

    def needed(self, program: str, faults: tuple[str, ...]) -> bool:
        """Whether nothing less than undoing all of them is enough, and each harms plainly."""
        if any(self.share(program, (one,)) >= HURTS for one in faults) or self.share(program, faults) >= HURTS:
            return False
        pairs = itertools.combinations(faults, 2) if len(faults) > 2 else ()
        return all(self.share(program, left) < ENOUGH for left in pairs)


def share(program: str, score: float, sound: float) -> float:
    """A score between the constant answer's and that of the sound program."""
    return (score - CONSTANT[program]) / (sound - CONSTANT[program])


def draw(seed: int, number: int, truth: Truth, programs: list[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Different combinations, the programs in turn; of every three one has three faults."""
    dice = random.Random(seed)
    dice.shuffle(programs)
    drawn: list[tuple[str, tuple[str, ...]]] = []
    for program in itertools.islice(itertools.cycle(programs), 20 * number):
        if len(drawn) == number:
            break
        harmful = [one for one in faults_of(program) if truth.share(program, (one,)) < HURTS]
        size = 3 if len(drawn) % 3 == 2 else 2
        for _ in range(20):
            faults = tuple(sorted(dice.sample(harmful, size)))
            if set(faults) >= ONE_PLACE or (program, faults) in drawn:
                continue
            if truth.needed(program, faults):
                drawn.append((program, faults))
                break
    return drawn


def unstuck(*words: str) -> subprocess.CompletedProcess[str]:
    """The command, in the interpreter and with the module path of this process."""
    command = [sys.executable, "-m", "unstuck.cli.main", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=3600)


def verified(program: str, faults: tuple[str, ...], sound: float, folder: Path) -> dict[str, Any]:
    """Watch it, verify it, apply what was called sufficient to the whole program."""
    began, load = time.time(), os.getloadavg()[0]
    script = str(PROGRAMS / f"{program}.py")
    unstuck("run", "--dir", str(folder), script, "--faults", ",".join(faults))
    record = next((one.parent for one in folder.glob("*/manifest.json")), None)
    if record is None:
        return {"why": "no record", "load": load}
    ran = unstuck("verify", "--dir", str(folder), "--json", str(folder / "answer.json"), str(record))
    if ran.returncode:
        return {"why": ran.stderr.strip()[-300:] or ran.stdout[-300:], "load": load}
    run, results = Run(record), read(record)
    assert results is not None
    diagnosis = run.diagnose()
    changes = {one.title: made(one.names[-1], one.settings) for one in results.trials}
    chosen = tuple(changes[title] for title in results.sufficient)
    reached = None
    if chosen:
        with Branches(Origin.of(run.record), folder / "whole", 1) as branches:
            branches.ready()
            whole = branches.run(chosen, 0, Limits(steps=10**9, seconds=LIMIT))
            text = (whole.directory / "stdout").read_text(encoding="utf-8", errors="replace")
            reached = share(program, printed_score(text, program), sound)
    tried = [[*one.on_top_of, one.title, str(one.verdict), round(one.effect.gain, 3) if one.effect else str(one.reason)]
             for one in results.trials]  # fmt: skip
    return {
        "found": reached is not None and reached >= ENOUGH and len(chosen) <= len(faults), "chosen": results.sufficient,
        "share": reached, "codes": [one.finding.code for one in diagnosis.findings], "verdict": str(diagnosis.verdict),
        "steps": [results.steps, results.of_steps], "reached": [results.reached, results.reached_after],
        "budget": results.budget, "spent": results.seconds, "tried": tried,
        "load": load, "seconds": time.time() - began,
    }  # fmt: skip


def line(number: int, program: str, faults: tuple[str, ...], told: dict[str, Any]) -> str:
    """What came of one program."""
    came = "found " if told.get("found") else "missed"
    reached = f"{told['share']:.2f}" if told.get("share") is not None else "  – "
    why = told.get("why") or f"{', '.join(told['chosen']) or 'nothing'} ({told['budget']:.0f} s)"
    return f"{number:3} {came} {reached} {program:19} {' + '.join(faults):45} <- {why} [load {told['load']:.0f}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, required=True, help="JSON lines; what they hold is not done again")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--number", type=int, default=60)
    parser.add_argument(
        "--programs", nargs="+", choices=sorted(CONSTANT), default=sorted(CONSTANT), help="draw from these"
    )
    parser.add_argument("--only", type=int, nargs="+", help="numbers of the draw")
    parser.add_argument("--jobs", type=int, default=1, help="programs at a time")
    parser.add_argument("--again", action="store_true", help="verify those anew that were missed")
    options = parser.parse_args()
    measured = Measured(options.results)
    truth = Truth(measured, options.jobs)
    programs = sorted(options.programs)
    truth.all_alone(programs)
    drawn = draw(options.seed, options.number, truth, programs)
    sound = {program: truth.score(program, ()) for program, _ in drawn}
    truth.close()

    def one(number: int) -> bool:
        program, faults = drawn[number]
        key = f"verified {program} {','.join(faults)}"
        told = measured.get(key)
        if told is None or (options.again and not told.get("found")):
            with tempfile.TemporaryDirectory(prefix="several-") as folder:
                told = measured.put(key, verified(program, faults, sound[program], Path(folder)))
        print(line(number, program, faults, told), flush=True)
        return bool(told.get("found"))

    with ThreadPoolExecutor(options.jobs) as pool:
        found = list(pool.map(one, options.only or range(len(drawn))))
    print(f"found: {sum(found)} of {len(found)} ({100 * sum(found) / len(found):.0f} %, goal {100 * GOAL:.0f} %)")
    raise SystemExit(sum(found) < GOAL * len(found))


if __name__ == "__main__":
    main()
