"""A small program over a table with a fault of one's choice, and the search that judges single examples."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from unstuck.experiment.branch.branches import Branches, Limits
from unstuck.experiment.branch.origin import Origin
from unstuck.experiment.search.candidates import Candidate
from unstuck.experiment.search.example_pairs import in_example_pairs
from unstuck.experiment.search.history import History
from unstuck.experiment.search.runner import Runner, carry_out
from unstuck.experiment.search.search_state import Ledger, Situation

STEPS = 120
PROGRAM = Path(__file__).parent / "table.py"


class Trials:
    """Judges interventions on the program with a fault."""

    def __init__(self, branches: Branches) -> None:
        self.branches = branches
        self.histories: dict[tuple[str, ...], History] = {}

    def origin(self, *words: str) -> None:
        self.branches.origin = Origin("script", str(PROGRAM), words, str(PROGRAM.parent), sys.executable, {})

    def judge(self, intervention, *words, **more):
        """The trial of one intervention on the program with these words; its controls run once."""
        self.origin(*words)
        candidate = Candidate(intervention=intervention, codes=("DAT103",), remedies=(intervention.name,))
        situation = Situation(
            candidates=(candidate,), limits=Limits(steps=20, seconds=60.0), of_steps=STEPS, budget=1e6, workers=2,
            seconds=100.0, **more,
        )  # fmt: skip
        ledger = Ledger(situation)
        if words in self.histories:
            ledger.history = self.histories[words]
        carry_out(in_example_pairs(ledger), Runner(self.branches, 1e6, lambda _: None))
        controls = [run for run in ledger.history.runs if not run.key.changes]
        self.histories[words] = History(tuple(controls))
        (trial,) = ledger.trials.values()
        return trial


@pytest.fixture(scope="session")
def branches(tmp_path_factory):
    origin = Origin("script", str(PROGRAM), (), str(PROGRAM.parent), sys.executable, {})
    with Branches(origin, tmp_path_factory.mktemp("branches"), 2) as made:
        made.examples = True
        made.ready()
        yield made


@pytest.fixture(scope="session")
def trials(branches):
    return Trials(branches)
