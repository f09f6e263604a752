"""Rung *ramp*: how large must the network be? One more layer, or twice the width, one step at a time."""

from __future__ import annotations

from unstuck.core.words import number, share
from unstuck.fit.compare import by_loss
from unstuck.fit.crossed import Crossed, candidate_of, cross_train
from unstuck.fit.narrator import Table
from unstuck.fit.recipe import MOST_WIDTH
from unstuck.fit.rungs.first_network import NETWORK
from unstuck.fit.work import Work

LEAST_GAIN = 0.05
"""share of the training loss that a step must remove; less is a diminishing return"""
WORSE = 0.1
"""share by which the training loss of a larger network may be higher by chance"""
DEEPEST, WIDEST = 5, 8 * MOST_WIDTH
FITS = 0.02
"""share of the baseline loss: below it there is nothing left to fit"""


def ramp(work: Work, start: Crossed) -> Crossed:
    """Grow the network while its training error is above the goal; the one with the lowest held-out loss."""
    rung = work.narrator.begin("ramp", "How large must the network be?")
    assert work.plan is not None
    rung.table = Table(("network", "training loss", "held-out loss", work.goal.title))
    tried = [start]
    _row(work, rung.table, start, "")
    current, failed, so = start, 0, ""
    axis = "width"
    for _ in range(work.plan.ramp):
        why = _enough(work, current)
        if why:
            so = why
            break
        changes = {"width": 2 * current.recipe.width} if axis == "width" else {"depth": current.recipe.depth + 1}
        if changes.get("width", 0) > WIDEST or changes.get("depth", 0) > DEEPEST:
            axis = "depth" if axis == "width" else "width"
            failed += 1
            if failed >= 2:
                so = "the network is as large as the ramp goes"
                break
            continue
        larger = cross_train(work, current.recipe.with_changes(changes))
        tried.append(larger)
        gain = 1 - larger.train_loss / max(current.train_loss, 1e-12)
        said = "as expected" if gain > -WORSE else "not as expected"
        _row(work, rung.table, larger, said)
        if gain >= LEAST_GAIN:
            current, failed = larger, 0
            continue
        if gain < -WORSE:
            rung.found.append(
                f"{larger.recipe.size}: the training loss is higher by {share(-gain)}, though a larger network can do "
                "all that the smaller one can. That is optimisation, not capacity: its rate or its depth, so this step "
                "is taken back"
            )
        axis, failed = "depth" if axis == "width" else "width", failed + 1
        if failed >= 2:
            so = f"neither width nor depth removes {share(LEAST_GAIN)} of the training loss any more"
            break
    rung.tried.append("twice the width or one more layer, on every fold; each must fit the training data no worse")
    best = min(tried, key=lambda one: one.loss)
    if best is not start:
        lower = by_loss(best.losses, start.losses, best.train_rows, work.settings.seed)
        rung.found.append(f"held-out loss of {best.recipe.size} against the first network: lower by {lower}")
    else:
        rung.found.append("no larger network has a lower held-out loss than the first")
    so = so or ("no trainings are planned for it" if not work.plan.ramp else "the planned trainings are used up")
    work.candidates[NETWORK] = candidate_of(best, NETWORK, f"network ({best.recipe.size})")
    learning = _more_data(work, best) if work.plan.ramp else ""
    if learning:
        rung.found.append(learning)
    work.narrator.end(rung, f"{so}; {best.recipe.size} goes on.")
    return best


def _enough(work: Work, current: Crossed) -> str:
    """Why no larger network is needed; "" where one is."""
    goal = work.goal
    if not goal.open and goal.first.met(current.train_value):
        return f"the training error meets the goal ({goal.first.about.title} {number(current.train_value)})"
    baseline = _baseline_loss(work)
    if current.train_loss < FITS * baseline:
        return f"the training loss is {number(current.train_loss)}: there is nothing left to fit"
    return ""


def _baseline_loss(work: Work) -> float:
    import numpy as np

    if not work.data.task.has_classes:
        return 1.0
    prior = work.prior[work.prior > 0]
    return float(-(prior * np.log(prior)).sum())


def _row(work: Work, table: Table, crossed: Crossed, said: str) -> None:
    value = work.worth(candidate_of(crossed, "", "")).value
    table.rows.append(
        (f"{crossed.recipe.size}{f' ({said})' if said else ''}", number(crossed.train_loss), number(crossed.loss),
         number(value))
    )  # fmt: skip


SHARES = (0.25, 0.5)
"""of the training examples, for the learning curve over their number"""
SLOWER = 0.8
"""of the last fall, that the next one is at the most: learning curves flatten"""
HELPS = 0.02
"""share of the held-out loss that twice the examples must remove to be worth the work"""


def _more_data(work: Work, best: Crossed) -> str:
    """Whether more data would help, from trainings on a part of it."""
    rows = min(best.train_rows)
    points = []
    for part in SHARES:
        found = cross_train(work, best.recipe, most=int(part * rows * 7 / 6))
        points.append((found.train_rows[0], found.loss))
    points.append((rows, best.loss))
    work.facts["learning_curve"] = points
    before, now = points[-2][1], points[-1][1]
    gain = (before - now) / max(abs(now), 1e-12)
    falls = points[0][1] > before
    words = ", ".join(f"{number(loss)} with {number(n)}" for n, loss in points)
    if not falls:
        return f"more data: held-out loss {words} examples: no clear trend"
    if gain <= HELPS:
        return f"more data: held-out loss {words} examples; twice as many would hardly help"
    fall = min(SLOWER, max(0.0, (before - now) / max(points[0][1] - before, 1e-12)))
    return (
        f"more data: held-out loss {words} examples; carried on, twice as many would lower it by about "
        f"{number((before - now) * fall)} to {number(now - (before - now) * fall)}"
    )
