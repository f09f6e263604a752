"""The names of all probes; they are found in their folder, without loading torch."""

from __future__ import annotations

import ast
import pkgutil
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from unstuck.core.errors import UsageError
from unstuck.preflight import probes

if TYPE_CHECKING:
    from unstuck.preflight.settings import PreflightSettings


@cache
def probe_names() -> tuple[str, ...]:
    """In the order of the alphabet."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(probes.__path__)))


def purpose(name: str) -> str:
    """The first line of its file, read and not run."""
    text = Path(probes.__path__[0], f"{name}.py").read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(text)) or "").splitlines()[0]


def check_names(settings: PreflightSettings) -> None:
    """Refuse probes that there are not.

    Raises:
        UsageError: with those that there are.
    """
    known = probe_names()
    unknown = [name for name in (*settings.only, *settings.skip) if name not in known]
    if unknown:
        raise UsageError(f"There is no probe {unknown[0]!r}. Probes: {', '.join(known)}.")
    if not settings.budget > 0:
        raise UsageError(f"The budget must be a positive number of seconds. Got {settings.budget:g}.")
