"""Does `unstuck audit` find what was planted into real data, and is it silent without it?

    python benchmarks/audit_plants.py [--shared FOLDER] [--rules DAT103 SPL …] [--seed 100] [--plants 20] [--jobs 2]
        [--json FILE] [--csv] [--verbose]

For each rule so many plants that count, every second one mild (`plants/*.py` say what that is), over several data
sets. Each is audited with the defect and without it. Measured, in total and for each rule:

- *found*: a finding of the rule, at the column and in the split of the defect. A plant that is not mild needs a
  warning or an error, unless the rule gives information only;
- *quantity*: within ± 30 % of the truth (label noise ± 35 %), of the plants that were found;
- *rows*: precision and recall of the rows or files that it lists, median of the plants that were found;
- *alarms on clean data*: a warning or an error that is not in the table of known faults, or an information of the same
  rule at the same column.

What may stay unfound is counted apart: label noise rarer than the honest errors of hard data (`plants/hardness.py`
says which that is, from the clean data alone), near copies on coarse tables. For each of these one more is planted, up
to twice the number. Exits with 1 if one of the limits is not kept. Cannot be planted into data alone: DAT102 and
DAT117, which audits do not judge.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import zlib
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from plants import columns, copies, images, labels, scales, sequences, splits
from plants.data import AbsentError
from plants.judge import Audited, Found, audited, workers
from plants.known import known
from plants.plant import Plant, Planter

FOUND_OF_ALL, FOUND_OF_RULE, QUANTITY, PRECISION, RECALL = 0.95, 0.8, 0.85, 0.85, 0.75
OF_NOISE = {"DAT103": (0.75, 0.6)}
"""median precision and recall of the rows"""
INFO = ("DAT105", "DAT108", "DAT109", "DAT110", "DAT116", "SCL102", "SCL103", "ARC114")
"""rules that give information only"""


def planters() -> dict[str, list[Planter]]:
    """All of them by the code of their rule."""
    found: dict[str, list[Planter]] = {}
    for family in (labels, copies, columns, scales, splits, images, sequences):
        for code, some in family.PLANTERS.items():
            found.setdefault(code, []).extend(some)
    return dict(sorted(found.items()))


@dataclass
class Result:
    """What came of one plant."""

    code: str
    number: int
    mild: bool
    data: str = ""
    what: str = ""
    apart: str = ""
    skipped: str = ""
    failed: str = ""
    found: bool = False
    message: str = ""
    quantity: tuple[float, float] | None = None
    """measured and true"""
    close: bool | None = None
    precision: float | None = None
    recall: float | None = None
    clean_alarms: list[str] = field(default_factory=list)
    other_alarms: list[str] = field(default_factory=list)
    """on the planted data, by other rules, and not on the clean data"""
    broke: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def __str__(self) -> str:
        return f"{self.code} {self.number}{' mild' if self.mild else ''}: {self.data}, {self.what}"


def tried(task: tuple[str, int, int]) -> Result:
    """Make one plant, audit it, judge the answers."""
    code, number, seed = task
    some = planters()[code]
    mild = number % 2 == 1
    result = Result(code, number, mild)
    random = np.random.default_rng([seed, number, zlib.crc32(code.encode())])
    try:
        plant = some[(number // 2) % len(some)](random, mild)
        result.data, result.what, result.apart = plant.data, plant.what, plant.apart
        sick, clean = audited(plant.sick), audited(plant.clean)
        judge(result, plant, sick, clean)
    except AbsentError as reason:
        result.skipped = str(reason)
    except Exception as error:
        result.failed = f"{type(error).__name__}: {error}"
    finally:
        images.tidy()
    return result


def at_place(plant: Plant, code: str, found: Found) -> bool:
    """It is about the column and the split of the plant."""
    column = not plant.columns or found.column in plant.columns
    return found.code == code and column and (plant.split is None or found.split in (plant.split, None))


def judge(result: Result, plant: Plant, sick: Audited, clean: Audited) -> None:
    result.seconds = sick.seconds + clean.seconds
    result.broke = [*sick.broke, *clean.broke]
    way = "split" if {"test", "val"} & set(plant.sick) else "subsample"
    hits = [one for one in sick.found if at_place(plant, result.code, one)]
    enough = [one for one in hits if one.alarms or result.mild or result.code in INFO]
    result.found = bool(enough)
    result.message = (enough or hits)[0].message if hits else ""
    if enough:
        compare(result, plant, enough)
    for one in clean.found:
        same = at_place(plant, result.code, one) and bool(plant.columns)
        if (one.alarms and known(plant.data, way, one) is None) or (same and not one.alarms):
            result.clean_alarms.append(f"{one.severity} {one.code} {one.message}")
    before = {(one.code, one.column) for one in clean.found}
    result.other_alarms = [
        f"{one.severity} {one.code} {one.message}" for one in sick.found
        if one.alarms and one.code != result.code and (one.code, one.column) not in before
    ]  # fmt: skip


def compare(result: Result, plant: Plant, hits: Sequence[Found]) -> None:
    """Quantity and rows against the truth."""
    if plant.quantity is not None:
        measured = next(
            (one.evidence[key] for key in plant.key.split("|") for one in hits if key in one.evidence), float("nan")
        )
        true = plant.quantity
        result.quantity = (measured, true)
        ways = [measured, 1 / measured] if plant.either_way and measured else [measured]
        result.close = any(abs(one - true) <= plant.within * abs(true) + 1e-12 for one in ways)
    if plant.rows is not None:
        listed = {row for one in hits for row in one.rows}
        right = set().union(*plant.rows) if plant.rows else set()
        result.precision = len(listed & right) / len(listed) if listed else 0.0
        result.recall = sum(bool(listed & group) for group in plant.rows) / len(plant.rows)
    if plant.names:
        files = {name.replace("\\", "/").split("/")[-1] for one in hits for name in one.names}
        result.precision = len(files & plant.names) / len(files) if files else 0.0
        result.recall = len(files & plant.names) / len(plant.names)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", help="folder of the real data")
    parser.add_argument("--rules", nargs="+", default=[""], help="codes, or how they begin")
    parser.add_argument("--seed", type=int, default=100)
    parser.add_argument("--plants", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--verbose", action="store_true", help="print every plant")
    parser.add_argument("--csv", action="store_true", help="give frames as CSV files")
    chosen = parser.parse_args()
    if chosen.csv:
        os.environ["UNSTUCK_CSV"] = "1"
    if chosen.shared:
        os.environ["UNSTUCK_SHARED"] = chosen.shared
    codes = [code for code in planters() if code.startswith(tuple(chosen.rules))]
    results = []
    with workers(chosen.jobs) as pool:
        for code in codes:
            results += of_rule(pool, code, chosen)
    if chosen.json:
        chosen.json.write_text(json.dumps([asdict(one) for one in results], indent=1), encoding="utf-8")
    raise SystemExit(not table(results))


def of_rule(pool: Executor, code: str, chosen: argparse.Namespace) -> list[Result]:
    """So many plants of a rule, and one more for each that is counted apart."""
    results: list[Result] = []
    lacking = chosen.plants
    while lacking and len(results) < 2 * chosen.plants:
        numbers = range(len(results), min(len(results) + lacking, 2 * chosen.plants))
        for result in pool.map(tried, [(code, number, chosen.seed) for number in numbers]):
            results.append(result)
            show(result, verbose=chosen.verbose)
        lacking = sum(bool(one.apart) for one in results[numbers.start :])
    return results


def show(result: Result, *, verbose: bool) -> None:
    if result.failed:
        print(f"{result}: FAILED {result.failed}", flush=True)
    elif result.skipped:
        print(f"{result}: skipped, {result.skipped}", flush=True)
    elif not result.found:
        print(f"{result}: not found{f' ({result.apart})' if result.apart else ''}"
              f"{f': {result.message}' if result.message else ''}", flush=True)  # fmt: skip
    elif result.close is False:
        print(f"{result}: quantity {result.quantity[0]:.4g}, true {result.quantity[1]:.4g}", flush=True)
    elif verbose:
        print(f"{result}: {result.message}", flush=True)
    if result.found and result.recall is not None and (result.precision < PRECISION or result.recall < RECALL):
        print(f"{result}: rows with precision {result.precision:.2f}, recall {result.recall:.2f}", flush=True)
    for line in result.clean_alarms:
        print(f"{result}: ALARM ON CLEAN DATA {line}", flush=True)
    for line in result.other_alarms if verbose else ():
        print(f"{result}: also {line}", flush=True)
    for line in result.broke:
        print(f"{result}: BROKE {line}", flush=True)


@dataclass
class Line:
    """The figures of some plants."""

    plants: int
    found: int
    close: list[bool]
    precision: float | None
    recall: float | None
    noisy: int
    """clean counterparts with an alarm"""
    seconds: float

    @classmethod
    def of(cls, results: Sequence[Result]) -> Line:
        ran = [one for one in results if not one.skipped]
        rows = [one for one in ran if one.recall is not None]
        return cls(
            len(ran), sum(one.found for one in ran), [one.close for one in ran if one.close is not None],
            statistics.median(one.precision for one in rows) if rows else None,
            statistics.median(one.recall for one in rows) if rows else None,
            sum(bool(one.clean_alarms) for one in ran), sum(one.seconds for one in ran),
        )  # fmt: skip

    def __str__(self) -> str:
        close = f"{sum(self.close)}/{len(self.close)}" if self.close else "–"
        shown = [f"{value:.2f}" if value is not None else "–" for value in (self.precision, self.recall)]
        found = f"{self.found}/{self.plants}"
        seconds = self.seconds / max(1, self.plants)
        return f"{found:>9} {close:>9} {shown[0]:>9} {shown[1]:>7} {self.noisy:>7} {seconds:>9.2f}"


def table(results: Sequence[Result]) -> bool:
    """Print the figures of each rule and of all; whether the limits are kept."""
    counted = [one for one in results if not one.apart]
    print(f"\n{'rule':9}{'found':>9} {'quantity':>9} {'precision':>9} {'recall':>7} {'alarms':>7} {'s a plant':>9}")
    broken: list[str] = []
    for code in dict.fromkeys(one.code for one in results):
        line = Line.of([one for one in counted if one.code == code])
        print(f"{code:9}{line}")
        precision, recall = OF_NOISE.get(code, (PRECISION, RECALL))
        if line.found < FOUND_OF_RULE * line.plants:
            broken.append(f"{code}: found {line.found} of {line.plants}")
        if line.precision is not None and (line.precision < precision or line.recall < recall):
            broken.append(f"{code}: rows with precision {line.precision:.2f}, recall {line.recall:.2f}")
    total = Line.of(counted)
    print(f"{'all':9}{total}")
    for why in dict.fromkeys(one.apart for one in results if one.apart):
        some = Line.of([one for one in results if one.apart == why])
        print(f"{'apart':9}{some}  {why}")
    for mild in (False, True):
        some = Line.of([one for one in counted if one.mild == mild])
        print(f"{'mild' if mild else 'not mild':9}{some}")
    if total.found < FOUND_OF_ALL * total.plants:
        broken.append(f"found {total.found} of {total.plants}")
    if sum(total.close) < QUANTITY * len(total.close):
        broken.append(f"quantity {sum(total.close)} of {len(total.close)}")
    noisy = Counter(line.split()[1] for one in results for line in one.clean_alarms)
    if noisy:
        broken.append(f"alarms on clean data: {dict(noisy)}")
    failures = sum(bool(one.failed) + len(one.broke) for one in results)
    if failures:
        broken.append(f"{failures} failures")
    print("limits kept" if not broken else "LIMITS NOT KEPT: " + "; ".join(broken))
    return not broken


if __name__ == "__main__":
    main()
