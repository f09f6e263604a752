"""Rung *first network*: is the simplest network wired right, and at which rate does it learn?"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from unstuck.core.errors import UsageError
from unstuck.core.words import count, number, share
from unstuck.fit.crossed import Crossed, candidate_of, cross_train
from unstuck.fit.recipe import Recipe, reasons
from unstuck.fit.rungs.planning import starting_recipe
from unstuck.fit.rungs.shallow import best_shallow, signal
from unstuck.fit.rungs.watched import say_watched
from unstuck.fit.work import Work

BATCHES = 12
"""at the most for the range test; small data is divided into as many, so that some can be kept apart"""
FEWEST = 4
"""examples of such a batch"""
NO_LIMIT = 1e9
"""seconds: what is found must not depend on the time"""
LEAST_STEPS, MOST_STEPS = 20, 100
"""of a short training at one rate"""
NETWORK = "network"


def first_network(work: Work) -> Crossed:
    """Check it, find its rate, train it on every fold.

    Raises:
        UsageError: it cannot overfit one batch, so nothing further would mean anything.
    """
    rung = work.narrator.begin("network", "Is the simplest network wired right, and does it learn?")
    assert work.plan is not None
    recipe = starting_recipe(work, work.plan.steps)
    checked = work.journal.unit("first-network", lambda: _checked(work, recipe))
    rung.tried.append(
        f"{_STRUCTURES[recipe.structure]} with {recipe.size}: {checked['parameters']:,} parameters, batches of "
        f"{recipe.batch_size}, Adam"
    )
    rung.found.append(
        f"loss before training {number(checked['first'])}, {number(checked['expected'])} is expected of the shares of "
        "the classes" if work.data.task.has_classes else f"loss before training {number(checked['first'])}"
    )
    fell = checked["fell"]
    if math.isfinite(fell) and fell < FITTED:
        raise UsageError(
            f"The network cannot overfit one batch of {checked['examples']} examples: after {checked['steps']} steps "
            f"only {share(max(0.0, fell))} of the baseline loss is gone. With {recipe.size} this points to inputs that "
            "do not tell the examples apart, or to broken targets. Look at the findings of the audit "
            f"(unstuck show {work.records}), and at constant or equal rows."
        )
    if math.isfinite(fell):
        rung.found.append(f"it overfits one batch of {checked['examples']} examples, as it must")
    recipe = recipe.with_changes({"rate": checked["rate"]})
    rung.found.append(f"learning rate {number(recipe.rate)}: {checked['how']}")
    work.narrator.end(rung, "it learns one batch, so it is trained on all data.")
    return _trained(work, recipe)


def _parts(examples: int, batch_size: int) -> int:
    """Into how many batches; without some to keep apart, a rate is good that memorises."""
    return max(1, examples // batch_size, min(BATCHES, examples // FEWEST))


FITTED = 0.8
"""share of the baseline loss of one batch, of which less is a fault"""
_STRUCTURES = {
    "dense": "dense layers", "convolution": "1-d convolutions", "recurrent": "a GRU", "images": "convolutions",
    "words": "the mean of word embeddings, then dense layers",
}  # fmt: skip


def _trained(work: Work, recipe: Recipe) -> Crossed:
    rung = work.narrator.begin("training", "Is it learning, and how far does it come?")
    assert work.plan is not None
    say_watched(work, recipe, rung)
    crossed = cross_train(work, recipe)
    for _ in range(SLOWER):
        if crossed.loss < loss_of_a_constant(work):
            break
        slower = cross_train(work, crossed.recipe.with_changes({"rate": crossed.recipe.rate / 10}))
        rung.tried.append(
            f"a tenth of the rate, {number(slower.recipe.rate)}: the held-out loss {number(crossed.loss)} was no "
            f"better than that of a constant, {number(loss_of_a_constant(work))}; now it is {number(slower.loss)}"
        )
        if not slower.loss < crossed.loss:
            break
        crossed = slower
    recipe = crossed.recipe
    work.facts["reasons"] = reasons(recipe, len(work.data.train))
    work.candidates[NETWORK] = candidate_of(crossed, NETWORK, f"network ({recipe.size})")
    rung.tried.append(
        f"{count(recipe.steps, 'step')}, warm-up, cosine, early stopping with the best weights; one fold is watched "
        "by the recorder"
    )
    found = work.worth(work.candidates[NETWORK])
    shallow = best_shallow(work)
    rung.found.append(
        f"{work.goal.title} {number(found.value)} on held-out examples, {number(crossed.train_value)} on training "
        f"examples; {shallow.title} has {number(work.worth(shallow).value)}. Loss {number(crossed.loss)} held-out, "
        f"{number(crossed.train_loss)} training; best weights at step {number(round(crossed.best_step))}."
    )
    if work.structure != "dense":
        rung.found.append(signal(work, [work.candidates[NETWORK]])[1])
    work.facts["curves"] = [[list(one) for one in curve] for curve in crossed.curves]
    work.narrator.end(rung, "its training error says whether it is large enough: the ramp is next.")
    return crossed


SLOWER = 2
"""times that the rate is lowered where the network is no better than a constant"""


def loss_of_a_constant(work: Work) -> float:
    """Held-out loss of the shares of the classes, or of the mean of the targets, which are scaled."""
    prior = work.prior[work.prior > 0]
    if len(prior):
        return float(-(prior * np.log(prior)).sum())
    return 1.0 if work.is_regression else math.inf


def _checked(work: Work, recipe: Recipe) -> dict[str, Any]:
    """One batch, then the rates; no clock decides."""
    import torch

    from unstuck.core.outcome import TooLittle
    from unstuck.fit.networks.build import build, parameters_of
    from unstuck.fit.training import loss_of
    from unstuck.preflight.allowance import Allowance
    from unstuck.preflight.batch import PairBatch
    from unstuck.preflight.context import Context
    from unstuck.preflight.probes.overfit import probe
    from unstuck.preflight.range_test import range_test
    from unstuck.preflight.rate_search import Before, Plan, plateau, search

    assert work.plan is not None
    seed, task = work.settings.seed, work.data.task
    network = build(recipe, work.preparation, work.prior, seed)
    fit = work.folds(work.plan.folds).pairs[0][0]
    order = fit[np.random.default_rng(seed).permutation(len(fit))]
    batches = tuple(
        PairBatch.of(network, lambda output, y: loss_of(task, output, y), *work.examples.take(rows))
        for rows in np.array_split(order, _parts(len(order), recipe.batch_size))[:BATCHES]
    )
    optimizer = torch.optim.Adam(network.parameters(), lr=recipe.rate)
    context = Context(
        networks=(network,), optimizers=(optimizer,), batches=batches, seed=seed, seconds=NO_LIMIT, budget=NO_LIMIT
    )
    fell, steps, examples = math.nan, 0, 0
    try:
        one_batch = PairBatch.of(network, lambda output, y: loss_of(task, output, y), *_mixed(work, order))
        found = next(iter(probe(replace(context, batches=(one_batch,)))))
        best = found.fits[0]  # type: ignore[attr-defined]
        fell, steps = float(best.fell if best.fell is not None else math.nan), found.steps  # type: ignore[attr-defined]
        examples = found.examples  # type: ignore[attr-defined]
    except TooLittle:
        pass
    with torch.no_grad(), context.kept():
        first = float(np.mean([float(batch.loss()) for batch in batches]))
    test = range_test(context, NO_LIMIT)
    short = Plan(steps=max(LEAST_STEPS, min(MOST_STEPS, recipe.steps // 4)), seconds=NO_LIMIT,
                 all=Allowance(NO_LIMIT))  # fmt: skip
    trials = search(context, test, short)
    good = plateau(trials, Before.of(context))
    rate = good[0].rate if good else None
    return {
        "parameters": parameters_of(network), "fell": fell, "steps": steps, "examples": examples, "first": first,
        "expected": loss_of_a_constant(work),
        "rate": recipe.rate if rate is None else float(f"{rate:.2g}"),
        "how": "the lowest of the rates that are nearly as good as the best: range test, then "
        f"{count(len(trials), 'short training')}" if rate is not None else
        "no rate is better than another in short trainings, so the usual one of Adam",
    }  # fmt: skip


SMALL = 16
"""examples of the one batch"""


def _mixed(work: Work, order: Any) -> tuple[Any, Any]:
    """A few examples, of all classes in turn."""
    if not work.data.task.has_classes:
        return work.examples.take(order[:SMALL])
    y = work.y[order]
    turn = np.concatenate([np.arange((y == code).sum()) * 1.0 + code / 1e6 for code in np.unique(y)])
    of_class = np.concatenate([order[y == code] for code in np.unique(y)])
    return work.examples.take(of_class[np.argsort(turn, kind="stable")[:SMALL]])
