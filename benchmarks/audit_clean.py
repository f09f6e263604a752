"""Is `unstuck audit` silent on clean data, and does it report what is known to be sick?

    python benchmarks/audit_clean.py [--shared FOLDER] [--seed 100] [--seeds 3] [--data mnist adult …] [--rows 3000]
        [--jobs 2] [--arrays] [--csv]

Real data (a folder given by `--shared` or `UNSTUCK_SHARED`; skipped where absent), scikit-learn's own, and generated
data. For each seed one *split* (70 % training and 30 % test rows, drawn at random) and one *subsample* (half of the
rows, no split); fixed data once in the order of its *file*, and in its *official* split. Tables of numbers are given as
frames for even seeds and as arrays for odd ones (`--arrays`: always, and other tables and texts are left out).

Prints each warning or error that is not in the table of `plants/known.py`, each entry of this table that must be
reported and is not, each measurement that broke, the counts of info findings, and the seconds by measurement. Exits
with 1 on an unexpected alarm, a miss, or a broken measurement.
"""

from __future__ import annotations

import argparse
import os
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from plants.data import OF_SKLEARN, REAL, AbsentError, Data, adult_split, earthquakes_split, halves, load, options
from plants.generated import GENERATED
from plants.judge import Audited, Found, audited, workers
from plants.known import KNOWN, known

MOST_IMAGES = 1200


@dataclass
class Case:
    """One audit of the panel, and what came of it."""

    data: str
    way: str
    seed: int
    rows: int
    arrays: bool = False
    """always"""
    answer: Audited | None = None
    skipped: str = ""
    failed: str = ""
    alarms: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    misses: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.data}, {self.way}, seed {self.seed}"


def cases(names: list[str], seeds: range, rows: int, *, arrays: bool) -> Iterator[Case]:
    for name in names:
        for seed in seeds:
            yield Case(name, "split", seed, rows, arrays)
            yield Case(name, "subsample", seed, rows, arrays)
        if name not in GENERATED:
            yield Case(name, "file", 0, rows, arrays)
        if name in ("adult", "earthquakes"):
            yield Case(name, "official", 0, rows, arrays)


def official(name: str, rows: int, *, arrays: bool) -> dict[str, object]:
    if name == "earthquakes":
        train, val, test = (earthquakes_split(part) for part in ("TRAIN", "VALIDATION", "TEST"))
        return options(train, as_arrays=arrays, val=val, test=test)
    train, test = adult_split("train"), adult_split("test")
    return options(train.take(np.arange(rows)), test=test.take(np.arange(rows // 2)))


def arguments(case: Case) -> dict[str, object]:
    """What `unstuck.audit` gets."""
    if case.way == "official":
        return official(case.data, case.rows, arrays=case.arrays)
    random = np.random.default_rng([case.seed, zlib.crc32(case.data.encode())])
    data: Data = GENERATED[case.data](random) if case.data in GENERATED else load(case.data)
    if case.arrays and not data.numeric and not isinstance(data.x, np.ndarray):
        raise AbsentError("not a table of numbers, and --arrays was given")
    rows = case.rows if data.is_table else min(case.rows, MOST_IMAGES)
    if case.way == "file":
        step = -(-len(data) // rows)
        return options(data.take(np.arange(0, len(data), step)), as_arrays=case.arrays)
    some = data.take(random.permutation(len(data))[:rows])
    arrays = case.arrays or case.seed % 2 == 1
    if case.way == "subsample":
        return options(some.take(np.arange(len(some) // 2)), as_arrays=arrays)
    train, test = halves(some)
    return options(train, as_arrays=arrays, test=test)


def judged(case: Case) -> Case:
    try:
        given = arguments(case)
    except AbsentError as reason:
        case.skipped = str(reason)
        return case
    try:
        case.answer = audited(given)
    except Exception as error:
        case.failed = f"{type(error).__name__}: {error}"
        return case
    named = "target" in given
    for one in case.answer.found:
        entry = known(case.data, case.way, one if named else _without_column(one))
        if one.alarms:
            line = f"{one.severity} {one.code} {one.message}" + (f" [{one.split}]" if one.split else "")
            (case.alarms if entry is None else case.expected).append(line)
    for entry in KNOWN:
        if entry.required and entry.data == case.data and case.way in entry.ways:
            enough = ("info", "warning", "error").index(entry.severity)
            seen = [one for one in case.answer.found if one.code == entry.code
                    and ("info", "warning", "error").index(one.severity) >= enough]  # fmt: skip
            if not seen:
                case.misses.append(f"{entry.code} ({entry.severity}): {entry.why}")
    return case


def _without_column(one: Found) -> Found:
    """Columns of arrays have no names of their own."""
    return replace(one, column=None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", help="folder of the real data")
    parser.add_argument("--seed", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--data", nargs="+", default=[*REAL, *OF_SKLEARN, *GENERATED])
    parser.add_argument("--rows", type=int, default=3000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--arrays", action="store_true")
    parser.add_argument("--csv", action="store_true", help="give frames as CSV files")
    chosen = parser.parse_args()
    if chosen.csv:
        os.environ["UNSTUCK_CSV"] = "1"
    if chosen.shared:
        os.environ["UNSTUCK_SHARED"] = chosen.shared
    todo = list(cases(chosen.data, range(chosen.seed, chosen.seed + chosen.seeds), chosen.rows, arrays=chosen.arrays))
    done: list[Case] = []
    with workers(chosen.jobs) as pool:
        for case in pool.map(judged, todo):
            done.append(case)
            show(case)
    raise SystemExit(summary(done))


def show(case: Case) -> None:
    if case.failed:
        print(f"{case}: FAILED {case.failed}", flush=True)
    for line in case.alarms:
        print(f"{case}: UNEXPECTED {line}", flush=True)
    for line in case.misses:
        print(f"{case}: MISSED {line}", flush=True)
    for line in case.answer.broke if case.answer else ():
        print(f"{case}: BROKE {line}", flush=True)


def summary(done: list[Case]) -> bool:
    """Print it; whether something is wrong."""
    ran = [case for case in done if case.answer is not None]
    skipped = Counter(case.skipped for case in done if case.skipped)
    for reason, count in skipped.items():
        print(f"skipped {count}: {reason}")
    infos: dict[str, Counter[str]] = {}
    expected: dict[str, Counter[str]] = {}
    for case in ran:
        for one in case.answer.found:
            if one.severity == "info":
                infos.setdefault(case.data, Counter())[one.code] += 1
        expected.setdefault(case.data, Counter()).update(line.split()[1] for line in case.expected)
    print("\ninfo findings an audit, and known faults that were reported (times)")
    for name in dict.fromkeys(case.data for case in ran):
        count = sum(case.data == name for case in ran)
        seconds = [case.answer.seconds for case in ran if case.data == name]
        told = " ".join(f"{code} {times / count:.1f}" for code, times in sorted(infos.get(name, {}).items()))
        sick = " ".join(f"{code}×{times}" for code, times in sorted(expected.get(name, {}).items()))
        print(f"{name:16} {count:3} audits, {np.mean(seconds):5.2f} s (longest {max(seconds):.2f})  {told or '–'}"
              + (f"  known: {sick}" if sick else ""))  # fmt: skip
    parts: dict[str, list[float]] = {}
    for case in ran:
        for title, seconds in case.answer.parts.items():
            parts.setdefault(title, []).append(seconds)
    print("\nseconds by measurement: mean and longest")
    for title, some in sorted(parts.items(), key=lambda item: -sum(item[1])):
        print(f"  {title:50} {np.mean(some):6.3f} {max(some):6.2f}")
    alarms = sum(len(case.alarms) for case in ran)
    sick = sum(bool(case.alarms) for case in ran)
    misses = sum(len(case.misses) for case in ran)
    broke = sum(len(case.answer.broke) for case in ran) + sum(bool(case.failed) for case in done)
    kinds = Counter(line.split()[1] for case in ran for line in case.alarms)
    print(f"\n{len(ran)} audits: {alarms} unexpected alarms in {sick} of them ({dict(kinds)}), "
          f"{misses} known faults missed, {broke} failures")  # fmt: skip
    return bool(alarms or misses or broke)


if __name__ == "__main__":
    main()
