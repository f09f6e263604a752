"""Planted failures of trained models, and their clean twins: does `unstuck evaluate` name each, and keep quiet else?

``python benchmarks/evaluate_plants.py --seeds 20 [--first 5] [--only swap,leak] [--data digits,adult] [--json FILE]``.
Data is read from ``$UNSTUCK_SHARED``. A plant is measured by what its rule needs, the clean twin by everything.
``--json`` keeps a line for each case, and what stands there is not run again. Prints how often each plant was named,
and what else fired on the clean twins.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import warnings
from collections import Counter, defaultdict
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from evaluated.data import DATA
from evaluated.networks import fitted
from evaluated.plants import NOT_ON, PLANTS, Case

import unstuck
from unstuck.evaluate import measure

ALL = measure.IN_ORDER


def run(case: Case, folder: Path, parts: tuple[str, ...] | None) -> list[Any]:
    options = dict(case.options)
    if "meta" in options:
        path = folder / "meta.csv"
        path.write_text("site\n" + "".join(f"site {value}\n" for value in options["meta"]))
        options["meta"] = path
    measure.IN_ORDER = ALL if parts is None else tuple(
        import_module(f"unstuck.evaluate.measurements.{name}") for name in ("scores", *parts)
    )
    found = unstuck.evaluate(
        case.model, case.test, train=case.train, seconds=20, baselines=parts is None, dir=folder, **options
    )
    return [ranked.finding for ranked in found.diagnose().findings]


def cases(given: argparse.Namespace, known: set[tuple[str, str, int]]) -> Any:
    """Each case that is not known yet: data, plant, seed, and what fired."""
    for seed in range(given.first, given.first + given.seeds):
        for data in given.data.split(","):
            names = [name for name in given.only.split(",")
                     if (data, name) not in NOT_ON and (data, name, seed) not in known]  # fmt: skip
            if not names:
                continue
            splits = DATA[data](seed)
            model = fitted(splits[0], seed)
            for name in names:
                plant, _, parts = PLANTS[name]
                began = time.process_time()
                with tempfile.TemporaryDirectory() as folder:
                    findings = run(plant(*splits, seed, model), Path(folder), parts)
                yield {
                    "data": data, "plant": name, "seed": seed, "seconds": round(time.process_time() - began, 1),
                    "fired": [[one.code, str(one.severity), one.message] for one in findings],
                }  # fmt: skip


def said(found: list[dict[str, Any]]) -> None:
    groups: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for one in found:
        groups[one["data"], one["plant"]].append(one)
    for (data, name), some in sorted(groups.items()):
        codes = PLANTS[name][1]
        hits = sum(any(code in codes for code, *_ in one["fired"]) for one in some)
        other = Counter(f"{code} {how}" for one in some for code, how, _ in one["fired"] if code not in codes)
        also = ", ".join(f"{what} × {number}" for what, number in sorted(other.items())) or "nothing else"
        spent = sum(one["seconds"] for one in some) / len(some)
        named = f"{hits} of {len(some)} by {'/'.join(codes)}" if codes else f"{len(some)} seeds"
        print(f"{data} {name}: {named}; {also} ({spent:.1f} CPU s each)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--only", default=",".join(PLANTS))
    parser.add_argument("--data", default=",".join(DATA))
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    lines = given.json.read_text().splitlines() if given.json is not None and given.json.exists() else []
    wanted = range(given.first, given.first + given.seeds)
    found = [one for one in map(json.loads, lines) if one["seed"] in wanted]
    for one in cases(given, {(one["data"], one["plant"], one["seed"]) for one in found}):
        found.append(one)
        if given.json is not None:
            with given.json.open("a") as file:
                file.write(json.dumps(one) + "\n")
    said(found)


if __name__ == "__main__":
    main()
