"""Rung *regularisation*: which of the known means lowers the held-out loss here, each against a control?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from unstuck.core.words import count, number, share
from unstuck.fit.compare import Difference, by_goal, by_loss
from unstuck.fit.crossed import Crossed, candidate_of, cross_train, held_rows
from unstuck.fit.narrator import Table
from unstuck.fit.rungs.first_network import NETWORK
from unstuck.fit.work import Work

SMALL_GAP = 0.1
"""share of the held-out loss by which it exceeds the training loss: with less, regularisation is not the problem"""
RARE = 0.2
"""share of the rarest class, below which class weights are tried"""


class Means(NamedTuple):
    """A regulariser: what of the recipe it changes."""

    title: str
    changes: dict[str, Any]
    by_goal: bool = False
    """judged by the goal's metric: it changes what the loss means"""


def regularise(work: Work, control: Crossed) -> Crossed:
    """Try one at a time on top of what has helped; a means that does not help beyond noise is left out."""
    rung = work.narrator.begin("regularise", "Does the network overfit, and what helps?")
    assert work.plan is not None
    gap = control.gap / max(abs(control.loss), 1e-12)
    rung.found.append(
        f"held-out loss {number(control.loss)}, training loss {number(control.train_loss)}: the gap is "
        f"{share(max(0.0, gap))} of the held-out loss"
    )
    if gap < SMALL_GAP or not work.plan.regularise:
        why = "no trainings are planned for it" if gap >= SMALL_GAP else "training and held-out loss are close"
        work.narrator.end(rung, f"{why}, so nothing is added.")
        return control
    rung.table = Table(("change", "held-out loss", "gain [95 %]", "kept"))
    rung.table.rows.append(("control", number(control.loss), "", ""))
    current = control
    tried = 0
    for means in _means(work, control):
        if tried == work.plan.regularise:
            break
        tried += 1
        other = cross_train(work, current.recipe.with_changes(means.changes))
        gain = _gain(work, means, other, current)
        kept = gain.better
        rung.table.rows.append((means.title, number(other.loss), str(gain), "yes" if kept else "no"))
        if kept:
            current = other
    rung.tried.append(f"{count(tried, 'change')}, one at a time on top of what has helped, on the same folds and seeds")
    said = current.recipe.regularisation
    if current is not control:
        work.candidates[NETWORK] = candidate_of(current, NETWORK, f"network ({current.recipe.size}, {said})")
        work.narrator.end(rung, f"kept: {said}; the held-out loss is {number(current.loss)}, it was "
                                f"{number(control.loss)}.")  # fmt: skip
    else:
        work.narrator.end(rung, "none helps beyond noise, so none is kept.")
    return current


def _gain(work: Work, means: Means, other: Crossed, current: Crossed) -> Difference:
    if means.by_goal:
        return by_goal(work.goal, other.given, current.given, work.groups(held_rows(work)), work.settings.seed)
    return by_loss(other.losses, current.losses, other.train_rows, work.settings.seed)


def _means(work: Work, control: Crossed) -> Iterator[Means]:
    """Those that suit the data, the likeliest first."""
    recipe, preparation = control.recipe, work.preparation
    if recipe.structure == "images":
        colours = work.examples.x.shape[1] == 3
        yield Means("augmentation", {"augment": "shift-flip" if colours else "shift"})
    if recipe.depth:
        yield Means("dropout 0.3", {"dropout": 0.3})
    yield Means("weight decay 0.1", {"weight_decay": 0.1})
    if recipe.structure in ("dense", "convolution") and (preparation.numbers or not preparation.categories):
        yield Means("input noise 0.2", {"noise": 0.2})
    if recipe.structure == "dense" and recipe.depth:
        yield Means("batch norm", {"norm": "batch"})
    if work.data.task.has_classes:
        yield Means("label smoothing 0.1", {"label_smoothing": 0.1})
    if recipe.structure in ("dense", "images", "convolution") and not preparation.categories:
        yield Means("mixup 0.3", {"mixup": 0.3})
    if work.data.task.has_classes and work.prior.min() < RARE:
        yield Means("class weights", {"class_weights": True}, by_goal=True)
    if recipe.structure == "dense" and recipe.depth:
        yield Means("layer norm", {"norm": "layer"})
    if recipe.depth:
        yield Means("dropout 0.5", {"dropout": 0.5})
