"""What every event of a check before training has, and what is said where a check could not be made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from unstuck.record.events.base import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeEvent(Event):
    """A fact about a network before it is trained.

    The first line of a subclass's docstring says what a rule lacks without it.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class NotProbed(ProbeEvent):
    """Something that could not be measured, and why."""

    kind: ClassVar[str] = "not_probed"
    since: ClassVar[int] = 2
    what: str
    """kind of the event"""
    why: str
    broke: bool = False
    """a probe raised: a defect of unstuck"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeRun(ProbeEvent):
    """A probe that was made."""

    kind: ClassVar[str] = "probe_run"
    since: ClassVar[int] = 2
    name: str
    title: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed(ProbeEvent):
    """What the probes were made on."""

    kind: ClassVar[str] = "probed"
    since: ClassVar[int] = 2
    network: str
    """class of the network"""
    optimizers: tuple[str, ...] = ()
    """classes of the optimisers"""
    rates: tuple[float, ...] = ()
    """learning rate of each parameter group"""
    batches: int = 0
    """training batches that were kept"""
    held_out: int = 0
    """held-out batches that were kept"""
    examples: int = 0
    """in the first batch"""
    device: str = "cpu"
    steps: int = 0
    """training steps that were watched"""
    notes: tuple[str, ...] = ()
    """what is to be known of how it was probed"""
