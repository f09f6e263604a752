"""Results of experiments from a few numbers, for the tests of what is decided by them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unstuck.core.experiment import PAIRS, Effect, Results, Trial
from unstuck.core.trial_verdict import of_effect

if TYPE_CHECKING:
    from collections.abc import Sequence


def trial(title: str, treated: float, *, control: float = 0.02, pairs: int = PAIRS, **more: Any) -> Trial:
    """A change that was measured: ``trial("learning-rate × 10", 0.95, settings={"factor": 10.0})``."""
    gain = treated - control
    effect = Effect(control=control, treated=treated, gain=gain, low=gain - 0.01, high=gain + 0.01, pairs=pairs)
    told = {"names": (title.split(" ")[0],), "verdict": of_effect(effect), "effect": effect}
    return Trial(**{"title": title, **told, **more})


def results(trials: Sequence[Trial], sufficient: Sequence[str] = (), **more: Any) -> Results:
    """What `unstuck verify` came to; by default the first trial is all that is needed."""
    told = {
        "way": "re-run", "steps": 300, "of_steps": 300, "reached": 0.02, "reached_after": 0.95,
        "trials": tuple(trials), "sufficient": tuple(sufficient) or tuple(one.title for one in trials[:1]),
        "seconds": 20.0, "budget": 60.0, "repeatable": True,
    }  # fmt: skip
    return Results(**{**told, **more})
