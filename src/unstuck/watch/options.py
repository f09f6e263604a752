"""What can be asked of a watched run; it travels to the user's process as one line of JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields

BUDGET = 0.005
"""share of a run's time that close looks may cost, beyond a fixed start; with the hot path a long run pays 2 to 4 %"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchOptions:
    """How a run is watched."""

    budget: float = BUDGET
    """share of the run's time that watching may cost"""
    layers: bool = True
    """sample weights, outputs, gradients and updates of every layer"""
    keep_samples: bool = False
    """store some of the user's data in the record"""
    data: bool = True
    """follow the examples through the loop, and examine them at the end"""
    ledger: str | None = None
    """where they are handed over to be examined (`record.ledger.Ledger.handed_on`); None: they are not followed"""
    on_first_backward: bool = False
    """make the part only at the first backward: so in workers, of which most never train"""

    def to_text(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> WatchOptions:
        """Undo `to_text`; what this version does not know is left out."""
        known = {field.name for field in fields(cls)}
        given = json.loads(text) if text else {}
        return cls(**{name: value for name, value in given.items() if name in known})
