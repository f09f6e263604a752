"""Rung *plan*: how many trainings does the budget allow?"""

from __future__ import annotations

from importlib.metadata import version

from unstuck.core.errors import UsageError
from unstuck.core.words import duration
from unstuck.fit.clock import Clock
from unstuck.fit.plan import PLAN, Plan, make_plan, read_plan
from unstuck.fit.recipe import Recipe, first_recipe
from unstuck.fit.work import Work

GROWN = {"images": 2.5, "convolution": 2.5}
"""times the step time of the first network: twice the channels are four times the work"""
WARM, MEASURED = 5, 25
"""steps before the clock runs, and on the clock"""
BASELINES = 0.2
"""share of the budget that is left to the baselines and the evaluation"""


def starting_recipe(work: Work, steps: int) -> Recipe:
    """The first network of this data."""
    shape = work.examples.x.shape
    return first_recipe(
        work.structure, work.data.task, len(work.data.train), work.preparation.outputs, int(shape[1]), steps
    )


def plan_fit(work: Work, request: str, spent: Clock) -> Plan:
    """The recorded plan, or a new one from the measured time of a step.

    Args:
        work: the fit.
        request: digest of what was asked for.
        spent: since the fit began.

    Raises:
        UsageError: the plan is one of another request, or the budget is too small.
    """
    rung = work.narrator.begin("plan", "How many trainings does the budget allow?")
    settings = work.settings
    if (work.folder / PLAN).exists():
        plan = read_plan(work.folder)
        how = "the plan that was recorded is followed, and no clock is read"
    elif settings.plan is not None:
        plan = read_plan(settings.plan)
        how = f"the plan of {settings.plan} is followed, and no clock is read"
        if plan.request != request:
            raise UsageError(
                f"{settings.plan} is the plan of another request: other data, goal, seed or options. Give the same, "
                "or leave --plan out."
            )
    else:
        measured = step_seconds(work)
        plan = make_plan(
            request=request, seed=settings.seed, budget=settings.budget,
            left=settings.budget - spent.spent - BASELINES * settings.budget,
            step_seconds=measured, folds=settings.folds, rows=len(work.data.train),
            batch_size=starting_recipe(work, 1).batch_size,
            rungs=settings.rungs, grown=GROWN.get(work.structure, 1.5),
            versions={name: version(name) for name in ("unstuck", "torch", "numpy", "scikit-learn")},
        )  # fmt: skip
        how = f"{MEASURED} steps of the first network, timed once"
    plan.write(work.folder)
    work.plan = plan
    rung.tried.append(how)
    rung.found.append(f"{plan}.")
    work.narrator.end(rung, (
        f"the plan stands in {PLAN}: it, the data and the seed give the same result again, whatever the machine's "
        f"load ({duration(round(settings.budget))} are asked for)."
    ))  # fmt: skip
    return plan


def step_seconds(work: Work) -> float:
    """Of one step of the first network; measured."""
    import numpy as np
    import torch

    from unstuck.fit.networks.build import build
    from unstuck.fit.training import train

    recipe = starting_recipe(work, WARM)
    network = build(recipe, work.preparation, work.prior, work.settings.seed)
    rows = np.arange(len(work.examples.x))
    held = rows[:1]
    train(network, recipe, work.examples, rows, held, work.settings.seed)
    clock = Clock()
    train(network, recipe.with_changes({"steps": MEASURED}), work.examples, rows[: 4 * recipe.batch_size], held,
          work.settings.seed)  # fmt: skip
    torch.manual_seed(work.settings.seed)
    return max(1e-5, clock.spent / MEASURED)
