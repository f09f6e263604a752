"""How often is something *verified* that changes nothing? Placebos on any program, remedies on healthy ones.

    python benchmarks/false_proof.py [program …] [--budget 20] [--changes placebo=1 placebo=7 learning-rate=3]

Each change is tried on each program as `unstuck trial` tries it: control and treatment in pairs, three seeds where it
looks good. Prints a line for each, and the share that was verified; the limit is 3 %.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

from unstuck.core.experiment import Proof
from unstuck.experiment.branch import Branches, Limits, Origin
from unstuck.experiment.candidates import Candidate
from unstuck.experiment.effect import WORST, score_of
from unstuck.experiment.registry import named
from unstuck.experiment.search import Search

ROOT = Path(__file__).resolve().parent.parent
HEALTHY = sorted((ROOT / "tests/programs/healthy").glob("*.py"))
LIMIT = 0.03
STEPS = 400


def tried(program: Path, changes: list[str], budget: float) -> list[tuple[str, Proof, str, bool]]:
    """What each change came to on one program."""
    scratch = Path(tempfile.mkdtemp(prefix="unstuck-"))
    origin = Origin("script", str(program), (), str(scratch), sys.executable, {})
    try:
        with Branches(origin, scratch, 2) as branches:
            branches.ready()
            whole = branches.run((), 0, Limits(steps=10**9, seconds=60))
            score = score_of(whole.record)
            floor = score.learned if score is not None else WORST
            search = Search(
                branches, [Candidate(intervention=named(change)) for change in changes],
                Limits(steps=STEPS, seconds=60), budget, floor=floor, progress=lambda _: None, asked=True,
            )  # fmt: skip
            found = search.run()
            results = search.results(found, STEPS)
            return [(one.title, one.proof, one.why, results.repeatable) for one in results.trials if not one.on_top_of]
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", nargs="*", type=Path, default=HEALTHY)
    parser.add_argument("--budget", type=float, default=40.0)
    parser.add_argument("--changes", nargs="+", default=["nothing", "placebo=1", "placebo=7", "learning-rate=3"])
    options = parser.parse_args()
    counts: Counter[Proof] = Counter()
    for program in options.programs:
        for title, proof, why, repeatable in tried(program.resolve(), options.changes, options.budget):
            counts[proof] += 1
            print(f"{program.stem:40} {title:24} {proof} {why}{'' if repeatable else '  NOT REPEATABLE'}", flush=True)
    pairs = sum(counts[proof] for proof in Proof if proof is not Proof.NOT_TESTED)
    share = counts[Proof.VERIFIED] / max(1, pairs)
    print(f"verified: {counts[Proof.VERIFIED]} of {pairs} tested ({100 * share:.1f} %, limit {100 * LIMIT:.0f} %)")
    raise SystemExit(share > LIMIT)


if __name__ == "__main__":
    main()
