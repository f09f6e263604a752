"""A candidate as the model that is delivered: shallow models fitted on all training examples, networks of all folds."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from unstuck.fit.calibrate import Platt
from unstuck.fit.crossed import unit_key
from unstuck.fit.delivered import Delivered, Networks, Shallow, networks_of
from unstuck.fit.score import careful, point_of
from unstuck.fit.work import Candidate, Work


def assemble(work: Work, chosen: Candidate) -> Delivered:
    """Everything that the chosen candidate consists of."""
    parts = chosen.parts or ((chosen.name, 1.0),)
    shallow = []
    networks = []
    for name, weight in parts:
        candidate = work.candidates[name]
        if candidate.kind == "shallow":
            shallow.append((weight, _fitted(work, candidate)))
        else:
            networks.append((weight, _networks(work, candidate)))
    return Delivered(
        preparation=work.preparation, point=point_of(careful(work.goal, chosen.given), chosen.given),
        shallow=tuple(shallow), networks=tuple(networks),
    )  # fmt: skip


def _fitted(work: Work, candidate: Candidate) -> Shallow:
    import warnings

    from unstuck.baseline.models import MODELS, most_rows

    model = next(one for one in MODELS if one.key == candidate.name)
    problem = work.problem
    rows = np.arange(len(problem.train))
    most = most_rows(model, problem)
    if len(rows) > most:
        rows = np.random.default_rng(work.settings.seed).choice(rows, most, replace=False)
    texts = problem.train.texts
    x: Any = [texts[at] for at in rows] if model.on_texts and texts else problem.train.x[rows].astype(np.float64)
    estimator = model.make(problem)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of convergence: the same model was judged by its predictions
        estimator.fit(x, problem.train.y[rows])
    platt = work.facts.get("platt", {}).get(candidate.name)
    return Shallow(
        key=candidate.name, title=candidate.title, estimator=estimator, platt=None if platt is None else Platt(**platt)
    )


def _networks(work: Work, candidate: Candidate) -> Networks:
    assert work.plan is not None
    assert candidate.recipe is not None
    states = [
        work.journal.unit(unit_key(candidate.recipe, member, fold), _missing)["state"]
        for member in range(candidate.members) for fold in range(len(work.folds(work.plan.folds).pairs))
    ]  # fmt: skip
    return networks_of(asdict(candidate.recipe), states, work.preparation)


def _missing() -> dict[str, Any]:
    raise AssertionError("a network that was chosen has been trained")
