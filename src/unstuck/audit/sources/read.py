"""Read every split, so that classes, columns and types agree."""

from __future__ import annotations

from collections.abc import Mapping

from unstuck.audit.measure import Progress
from unstuck.audit.settings import AuditSettings
from unstuck.audit.sources.arrays import from_arrays
from unstuck.audit.sources.loaded import Loaded
from unstuck.core.errors import UsageError


def read(splits: Mapping[str, object], settings: AuditSettings, progress: Progress) -> tuple[Loaded, ...]:
    """All splits in their order.

    Raises:
        UsageError: a split cannot be read.
    """
    loaded: list[Loaded] = []
    for number, (name, source) in enumerate(splits.items()):
        if not isinstance(source, tuple) or len(source) != 2:
            raise UsageError(f"Data of type {type(source).__name__} cannot be read.")
        loaded.append(from_arrays(number, name, source[0], source[1], settings, loaded[0] if loaded else None))
    return tuple(loaded)
