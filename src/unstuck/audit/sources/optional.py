"""Packages that come with the extra ``unstuck[audit]``."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from unstuck.core.errors import UsageError

INSTALL = "Install it with: pip install 'unstuck[audit]'"


def need(package: str, what: str) -> Any:
    """A module.

    Args:
        package: its name.
        what: is read by it, for the message.

    Raises:
        UsageError: it is not installed.
    """
    try:
        return import_module(package)
    except ImportError as error:
        raise UsageError(f"{what} needs {package.split('.')[0]}, which is not installed. {INSTALL}") from error


def check_installed() -> None:
    """Refuse to begin an audit whose measurements cannot run.

    Raises:
        UsageError: scikit-learn or SciPy is not installed.
    """
    for package, name in (("sklearn", "scikit-learn"), ("scipy", "SciPy")):
        if find_spec(package) is None:
            raise UsageError(f"An audit needs {name}, which is not installed. {INSTALL}")
