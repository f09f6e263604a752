"""What each hyper-parameter does to capacity, and which way: what the field knows of its name, and what was measured.

The rules of thumb follow Goodfellow, Bengio and Courville, "Deep Learning" (2016), table 11.1.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from unstuck.analysis.study.view import StudyView
from unstuck.record.events.study import SearchedParameter, StudyTrial

Array = np.ndarray[Any, np.dtype[np.float64]]
LEAST_TRIALS = 8
"""with a value of the parameter, for a rank correlation"""
LEAST_Z = 2.0
"""rank correlation × √(trials − 1): above it, chance is an unlikely reason (about one time in twenty)"""


@dataclass(frozen=True, slots=True)
class KnownEffect:
    """A rule of thumb."""

    names: str
    """pattern of names"""
    raises: str
    """when capacity rises"""
    why: str
    cost: str


KNOWN = (
    KnownEffect(r"lr|learning.?rate|eta", "when it is right", "wrong either way, training fails", "none"),
    KnownEffect(r"weight.?decay|wd|l1|l2|reg(?:ulari[sz]ation)?", "when lower", "weights may grow", "none"),
    KnownEffect(r"drop(?:out|path)?(?:.?(?:rate|p|prob))?", "when lower", "units work together more freely", "none"),
    KnownEffect(r"label.?smoothing", "when lower", "targets are met more exactly", "none"),
    KnownEffect(r"noise|augment(?:ation)?|mixup|cutmix", "when lower", "fewer variants of each example", "none"),
    KnownEffect(
        r"n?.?(?:units?|width|hidden|dim|d.?model|channels|filters|features|neurons|embed(?:ding)?|size)",
        "when higher",
        "more numbers in each layer", "time and memory, about the square of it",
    ),
    KnownEffect(
        r"n?.?(?:layers?|depth|blocks?)", "when higher", "more layers",
        "time and memory, in proportion; harder to train"
    ),
    KnownEffect(r"heads?", "when higher", "more kinds of attention, each of them narrower", "little"),
    KnownEffect(r"kernel|kernel.?size", "when higher", "larger filters", "time and memory; narrower output"),
    KnownEffect(
        r"epochs?|steps|iterations|max.?iter|patience", "when higher", "training goes on to fit", "time, in proportion"
    ),
    KnownEffect(
        r"batch(?:.?size)?", "when lower (weakly)", "more updates per epoch; their noise regularises", "time per epoch"
    ),
    KnownEffect(r"momentum|beta.?[12]", "when higher (weakly)", "fits further in the same time", "none"),
    KnownEffect(r"optim(?:i[sz]er)?", "by choice", "how far training gets in the time", "memory of its state"),
    KnownEffect(r"act(?:ivation)?|nonlinearity", "by choice", "which functions a layer can form", "little"),
    KnownEffect(r"(?:batch|layer|group)?.?norm(?:ali[sz]ation)?", "when on", "deeper networks train", "little"),
    KnownEffect(r"clip(?:.?(?:norm|value))?", "when higher", "large updates stay large", "none"),
)  # fmt: skip
WORDS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityEffect:
    """One row of the table."""

    name: str
    raises: str
    """rule of thumb; "" where the name is not known"""
    why: str
    cost: str
    size: float | None
    """rank correlation with the count of trained numbers; None where it is not known"""
    fit: float | None
    """rank correlation with the training loss: negative where a higher value fits the training data better"""
    trials: int


def capacity(view: StudyView) -> tuple[CapacityEffect, ...]:
    """One row for each hyper-parameter that was searched."""
    return tuple(_effect(view, parameter) for parameter in view.parameters)


def _effect(view: StudyView, parameter: SearchedParameter) -> CapacityEffect:
    # `rate`, which is searched where `dropout` is true, is that of dropout.
    known = known_effect(parameter.name) or known_effect(f"{parameter.condition.partition(' ')[0]}_{parameter.name}")
    seen = [one for one in view.complete if _as_number(parameter, one) is not None]
    return CapacityEffect(
        name=parameter.name, raises=known.raises if known else "", why=known.why if known else "",
        cost=known.cost if known else "", trials=len(seen),
        size=_correlation(parameter, [(one, one.parameters) for one in seen]),
        fit=_correlation(parameter, [(one, one.training_loss) for one in seen]),
    )  # fmt: skip


def known_effect(name: str) -> KnownEffect | None:
    """The rule of thumb for a name such as ``num_layers`` or ``encoder.dropout_rate``, by its last words."""
    words = [word for word in WORDS.split(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()) if word]
    for first in range(len(words)):
        text = "_".join(words[first:])
        text = re.sub(r"^(?:num|number_of|n)_", "", text)
        text = re.sub(r"_?\d+$", "", text)
        found = next((one for one in KNOWN if re.fullmatch(one.names.replace(".?", "_?"), text)), None)
        if found is not None:
            return found
    return None


def is_learning_rate(name: str) -> bool:
    """Whether a name says that it is one."""
    return known_effect(name) is KNOWN[0]


def _as_number(parameter: SearchedParameter, trial: StudyTrial) -> float | None:
    """The value of a parameter in a trial; None where it has none, or is a choice among names."""
    value = trial.setting.get(parameter.name)
    return float(value) if isinstance(value, bool | int | float) else None


def _correlation(parameter: SearchedParameter, pairs: list[tuple[StudyTrial, float | int | None]]) -> float | None:
    """Spearman's rank correlation where it is beyond chance; None where it is not, or for few trials."""
    known = [
        (_as_number(parameter, trial), float(other)) for trial, other in pairs
        if other is not None and math.isfinite(other)
    ]  # fmt: skip
    if len(known) < LEAST_TRIALS:
        return None
    x, y = (ranks(np.array(column, dtype=float)) for column in zip(*known, strict=True))
    if not x.std() or not y.std():
        return None
    value = float(((x - x.mean()) * (y - y.mean())).mean() / (x.std() * y.std()))
    return value if abs(value) * math.sqrt(len(known) - 1) >= LEAST_Z else None


def ranks(values: Array) -> Array:
    """Ranks from 1; equal values share the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    means: Array = ends - (counts - 1) / 2.0
    return means[inverse]
