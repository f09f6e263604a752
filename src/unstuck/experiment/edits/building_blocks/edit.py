"""What an edit is: the change of source that does what an intervention does, as a class in its own file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from unstuck.experiment.edits.building_blocks.script import Replacement, Script


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be changed, and where."""

    remedy: str
    lines: tuple[int, ...] = ()
    """of the finding: where what is at fault is made, and where it is used; none where no rule found it"""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """of the intervention that was tried"""
    setting_unknown: bool = False
    """it was tried in a setting that cannot be told any more"""
    code: str = ""
    """of the remedy, where nothing was tried"""


class Edit:
    """One kind of change. Better none than a doubtful one: it gives nothing where the source leaves a choice."""

    names: ClassVar[tuple[str, ...]]
    """of the interventions and remedies that it writes down"""

    def changes(self, script: Script, wanted: Wanted) -> Sequence[Replacement]:
        """What to replace; nothing where it cannot be done surely."""
        raise NotImplementedError
