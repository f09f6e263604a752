"""Trials that still run: their outcomes are drawn from the model, and each draw counts as if it had been observed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from unstuck.tune.sampler.arrays import Array
from unstuck.tune.sampler.hyper_prior import HyperParameters
from unstuck.tune.sampler.posterior import Posterior, posterior

DRAWS = 4
"""outcomes for each sample of the hyper-parameters"""


def with_pending(
    x: Array, y: Array, pending: Array, hypers: Sequence[HyperParameters], rng: np.random.Generator
) -> Posterior:
    """The process after the observations and the fantasised outcomes of what is pending (p, d)."""
    known = posterior(x, y[:, None], hypers)
    if not len(pending):
        return known
    mean, covariance = known.joint(pending)
    outcomes = mean + _root(covariance) @ rng.standard_normal((len(hypers), len(pending), DRAWS))
    observed = np.broadcast_to(y[None, :, None], (len(hypers), len(y), DRAWS))
    return posterior(np.vstack([x, pending]), np.concatenate([observed, outcomes], axis=1), hypers)


def _root(covariance: Array) -> Array:
    """A square root of each covariance, which may be singular."""
    values, vectors = np.linalg.eigh(covariance)
    root: Array = vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :]
    return root
