"""Learning rate, batch size, time and memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from unstuck.record.events.base import Number
from unstuck.record.events.probe.base import ProbeEvent

LEARNS = 0.2
"""share of the first loss, that a short training removes which learns"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateTrial:
    """A short training at one rate."""

    rate: float
    last: float
    """mean loss of the last quarter of its steps; infinite where it exploded"""
    steps: int = 0
    losses: tuple[float, ...] = ()
    held: tuple[float, ...] = ()
    """mean loss on batches that it did not train on, at even distances"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningRates(ProbeEvent):
    """Learning-rate range test."""

    kind: ClassVar[str] = "learning_rates"
    since: ClassVar[int] = 2
    optimizer: str = ""
    """its class"""
    function: str = ""
    """of torch, that the loss is one call of; "" where it is an expression of the script's, which may have no floor"""
    own: float
    """the largest rate of its groups"""
    groups: tuple[float, ...] = ()
    """the rates of its groups, which keep their proportions in the test"""
    rates: tuple[float, ...] = ()
    losses: tuple[float, ...] = ()
    """at each of them"""
    smooth: tuple[float, ...] = ()
    first: float = 0.0
    """loss before the test"""
    largest: Number = None
    """rate beyond which the loss explodes; None where it never did"""
    steepest: Number = None
    lowest: Number = None
    """rate at the lowest smoothed loss"""
    suggestion: Number = None
    how: str = ""
    """how it was chosen"""
    trials: tuple[RateTrial, ...] = ()
    """short trainings that confirmed it, by rate"""
    own_trial: Number = None
    """last loss of a short training at the own rate"""
    best_trial: Number = None
    """that of the suggestion"""
    adam_rate: Number = None
    """of the better of two short trainings with Adam, made where plain gradient descent learns at no rate"""
    adam_trial: Number = None
    """its last loss"""
    advice: str = ""
    """on a schedule"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeTrial:
    """Steps with one batch size."""

    size: int
    seconds: float
    """of a step"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSizes(ProbeEvent):
    """Batch sizes: time of a step, and gradient noise."""

    kind: ClassVar[str] = "batch_sizes"
    since: ClassVar[int] = 2
    own: int
    trials: tuple[SizeTrial, ...] = ()
    noise_scale: Number = None
    """trace of the covariance of single examples' gradients / squared norm of the mean gradient, in examples"""
    smallest: int | None = None
    """the smallest size at which an epoch takes at most twice as long as at the fastest"""
    largest: int | None = None
    """the largest that fits into memory, estimated"""
    memory_bytes: int | None = None
    """that there is"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochCost(ProbeEvent):
    """Time and memory of an epoch."""

    kind: ClassVar[str] = "epoch_cost"
    since: ClassVar[int] = 2
    step_seconds: float
    """of forward, backward and step, the median"""
    batch_seconds: Number = None
    """of reading one batch, the median"""
    steps: int | None = None
    """of an epoch"""
    epoch_seconds: Number = None
    epochs: int | None = None
    """of the run, where that is known"""
    run_seconds: Number = None
    memory_bytes: int | None = None
    """of parameters, gradients, optimiser and activations"""
