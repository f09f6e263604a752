"""One hyper-parameter: its range or its choices."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from unstuck.core.errors import UsageError

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

Value = float | int | str | bool | None
LEARNING_RATES = frozenset({"lr", "learning_rate", "learning-rate", "learningrate", "base_lr", "max_lr", "eta"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """Either a range (``low`` and ``high``) or ``choices``."""

    name: str
    low: float | int | None = None
    high: float | int | None = None
    step: float | int | None = None
    log: bool = False
    whole: bool = False
    """whole numbers only"""
    choices: tuple[Value, ...] = ()
    default: Value = None
    condition: str = ""
    """when it is asked for, in words; "" for always"""

    def __post_init__(self) -> None:
        check(self)

    @property
    def is_learning_rate(self) -> bool:
        """Whether its name says that it is one."""
        return is_learning_rate(self.name)

    @property
    def middle(self) -> Value:
        """The default, or what stands in the middle: the first choice, the geometric mean of a logarithmic range."""
        if self.default is not None:
            return self.default
        if self.choices:
            return self.choices[0]
        from unstuck.tune.sampler.unit_cube import value_at

        return value_at(self.distribution(), 0.5)

    def distribution(self) -> BaseDistribution:
        """As Optuna has it."""
        from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

        if self.choices:
            return CategoricalDistribution(self.choices)
        assert self.low is not None
        assert self.high is not None
        if self.whole:
            return IntDistribution(int(self.low), int(self.high), log=self.log, step=int(self.step or 1))
        step = None if self.step is None else float(self.step)
        return FloatDistribution(float(self.low), float(self.high), log=self.log, step=step)

    def __str__(self) -> str:
        if self.choices:
            return " | ".join(map(str, self.choices))
        step = f", step {self.step:g}" if self.step is not None else ""
        return f"{self.low:g} … {self.high:g}{' (log)' if self.log else ''}{step}"


def is_learning_rate(name: str) -> bool:
    """Whether a name says that it is a learning rate: the last word counts (``optimizer.lr``)."""
    return name.lower().replace("/", ".").split(".")[-1].strip("-") in LEARNING_RATES


def check(parameter: Parameter) -> None:
    """Refuse a space that nothing can be drawn from.

    Raises:
        UsageError: the message says what is wrong with it.
    """
    name = parameter.name
    if not name:
        raise UsageError("A hyper-parameter has no name. Name it, as in hp.Float('learning_rate', 1e-5, 1e-1).")
    if parameter.choices or parameter.low is None or parameter.high is None:
        _check_choices(parameter)
        return
    low, high = float(parameter.low), float(parameter.high)
    if not (math.isfinite(low) and math.isfinite(high)):
        raise UsageError(f"The range of {name} is not finite: {low:g} to {high:g}. Give two numbers.")
    if low >= high:
        raise UsageError(f"The range of {name} is empty: {low:g} to {high:g}. The first end must be below the second.")
    if parameter.log and low <= 0:
        raise UsageError(
            f"The range of {name} begins at {low:g}, and a logarithmic range must begin above 0. "
            "Begin at a small number such as 1e-5, or leave out the logarithm."
        )
    if parameter.step is not None and not 0 < float(parameter.step) <= high - low:
        raise UsageError(f"The step of {name} is {parameter.step:g}. It must be above 0 and at most {high - low:g}.")
    if parameter.step is not None and parameter.log:
        raise UsageError(f"{name} has a step and a logarithmic range. Give one of them.")
    if parameter.whole and (low != int(low) or high != int(high)):
        raise UsageError(f"{name} is a whole number, and its range is {low:g} to {high:g}. Give whole ends.")
    default = parameter.default
    if default is not None and not (isinstance(default, int | float) and low <= default <= high):
        raise UsageError(f"The default of {name}, {default}, is outside its range, {low:g} to {high:g}.")


def _check_choices(parameter: Parameter) -> None:
    name, choices = parameter.name, parameter.choices
    if not choices:
        raise UsageError(f"{name} has nothing to choose from. Give two values or more.")
    odd = [one for one in choices if not isinstance(one, float | int | str | bool | None)]
    if odd:
        raise UsageError(
            f"{name} has the choice {odd[0]!r}, which cannot be stored. Choose by a text or a number, "
            "and look up the object in the build function."
        )
    if len({(type(one), one) for one in choices}) < len(choices):
        raise UsageError(f"{name} has a choice twice: {' | '.join(map(str, choices))}. Leave one out.")
    if parameter.default is not None and parameter.default not in choices:
        raise UsageError(f"The default of {name}, {parameter.default}, is none of {' | '.join(map(str, choices))}.")
