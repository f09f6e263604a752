"""The option ``--set``: ``lr=1e-5..1e-1:log``, ``layers=1..4``, ``drop=0..0.5:step=0.1``, ``batch_size=16|32``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from unstuck.core.errors import UsageError
from unstuck.tune.space.parameter import Parameter, Value, is_learning_rate

NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
RANGE = re.compile(rf"({NUMBER})\.\.({NUMBER})((?::[\w=.+-]+)*)")
EXPECTED = "NAME=LOW..HIGH, NAME=LOW..HIGH:log, NAME=LOW..HIGH:step=STEP or NAME=A|B|C"


def parameters(texts: Sequence[str]) -> tuple[Parameter, ...]:
    """The space that the options describe.

    Raises:
        UsageError: one of them cannot be read, describes nothing that can be searched, or comes twice.
    """
    found = [parameter(text) for text in texts]
    names = [one.name for one in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UsageError(f"--set gives {twice} twice. Leave one out.")
    return tuple(found)


def parameter(text: str) -> Parameter:
    """One of them."""
    name, equals, values = text.partition("=")
    name, values = name.strip().lstrip("-"), values.strip()
    if not equals or not name or not values:
        raise UsageError(f"--set {text} cannot be read. Expected {EXPECTED}.")
    found = RANGE.fullmatch(values)
    if found:
        return _range(name, text, *found.groups())
    if ".." in values:
        raise UsageError(f"--set {text} cannot be read: both ends of a range are numbers. Expected {EXPECTED}.")
    choices = tuple(value(one.strip()) for one in values.split("|") if one.strip())
    if len(choices) == 1:
        more = " A range is written with two dots: LOW..HIGH." if re.search(r"[\d.]\s*[-:,]\s*[\d.]", values) else ""
        raise UsageError(
            f"--set {text} gives {name} one value, and there is nothing to search.{more} Expected {EXPECTED}. "
            "What is fixed is written after --, as the program itself takes it."
        )
    return Parameter(name=name, choices=choices)


def _range(name: str, text: str, low: str, high: str, flags: str) -> Parameter:
    log, step = False, None
    for flag in filter(None, flags.split(":")):
        word, _, given = flag.partition("=")
        if flag == "log":
            log = True
        elif word == "step" and re.fullmatch(NUMBER, given):
            step = given
        else:
            raise UsageError(f"--set {text} has the unknown ending :{flag}. Known are :log and :step=STEP.")
    whole = all(re.fullmatch(r"[+-]?\d+", one) for one in (low, high, *([step] if step else [])))
    # Of a rate or a share, 0 and 1 are the ends of all that lies between; who wants these two alone writes 0|1.
    whole = whole and not is_learning_rate(name) and not (int(low) == 0 and int(high) == 1)
    number = int if whole else float
    return Parameter(
        name=name, low=number(low), high=number(high), step=None if step is None else number(step), log=log, whole=whole
    )


def value(text: str) -> Value:
    """A choice as a number where it is one."""
    if re.fullmatch(r"[+-]?\d+", text):
        return int(text)
    return float(text) if re.fullmatch(NUMBER, text) else text
