"""The model that a fit delivers: its parts with their weights, the preparation, the operating point; kept in a folder.

Shapes: *n* examples, *K* outputs.
"""

from __future__ import annotations

import json
import pickle
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from unstuck.analysis.data.sample import Sample
from unstuck.core.data_types import Task
from unstuck.core.errors import UsageError
from unstuck.fit.calibrate import Platt
from unstuck.fit.preparation import Preparation, from_json
from unstuck.fit.score import Given, Point
from unstuck.record.writer import write_whole

Array = np.ndarray[Any, Any]
MODEL, PREPARATION, WEIGHTS, SHALLOW = "model.json", "preparation.json", "network.pt", "shallow.pkl"
EXPORTED = "network.pt2"


@dataclass(eq=False, kw_only=True)
class Shallow:
    """A model of scikit-learn, fitted on all training examples."""

    key: str
    title: str
    estimator: Any
    platt: Platt | None = None

    def scores(self, preparation: Preparation, sample: Sample) -> Array:
        """(n, K) probabilities, or numbers of a regression."""
        x = preparation.shallow(sample).astype(np.float64) if self.key != "words" else list(sample.texts or ())
        if not preparation.task.has_classes and preparation.task is not Task.MULTI_LABEL:
            return np.asarray(self.estimator.predict(x), np.float64).reshape(len(sample), -1)
        if preparation.task is Task.MULTI_LABEL:
            return np.asarray(self.estimator.predict(x), np.float64).reshape(len(sample), -1)
        from unstuck.baseline.models import _scores

        found = _scores(self.estimator, x, len(preparation.classes))
        return found if self.platt is None else self.platt.probabilities(found)


@dataclass(eq=False, kw_only=True)
class Networks:
    """Networks of one recipe, whose probabilities are averaged."""

    recipe: dict[str, Any]
    states: list[dict[str, Any]]
    modules: list[Any]

    def scores(self, preparation: Preparation, sample: Sample) -> Array:
        """(n, K) probabilities, or numbers of a regression."""
        import torch

        from unstuck.fit.training import outputs_of

        x = torch.as_tensor(preparation.inputs(sample))
        return np.asarray(np.mean([_predicted(preparation, outputs_of(one, x)) for one in self.modules], axis=0))


def _predicted(preparation: Preparation, outputs: Any) -> Array:
    import torch

    values = outputs.double()
    if preparation.task.has_classes:
        return np.asarray(torch.softmax(values, dim=1).numpy())
    if preparation.task is Task.MULTI_LABEL:
        return np.asarray(torch.sigmoid(values).numpy())
    return preparation.unscaled(values.numpy())


@dataclass(eq=False, kw_only=True)
class Delivered:
    """A model that predicts."""

    preparation: Preparation
    point: Point
    shallow: tuple[tuple[float, Shallow], ...] = ()
    """weights and models"""
    networks: tuple[tuple[float, Networks], ...] = ()

    def scores(self, sample: Sample) -> Array:
        """(n, K) probabilities of the classes, or numbers."""
        parts = [weight * one.scores(self.preparation, sample) for weight, one in self.shallow]
        parts += [weight * one.scores(self.preparation, sample) for weight, one in self.networks]
        return np.asarray(np.sum(parts, axis=0))

    def given(self, sample: Sample, truth: Array) -> Given:
        """Predictions beside the truth."""
        return Given(
            task=self.preparation.task, classes=self.preparation.classes, truth=truth, scores=self.scores(sample),
            positive=self.preparation.positive,
        )  # fmt: skip

    def save(self, folder: Path) -> None:
        """Write everything that `load` reads."""
        import torch

        write_whole(folder / PREPARATION, self.preparation.to_json() + "\n")
        about = {
            "version": 1, "point": asdict(self.point),
            "networks": [{"weight": weight, "recipe": one.recipe, "members": len(one.states)}
                         for weight, one in self.networks],
            "shallow": [{"weight": weight, "key": one.key, "title": one.title} for weight, one in self.shallow],
        }  # fmt: skip
        write_whole(folder / MODEL, json.dumps(about, indent=1) + "\n")
        if self.networks:
            torch.save([one.states for _, one in self.networks], folder / WEIGHTS)
        if self.shallow:
            (folder / SHALLOW).write_bytes(pickle.dumps([one for _, one in self.shallow]))


def load(folder: Path) -> Delivered:
    """The model of a result folder. What scikit-learn made is unpickled: load folders that you trust only.

    Raises:
        UsageError: the folder holds no model.
    """
    if not (folder / MODEL).is_file():
        raise UsageError(f"{folder} holds no model of a fit (no {MODEL}). Give the folder that `unstuck fit` wrote.")
    about = json.loads((folder / MODEL).read_text(encoding="utf-8"))
    preparation = from_json((folder / PREPARATION).read_text(encoding="utf-8"))
    networks = []
    if about["networks"]:
        import torch

        kept = torch.load(folder / WEIGHTS, weights_only=True)
        networks = [
            (one["weight"], networks_of(one["recipe"], states, preparation))
            for one, states in zip(about["networks"], kept, strict=True)
        ]
    shallow = []
    if about["shallow"]:
        made = pickle.loads((folder / SHALLOW).read_bytes())  # noqa: S301 - said in the docstring and the docs
        shallow = [(one["weight"], model) for one, model in zip(about["shallow"], made, strict=True)]
    return Delivered(
        preparation=preparation, point=Point(**about["point"]), networks=tuple(networks), shallow=tuple(shallow)
    )


def networks_of(recipe: dict[str, Any], states: list[dict[str, Any]], preparation: Preparation) -> Networks:
    """Networks with these weights."""
    from unstuck.fit.networks.build import build
    from unstuck.fit.recipe import Recipe

    modules = []
    for state in states:
        module = build(Recipe(**recipe), preparation, np.zeros(0), 0)
        module.load_state_dict(state)
        modules.append(module.eval())
    return Networks(recipe=recipe, states=states, modules=modules)


