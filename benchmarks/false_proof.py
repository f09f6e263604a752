"""How often is something *verified* that changes nothing? Placebos and the whole panel, on healthy programs.

    python benchmarks/false_proof.py [program …] [--budget 30] [--changes placebo=1 placebo=7 learning-rate=3]

On each program first the changes that are named are tried as `unstuck trial` tries them, then the standard panel as
`unstuck verify` tries it on a run that has not learned: each alone, everything sane at once, pairs with three seeds
where something looks good. Prints a line for each change that was tested, and the share that was verified; the limit
is 3 %.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from unstuck.core.experiment import TrialVerdict
from unstuck.experiment.branch.branches import Branches, Limits
from unstuck.experiment.branch.origin import Origin
from unstuck.experiment.interventions.building_blocks.registry import named
from unstuck.experiment.score import WORST, score_of
from unstuck.experiment.search.candidates import Candidate, panel
from unstuck.experiment.search.planner import Planner
from unstuck.experiment.search.runner import Runner, search
from unstuck.experiment.search.search_state import Situation
from unstuck.experiment.search.settings import PROMPT_STEPS
from unstuck.show.reasons import reason_of

ROOT = Path(__file__).resolve().parent.parent
HEALTHY = sorted((ROOT / "tests/programs/healthy").glob("*.py"))
LIMIT = 0.03
STEPS = 400


def tried(program: Path, changes: list[str], budget: float) -> Iterator[tuple[str, TrialVerdict, str, bool]]:
    """What each change came to on one program."""
    scratch = Path(tempfile.mkdtemp(prefix="unstuck-"))
    origin = Origin("script", str(program), (), str(scratch), sys.executable, {})
    placebos = [Candidate(intervention=named(change)) for change in changes]
    whole_panel = [Candidate(intervention=one) for one in panel()]
    try:
        with Branches(origin, scratch, 2) as branches:
            branches.ready()
            whole = branches.run((), 0, Limits(steps=10**9, seconds=60))
            score = score_of(whole.record)
            floor, steps = (score.learned, score.steps) if score is not None else (WORST, STEPS)
            for candidates, asked in ((placebos, True), (whole_panel, False)):
                limits = Limits(steps=STEPS, seconds=60, prompt=PROMPT_STEPS)
                situation = Situation(
                    candidates=tuple(candidates), limits=limits, of_steps=steps, budget=budget,
                    workers=branches.workers, floor=floor, asked=asked,
                )
                _, results = search(Planner(situation), Runner(branches, budget, progress=lambda _: None))
                for one in results.trials:
                    beside = f" beside {' and '.join(one.on_top_of)}" if one.on_top_of else ""
                    yield f"{one.title}{beside}", one.verdict, reason_of(one), results.repeatable
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", nargs="*", type=Path, default=HEALTHY)
    parser.add_argument("--budget", type=float, default=30.0)
    parser.add_argument("--changes", nargs="+", default=["nothing", "placebo=1", "placebo=7", "learning-rate=3"])
    options = parser.parse_args()
    counts: Counter[TrialVerdict] = Counter()
    for program in options.programs:
        for title, proof, why, repeatable in tried(program.resolve(), options.changes, options.budget):
            counts[proof] += 1
            print(f"{program.stem:40} {title:24} {proof} {why}{'' if repeatable else '  NOT REPEATABLE'}", flush=True)
    pairs = sum(counts[proof] for proof in TrialVerdict if proof is not TrialVerdict.NOT_TESTED)
    verified = counts[TrialVerdict.VERIFIED]
    share = verified / max(1, pairs)
    print(f"verified: {verified} of {pairs} tested ({100 * share:.1f} %, limit {100 * LIMIT:.0f} %)")
    raise SystemExit(share > LIMIT)


if __name__ == "__main__":
    main()
