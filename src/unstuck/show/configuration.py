"""What the user has set about the rules, in one line of the answer."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from unstuck.core.words import count, number

if TYPE_CHECKING:
    from unstuck.core.configuration import Configuration


def configuration_in_words(configuration: Configuration) -> str:
    """``configuration (pyproject.toml): 2 rules left out, OPT101.usual = 0.02``; nothing where nothing is changed."""
    if not configuration.changes:
        return ""
    said = []
    if configuration.left_out:
        said.append(f"{count(len(configuration.left_out), 'rule')} left out")
    said += [
        f"{rule}.{name} = {number(value)}"
        for rule, values in configuration.thresholds.items() for name, value in values.items()
    ]  # fmt: skip
    if configuration.plugins:
        said.append(f"plug-ins {', '.join(configuration.plugins)}")
    where = f" ({PurePath(configuration.file).name})" if configuration.file else ""
    return f"configuration{where}: {', '.join(said)}"
