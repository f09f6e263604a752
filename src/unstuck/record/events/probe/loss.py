"""The loss before training, and how far a few examples can be fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from unstuck.record.events.base import Number
from unstuck.record.events.probe.base import ProbeEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class InitialLoss(ProbeEvent):
    """Loss at initialisation."""

    kind: ClassVar[str] = "initial_loss"
    since: ClassVar[int] = 2
    loss: float
    """mean over the batches"""
    losses: tuple[float, ...] = ()
    """of each batch"""
    function: str = ""
    """canonical name of the only loss function that was called; "" where there is none or several"""
    expected: Number = None
    """of a network that knows nothing: equal probabilities, or outputs at zero"""
    baseline: Number = None
    """of the best constant prediction on these batches"""
    shrunk: Number = None
    """loss of the first batch with all weights at a hundredth: a scale that is built in is left"""
    classes: int | None = None
    examples: int = 0
    """targets seen"""
    output_mean: Number = None
    output_spread: Number = None
    target_mean: Number = None
    target_spread: Number = None
    frequency: Number = None
    """of the most frequent class; of ones, where the target is yes or no"""
    pull: Number = None
    """share of the last bias's gradient in that of the last layer, root mean square"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """One short training on a few examples."""

    name: str
    """``own``: the optimiser as it is; else what it was trained with"""
    rate: Number = None
    losses: tuple[float, ...] = ()
    last: float = 0.0
    """the lowest mean of five losses in a row"""
    fell: Number = None
    """share of the baseline loss (of the first loss, without a baseline) that it removed"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overfit(ProbeEvent):
    """A training on one small batch."""

    kind: ClassVar[str] = "overfit"
    since: ClassVar[int] = 2
    examples: int
    steps: int
    function: str = ""
    baseline: Number = None
    """loss of the best constant prediction on this batch"""
    floor: Number = None
    """the least that the loss can be; None where that is not known"""
    fits: tuple[Fit, ...] = ()
    """the best first"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIns(ProbeEvent):
    """Trainings on zeros, random inputs and random labels in place of the data."""

    kind: ClassVar[str] = "stand_ins"
    since: ClassVar[int] = 2
    steps: int
    examples: int
    baseline: Number = None
    fits: tuple[Fit, ...] = ()
    """``data``, ``zeros``, ``random inputs``, ``random labels``"""
    output_spread: Number = None
    """spread of the outputs over the examples / their root mean square, before training"""
    input_spread: Number = None
    """the same of the inputs"""
