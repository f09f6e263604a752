"""The sampled numbers of each layer, its parameters taken together.  S = sampled steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from unstuck.analysis.run.training import Track, Training

Array = np.ndarray[Any, Any]
Values = dict[str, tuple[Array, Array]]
"""layer -> steps (S,), values (S,)"""


def layers_of(training: Training) -> tuple[str, ...]:
    """Every layer that was sampled, in the order in which they were first seen."""
    owners = _owners(training)
    return tuple(dict.fromkeys(_layer(track, owners) for track in training.tracks))


def norms(training: Training, what: str) -> Values:
    """The Euclidean norm over all parameters of a layer."""

    def norm(tracks: Sequence[Track]) -> Array:
        with np.errstate(over="ignore"):
            squares = np.sum([track["norm"] ** 2 for track in tracks], axis=0)
        root: Array = np.sqrt(squares)
        return root

    return _by_layer(training, what, norm)


def update_ratios(training: Training) -> Values:
    """The norm of an update over the norm of what it changed."""
    weights, updates = norms(training, "weight"), norms(training, "update")
    ratios: Values = {}
    for layer in updates.keys() & weights.keys():
        steps, mine, theirs = np.intersect1d(updates[layer][0], weights[layer][0], return_indices=True)
        if len(steps):
            with np.errstate(all="ignore"):
                ratios[layer] = steps, updates[layer][1][mine] / weights[layer][1][theirs]
    return ratios


def dead_shares(training: Training) -> Values:
    """The share of a layer's units that are dead; left out where it is not known yet."""

    def share(tracks: Sequence[Track]) -> Array:
        with np.errstate(all="ignore"):
            dead = np.sum([track["dead"] for track in tracks], axis=0)
            ratio: Array = dead / np.sum([track["units"] for track in tracks], axis=0)
        return ratio

    shares = _by_layer(training, "activation", share)
    known = {layer: (steps[np.isfinite(y)], y[np.isfinite(y)]) for layer, (steps, y) in shares.items()}
    return {layer: values for layer, values in known.items() if len(values[0])}


def activation_values(training: Training, column: str) -> Values:
    """One column of what each module gave and of each functional activation, by its own name; NaN left out."""
    found: Values = {}
    for what in ("output", "activation"):
        for track in training.tracked(what):
            known = ~np.isnan(track[column]) | (track["nonfinite"] > 0)
            name = track.place.name
            if known.any() and (name not in found or len(found[name][0]) < known.sum()):
                found[name] = track.step[known].astype(np.float64), track[column][known]
    return found


def _by_layer(training: Training, what: str, combine: Callable[[Sequence[Track]], Array]) -> Values:
    """The tracks of each layer made into one, over the steps of the longest of them."""
    owners = _owners(training)
    grouped: dict[str, list[Track]] = {}
    for track in training.tracked(what):
        grouped.setdefault(_layer(track, owners), []).append(track)
    values: Values = {}
    for layer, mine in grouped.items():
        steps = max((track.step for track in mine), key=len)
        together = [track for track in mine if np.array_equal(track.step, steps)]
        values[layer] = steps.astype(np.float64), combine(together)
    return values


def _owners(training: Training) -> dict[str, str]:
    """The layer of each parameter: the last one recorded, because it may not yet be known in the first step."""
    return {
        track.place.name: track.place.layer or ""
        for track in training.tracks
        if track.place.what in ("weight", "gradient", "update")
    }


def _layer(track: Track, owners: dict[str, str]) -> str:
    own = track.place.layer or ""
    return owners.get(track.place.name, own) if own == track.place.name else own
