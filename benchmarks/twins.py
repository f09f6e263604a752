"""Does `unstuck run` name a fault that lies only in the data, and is it silent over the sound twin?

    python benchmarks/twins.py [--shared FOLDER] [--only NAME …] [--seed 0] [--jobs 1] [--half 1|2|3] [--json FILE]
        [--verbose] [--list] [--bare]

Each pair of `twins/*.py` runs one script of `twins/scripts/` in two folders; the script is the same to the byte, and
a data, configuration or checkpoint file differs. Half of the sick ones are *mild*: the printed curve looks normal.
Measured, for gross and mild ones:

- *first*: the finding at the top has the code of the cause, or one that is an equally right name;
- *anywhere*: any finding has;
- *silent*: the sound twin has no warning and no error;
- *quantity*: within ± 30 % of the truth (label noise ± 35 %), of those named that have one;
- *rows*: median precision and recall of the rows listed, in the training or held-out data, label noise apart. A finding
  keeps at most 1,000 rows, so recall is of as many.

Named at the top without the held-out data being mentioned, where it is at fault, is printed and not counted. What a
run cannot show (`apart`) counts for silence only. Exits with 1 if a limit is not kept.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from twins import (
    columns,
    images,
    labels,
    second_inputs,
    second_labels,
    second_splits,
    sequences,
    settings,
    splits,
    third_inputs,
    third_labels,
    third_settings,
)
from twins.bare import bare
from twins.judge import Result, tried
from twins.twin import SCRIPTS, Twin

FIRST = {False: 0.90, True: 0.75}
"""share of the pairs named at the top: gross, mild"""
QUANTITY = 0.85
PRECISION, RECALL = 0.85, 0.75
PRECISION_OF_NOISE, RECALL_OF_NOISE = 0.75, 0.6


def twins() -> list[Twin]:
    """All pairs."""
    modules = (labels, columns, splits, images, sequences, settings, second_labels, second_inputs, second_splits,
               third_labels, third_inputs, third_settings)  # fmt: skip
    found = [twin for module in modules for twin in module.TWINS]
    assert len({twin.name for twin in found}) == len(found), "two twins of one name"
    assert all((SCRIPTS / f"{twin.script}.py").exists() for twin in found), "a script is not there"
    return found


@dataclass(frozen=True)
class Line:
    """The figures of some pairs."""

    results: Sequence[Result]

    @property
    def first(self) -> int:
        return sum(one.first for one in self.results)

    @property
    def close(self) -> list[bool]:
        return [one.close for one in self.results if one.close is not None]

    def rows(self, *, noise: bool) -> tuple[float, float] | None:
        """Median precision and recall."""
        some = [one for one in self.results if one.recall is not None and one.noise == noise]
        if not some:
            return None
        return statistics.median(one.precision or 0.0 for one in some), statistics.median(
            one.recall or 0.0 for one in some
        )

    def __str__(self) -> str:
        count = len(self.results)
        anywhere = sum(one.anywhere for one in self.results)
        silent = sum(not one.sound.alarms for one in self.results)
        shown = [f"{some}/{count}" for some in (self.first, anywhere, silent)]
        shown.append(f"{sum(self.close)}/{len(self.close)}")
        for noise in (False, True):
            pair = self.rows(noise=noise)
            shown.append("–" if pair is None else f"{pair[0]:.2f} {pair[1]:.2f}")
        seconds = sum(one.sick.cpu + one.sound.cpu for one in self.results)
        return "".join(f"{one:>12}" for one in shown) + f"{seconds:>10.0f}"


def show(result: Result, *, verbose: bool) -> None:
    kind = "mild" if result.mild else "gross"
    named = "first" if result.first else "named" if result.anywhere else "missed"
    print(f"{result.name} ({result.code}, {kind}): {named}, {result.sick.cpu + result.sound.cpu:.0f} s", flush=True)
    for line in result.failures:
        print(f"  FAILED {line}", flush=True)
    if verbose:
        print(f"  sick:  {result.sick.final}\n  sound: {result.sound.final}")
    if not result.first and result.top:
        print(f"  top: {result.top}")
    if result.close is False and result.quantity is not None:
        print(f"  quantity {result.quantity[0]:.4g}, true {result.quantity[1]:.4g}")
    if result.recall is not None and (result.precision or 0) + result.recall < PRECISION + RECALL:
        print(f"  rows with precision {result.precision:.2f}, recall {result.recall:.2f}")
    if result.about_held_out is False:
        print("  does not say that the held-out data is at fault")
    for line in result.sound.alarms:
        print(f"  SOUND TWIN ALARMS {line}", flush=True)
    for line in result.sick.alarms if verbose else ():
        print(f"  sick: {line}", flush=True)


def table(results: Sequence[Result]) -> bool:
    """Print the figures; whether the limits are kept."""
    counted = [one for one in results if not one.apart]
    heads = ("first", "anywhere", "silent", "quantity", "rows", "noise rows")
    print(f"\n{'':8}" + "".join(f"{head:>12}" for head in heads) + f"{'CPU s':>10}")
    broken: list[str] = []
    for mild in (False, True):
        line = Line([one for one in counted if one.mild == mild])
        kind = "mild" if mild else "gross"
        print(f"{kind:8}{line}")
        if line.first < FIRST[mild] * len(line.results):
            broken.append(f"{kind}: {line.first} of {len(line.results)} named at the top")
    print(f"{'apart':8}{Line([one for one in results if one.apart])}")
    total = Line(counted)
    print(f"{'all':8}{total}")
    if sum(total.close) < QUANTITY * len(total.close):
        broken.append(f"quantity {sum(total.close)} of {len(total.close)}")
    for noise, precision, recall in ((False, PRECISION, RECALL), (True, PRECISION_OF_NOISE, RECALL_OF_NOISE)):
        pair = total.rows(noise=noise)
        if pair is not None and (pair[0] < precision or pair[1] < recall):
            broken.append(f"rows{' of label noise' * noise}: precision {pair[0]:.2f}, recall {pair[1]:.2f}")
    noisy = [one.name for one in results if one.sound.alarms]
    if noisy:
        broken.append(f"{len(noisy)} sound twins alarm: {', '.join(noisy)}")
    failures = [one.name for one in results if one.failures]
    if failures:
        broken.append(f"{len(failures)} failures: {', '.join(failures)}")
    print("limits kept" if not broken else "LIMITS NOT KEPT: " + "; ".join(broken))
    return not broken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", help="folder of the real data")
    parser.add_argument("--only", nargs="+", default=[""], help="names of pairs, or how they begin, or codes")
    parser.add_argument("--half", type=int, choices=(1, 2, 3), help="written before the rules, after them, or unseen")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--verbose", action="store_true", help="print final figures and all alarms")
    parser.add_argument("--list", action="store_true", help="print the pairs and stop")
    parser.add_argument("--bare", action="store_true", help="without unstuck: print what each prints last")
    chosen = parser.parse_args()
    if chosen.shared:
        os.environ["UNSTUCK_SHARED"] = str(Path(chosen.shared).resolve())
    some = [
        twin for twin in twins()
        if twin.name.startswith(tuple(chosen.only)) or twin.code in chosen.only
        if chosen.half in (None, twin.half)
    ]  # fmt: skip
    if chosen.list:
        for twin in some:
            print(f"{twin.name:40}{twin.script:18}{twin.code} {'mild' if twin.mild else 'gross'} {twin.apart}")
        return
    if chosen.bare:
        for twin in some:
            print("\n  ".join([twin.name, *bare(twin, chosen.seed)]), flush=True)
        return
    results = []
    with ThreadPoolExecutor(chosen.jobs) as pool:
        for result in pool.map(lambda twin: tried(twin, chosen.seed), some):
            results.append(result)
            show(result, verbose=chosen.verbose)
    if chosen.json:
        chosen.json.write_text(json.dumps([asdict(one) for one in results], indent=1), encoding="utf-8")
    raise SystemExit(not table(results))


if __name__ == "__main__":
    main()
