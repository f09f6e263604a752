"""What a source consists of: one split, or several by their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from unstuck.analysis.data.measure import Progress
from unstuck.audit.settings import AuditSettings
from unstuck.audit.sources.draft import Draft

Opener = Callable[[int, Draft | None], Draft]
"""reads a split, given its id and the training split (None if it is the training split itself)"""
Parts = Mapping[str, Opener]
"""by the name of the split; "" where the source is a single one"""

TRAIN = ("train", "training", "trn")
VAL = ("val", "valid", "validation", "dev")
TEST = ("test", "testing", "tst", "eval")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What every source is read with."""

    settings: AuditSettings
    progress: Progress


def split_name(folder: str) -> str | None:
    """The split that a folder or key is called after: ``train``, ``val`` or ``test``."""
    name = folder.lower()
    for split, names in (("train", TRAIN), ("val", VAL), ("test", TEST)):
        if name in names:
            return split
    return None
