"""The examples of a finding in words: how many, of what, and the first of them by name or position."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.core.subject import OF_ROWS
from unstuck.core.words import CONFIDENCE, CONFIDENCE_IN_DATA, clean, count, share

if TYPE_CHECKING:
    from unstuck.core.finding import Examples, Finding


def confidence_of(finding: Finding) -> str:
    """How sure it is, in words."""
    of_data = finding.subject.kind in OF_ROWS
    return (CONFIDENCE_IN_DATA if of_data else CONFIDENCE)[finding.confidence]


def how_many(finding: Finding, examples: Examples) -> str:
    """``12 rows (1.5 %)``; of a training ``12 examples of the training data (1.5 %)``."""
    total = int(examples.count)
    if finding.subject.kind in OF_ROWS:
        first, *rest = examples.of.split(" ")
        return f"{count(total, ' '.join([first.removesuffix('s'), *rest]), examples.of)} ({share(examples.share)})"
    return f"{count(total, 'example')} of {examples.of} ({share(examples.share)})"


def listed(examples: Examples, most: int) -> list[str]:
    """The first ones: the path or key where it is known, else the position."""
    names = examples.names or ("",) * len(examples.indices)
    pairs = zip(examples.indices[:most], names[:most], strict=False)
    return [clean(name) or str(int(index)) for index, name in pairs]
