"""What the user has set about the rules; it stands with the answer, because it changes what is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """The configuration of one diagnosis. Words are codes, names or families of rules, as the user wrote them."""

    file: str = ""
    """where it stands; "" where there is none"""
    select: tuple[str, ...] | None = None
    """None: every rule"""
    ignore: tuple[str, ...] = ()
    thresholds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """rule → threshold → value"""
    plugins: tuple[str, ...] = ()
    """modules and entry points with further rules"""
    left_out: tuple[str, ...] = ()
    """codes of the rules that do not judge"""

    @property
    def changes(self) -> bool:
        """Whether the answer may differ from that without it."""
        return bool(self.left_out or self.thresholds or self.plugins)
