"""What a build function asks for its hyper-parameters, in Keras Tuner's words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import NoReturn, Protocol, TypeVar

from unstuck.core.errors import UsageError
from unstuck.tune.space.parameter import Parameter, Value

T = TypeVar("T", float, int, str, bool, None)


class Source(Protocol):
    """Where values come from: a trial, a setting that is given, the defaults."""

    def __call__(self, parameter: Parameter) -> Value: ...


class HyperParameters:
    """``hp`` in ``def build(hp): …``; every value that was asked for is kept, in order.

    What is inside of ``with hp.conditional_scope(name, values)`` is searched only where the parameter ``name`` has one
    of these values; elsewhere it has its default.
    """

    def __init__(self, source: Source, *, asked: Callable[[Parameter], object] = lambda _: None) -> None:
        self._source = source
        self._asked = asked
        self._scopes: list[tuple[str, tuple[Value, ...]]] = []
        self.values: dict[str, Value] = {}
        """what was asked for, inactive ones left out"""
        self.space: dict[str, Parameter] = {}
        """what was asked for, as ranges and choices"""

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"hp has no {name}. It has {', '.join(one for one in vars(type(self)) if one[0] != '_')}")

    def Float(  # noqa: N802 - Keras Tuner's word, and so are those below
        self, name: str, min_value: float, max_value: float, step: float | None = None, sampling: str = "linear",
        default: float | None = None, parent_name: str | None = None, parent_values: object = None,
    ) -> float:  # fmt: skip
        """A number in a range; ``sampling="log"`` where its order of magnitude is what counts."""
        asked = Parameter(
            name=name, low=float(min_value), high=float(max_value), step=step, log=_log(name, sampling), default=default
        )
        return float(self._value(asked, parent_name, parent_values) or 0.0)

    def Int(  # noqa: N802
        self, name: str, min_value: int, max_value: int, step: int | None = None, sampling: str = "linear",
        default: int | None = None, parent_name: str | None = None, parent_values: object = None,
    ) -> int:  # fmt: skip
        """A whole number in a range."""
        asked = Parameter(
            name=name, low=min_value, high=max_value, step=step, log=_log(name, sampling), whole=True, default=default
        )
        return int(self._value(asked, parent_name, parent_values) or 0)

    def Choice(  # noqa: N802
        self, name: str, values: Sequence[T], ordered: bool | None = None, default: T | None = None,
        parent_name: str | None = None, parent_values: object = None,
    ) -> T:  # fmt: skip
        """One of several numbers, texts or truth values."""
        asked = Parameter(name=name, choices=tuple(values), default=default)
        return self._value(asked, parent_name, parent_values)  # type: ignore[return-value]

    def Boolean(  # noqa: N802
        self, name: str, default: bool = False, parent_name: str | None = None, parent_values: object = None
    ) -> bool:
        """True or false."""
        asked = Parameter(name=name, choices=(False, True), default=default)
        return bool(self._value(asked, parent_name, parent_values))

    def Fixed(self, name: str, value: T) -> T:  # noqa: N802
        """A value that is not searched and is shown with the others."""
        self.values[name] = value
        return value

    def ask(self, parameter: Parameter) -> Value:
        """A value of a parameter that is described already."""
        return self._value(parameter, None, None)

    def get(self, name: str) -> Value:
        """The value of one that was asked for before."""
        if name not in self.values:
            known = ", ".join(self.values) or "none"
            raise UsageError(f"hp.get({name!r}): it was not asked for before. Asked for were: {known}.")
        return self.values[name]

    @contextmanager
    def conditional_scope(self, parent_name: str, parent_values: object) -> Iterator[None]:
        """What is asked for inside is searched only where the parent has one of these values."""
        self._scopes.append(self._condition(parent_name, parent_values))
        try:
            yield
        finally:
            self._scopes.pop()

    def _condition(self, parent: str, values: object) -> tuple[str, tuple[Value, ...]]:
        if parent not in self.values and parent not in self.space:
            raise UsageError(f"The condition on {parent} comes before {parent} was asked for. Ask for it first.")
        return parent, tuple(values) if isinstance(values, list | tuple | set) else (values,)  # type: ignore[return-value]

    def _value(self, asked: Parameter, parent: str | None, parent_values: object) -> Value:
        conditions = [*self._scopes, *([] if parent is None else [self._condition(parent, parent_values)])]
        words = " and ".join(f"{name} = {' or '.join(map(str, values))}" for name, values in conditions)
        asked = _with_condition(asked, words)
        if any(self.values.get(name, _INACTIVE) not in values for name, values in conditions):
            return asked.middle
        known = self.space.get(asked.name)
        if known is not None:
            if known.distribution() != asked.distribution():
                raise UsageError(
                    f"{asked.name} is asked for twice with different ranges: {known} and {asked}. "
                    "Give one of them another name."
                )
            return self.values[asked.name]
        self.space[asked.name] = asked
        self._asked(asked)
        self.values[asked.name] = self._source(asked)
        return self.values[asked.name]


_INACTIVE = object()


def _with_condition(asked: Parameter, words: str) -> Parameter:
    return replace(asked, condition=words) if words else asked


def _log(name: str, sampling: str) -> bool:
    if sampling not in ("linear", "log"):
        raise UsageError(f"The sampling of {name} is {sampling!r}. Known are 'linear' and 'log'.")
    return sampling == "log"


def of_setting(setting: Mapping[str, Value]) -> Source:
    """Values that are given; what is not among them has its default."""

    def source(parameter: Parameter) -> Value:
        return setting.get(parameter.name, parameter.middle)

    return source
