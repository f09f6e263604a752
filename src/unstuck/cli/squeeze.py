"""``unstuck squeeze DATA --target y``: what do an ensemble and a stack add? One rung of `unstuck fit`, alone."""

from __future__ import annotations

import typer

from unstuck.cli.data_options import DATA, FORM, HEADER, SEED, TARGET, TASK, TYPES, typed
from unstuck.cli.fit_options import BUDGET, GOAL, NETWORK, NEW, OUT, climb_alone


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("squeeze")(squeeze)


def squeeze(
    data: DATA,
    target: TARGET = None,
    goal: GOAL = "",
    budget: BUDGET = "5m",
    out: OUT = None,
    task: TASK = None,
    types: TYPES = None,
    header: HEADER = None,
    form: FORM = None,
    network: NETWORK = "auto",
    new: NEW = False,
    seed: SEED = 0,
) -> None:
    """Train the simplest network several times; deliver the best of it, its ensemble, a stack and simple models."""
    from unstuck.audit.settings import AuditSettings

    reading = AuditSettings(
        target=tuple(target or ()), task=task, types=typed(types), header=header, form=form, look=0, seed=seed
    )
    rungs = ("baselines", "squeeze", "evaluate")
    climb_alone("squeeze", rungs, data, out, reading, goal=goal, budget=budget, network=network, new=new)
