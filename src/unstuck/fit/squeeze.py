"""Rung *squeeze*: an ensemble of the best network, and a stack of it with the best shallow model."""

from __future__ import annotations

from typing import Any

import numpy as np

from unstuck.core.words import count, number
from unstuck.fit.compare import by_goal
from unstuck.fit.crossed import Crossed, cross_train, held_rows
from unstuck.fit.narrator import Rung, Table
from unstuck.fit.rungs.first_network import NETWORK
from unstuck.fit.rungs.shallow import CONSTANT, best_shallow
from unstuck.fit.work import Candidate, Work

Array = np.ndarray[Any, Any]
ENSEMBLE, STACK = "ensemble", "stack"
WEIGHTS = (0.25, 0.5, 0.75)
"""of the networks in a stack"""


def squeeze(work: Work, best: Crossed) -> None:
    """Train further members, and add them and the stack to the candidates."""
    rung = work.narrator.begin("squeeze", "What is left?")
    assert work.plan is not None
    network = work.candidates[NETWORK]
    rung.table = Table(("model", work.goal.title, "gain [95 %]"))
    rung.table.rows.append((network.title, number(work.worth(network).value), ""))
    last = network
    if work.plan.ensemble:
        last = _ensemble(work, best, network)
        work.candidates[ENSEMBLE] = last
        _row(work, rung, last, network, "the network")
        rung.tried.append(
            f"{count(last.members, 'network')} for each fold, with other initial weights, batches and early-stopping "
            "parts; their probabilities are averaged" if work.data.task.has_classes else
            f"{count(last.members, 'network')} for each fold, with other initial weights and batches, averaged"
        )
    shallow = best_shallow(work)
    if shallow.name != CONSTANT:
        stack = _stack(work, last, shallow)
        work.candidates[STACK] = stack
        _row(work, rung, stack, shallow, shallow.title)
        rung.tried.append(f"the mean of it and {shallow.title}, the weight chosen by the held-out loss")
    work.narrator.end(rung, "the model to deliver is chosen among the best of each kind.")


def _row(work: Work, rung: Rung, candidate: Candidate, other: Candidate, name: str) -> None:
    gain = by_goal(work.goal, candidate.given, other.given, work.groups(held_rows(work)), work.settings.seed)
    assert rung.table is not None
    rung.table.rows.append((candidate.title, number(work.worth(candidate).value), f"{gain} over {name}"))


def _ensemble(work: Work, best: Crossed, network: Candidate) -> Candidate:
    assert work.plan is not None
    members = 1 + work.plan.ensemble
    scores = [network.given.scores]
    scores += [cross_train(work, best.recipe, member).given.scores for member in range(1, members)]
    return Candidate(
        name=ENSEMBLE, title=f"ensemble of {members} networks", kind="ensemble", recipe=best.recipe, members=members,
        given=work.given(np.mean(scores, axis=0), held_rows(work)),
    )  # fmt: skip


def _stack(work: Work, networks: Candidate, shallow: Candidate) -> Candidate:
    made = [(weight, weight * networks.given.scores + (1 - weight) * shallow.given.scores) for weight in WEIGHTS]
    weight, scores = min(made, key=lambda one: _loss(work, one[1], networks.given.truth))
    return Candidate(
        name=STACK, title=f"stack: {number(weight)} {networks.kind}, {number(1 - weight)} {shallow.title}",
        kind="stack", given=work.given(scores, held_rows(work)),
        parts=((networks.name, weight), (shallow.name, 1 - weight)),
    )  # fmt: skip


def _loss(work: Work, scores: Array, truth: Array) -> float:
    """Mean log loss, or squared error."""
    if work.data.task.has_classes:
        return float(-np.log(np.maximum(scores[np.arange(len(truth)), truth], 1e-12)).mean())
    return float(np.mean((scores - truth) ** 2))
