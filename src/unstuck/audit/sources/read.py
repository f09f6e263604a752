"""Read every split, so that classes, columns and types agree."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from unstuck.analysis.data.measure import Progress
from unstuck.audit.settings import AuditSettings
from unstuck.audit.sources.draft import Draft
from unstuck.audit.sources.finish import finish
from unstuck.audit.sources.loaded import Loaded
from unstuck.audit.sources.objects import EXPECTED, parts_of
from unstuck.audit.sources.optional import check_installed
from unstuck.audit.sources.parts import Asked, Opener, Parts
from unstuck.core.errors import UnstuckError, UsageError


def read(splits: Mapping[str, object], settings: AuditSettings, progress: Progress) -> tuple[Loaded, ...]:
    """All splits in their order.

    Args:
        splits: the name of each split and its source; a pair is (inputs, labels). A source of the training split may
            hold several splits.
        settings: of the audit.
        progress: is called while files are read.

    Raises:
        UsageError: a split cannot be read.
    """
    check_installed()
    if not splits:
        raise UsageError(f"There is nothing to audit: the data is None. Expected {EXPECTED}.")
    asked = Asked(settings=settings, progress=progress)
    openers: dict[str, Opener] = {}
    for name, source in splits.items():
        for part, opener in _of_split(name, parts_of(source, asked), str(_short(source))).items():
            if part in openers:
                raise UsageError(f"The {part} split is given twice: {_short(source)} holds it, too. Leave one out.")
            openers[part] = opener
    drafts: dict[str, Draft] = {}
    for number, (name, opener) in enumerate(openers.items()):
        drafts[name] = _opened(opener, number, next(iter(drafts.values()), None), splits, name)
    return finish(drafts, settings)


def _opened(opener: Opener, number: int, first: Draft | None, splits: Mapping[str, object], name: str) -> Draft:
    try:
        return opener(number, first)
    except (UnstuckError, KeyboardInterrupt):
        raise
    except MemoryError as error:
        raise UsageError(f"The {name} split does not fit into memory. Look at fewer rows with --rows.") from error
    except OSError as error:
        raise UsageError(f"{_short(splits.get(name, name))} cannot be read: {error}.") from error


def _of_split(name: str, parts: Parts, source: str) -> dict[str, Opener]:
    """The splits that are meant where a source was given for one of them."""
    if set(parts) == {""}:
        return {name: parts[""]}
    if name == "train":
        order = [part for part in ("train", "val", "test") if part in parts]
        return {part: parts[part] for part in (*order, *(other for other in parts if other not in order))}
    if name in parts:
        return {name: parts[name]}
    if len(parts) == 1:
        return {name: next(iter(parts.values()))}
    raise UsageError(f"{source} holds the splits {', '.join(parts)}. Expected one for {name}.")


def _short(source: object) -> str:
    if isinstance(source, (str, Path)):
        return str(source)
    return f"data of type {type(source).__name__}"
