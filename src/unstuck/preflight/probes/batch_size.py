"""Batch sizes: throughput, gradient noise, memory."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from statistics import median

import torch

from unstuck.core.outcome import TooLittle
from unstuck.preflight.allowance import Allowance
from unstuck.preflight.batch import Batch
from unstuck.preflight.context import Context, backward
from unstuck.preflight.memory import available, saved_bytes
from unstuck.preflight.state import Tensor
from unstuck.record.events.probe.base import ProbeEvent
from unstuck.record.events.probe.rates import BatchSizes, SizeTrial

TITLE = "batch size"
MEASURES: tuple[type[ProbeEvent], ...] = (BatchSizes,)
SHARE = 0.1
SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
SIZES_SHARE = 0.6
"""of its time, for the sizes; the rest is for gradients"""
REPEATS = 3
FEWEST_GRADIENTS, GRADIENTS = 3, 8
"""batches whose gradients are compared"""
BEARABLE = 2.0
"""times the fastest epoch"""
USABLE = 0.8
"""share of the memory that training may take"""


def probe(context: Context) -> Iterator[ProbeEvent]:
    """Time forward and backward at several sizes, and compare gradients of batches."""
    own = context.batch.size
    if not own:
        raise TooLittle("a batch with one row for each example")
    noise = noise_scale(_gradients(context, (1 - SIZES_SHARE) * context.seconds), own)
    trials = _trials(context, own)
    memory = available()
    each = saved_bytes(context, context.batch) / own
    fixed = 4 * sum(p.numel() * p.element_size() for network in context.networks for p in network.parameters())
    largest = None if memory is None or not each else max(0, int((USABLE * memory - fixed) / each))
    fastest = min((trial.seconds / trial.size for trial in trials), default=None)
    bearable = [trial.size for trial in trials if fastest and trial.seconds / trial.size <= BEARABLE * fastest]
    yield BatchSizes(
        own=own, trials=tuple(trials), noise_scale=noise, smallest=min(bearable, default=None), largest=largest,
        memory_bytes=memory,
    )


def noise_scale(gradients: Sequence[Tensor], size: int) -> float | None:
    """Trace of the covariance of single examples' gradients over the squared norm of their mean, unbiased.

    From the squared norm of batches' gradients and of their mean (McCandlish and others, 2018, appendix A).
    """
    found = [one for one in gradients if bool(torch.isfinite(one).all())]
    number = len(found)
    if number < 3:
        return None
    stacked = torch.stack(found)
    small = float(stacked.double().square().sum(1).mean())
    large = float(stacked.double().mean(0).square().sum())
    squared = (number * large - small) / (number - 1)
    trace = (small - large) / (1 / size - 1 / (number * size))
    if squared <= 0 or trace <= 0:
        return None  # the mean is lost in the noise, or there is none
    return trace / squared


def _trials(context: Context, own: int) -> list[SizeTrial]:
    """Seconds of each size, as far as there is time: a size takes about twice as long as half of it."""
    allowed = Allowance(SIZES_SHARE * context.seconds)
    pool = _pool(context.batches)
    trials: list[SizeTrial] = []
    for size in sorted({*SIZES, own}):
        last = trials[-1] if trials else None
        expected = 0.0 if last is None else last.seconds * size / last.size
        if size > pool.size or allowed.spent + expected > allowed.seconds:
            break
        seconds = _seconds(context, pool.rows(range(size)), allowed)
        if seconds is not None:
            trials.append(SizeTrial(size=size, seconds=seconds))
    return trials


def _gradients(context: Context, seconds: float) -> list[Tensor]:
    """Of batches that train the same parameters as the first one; others are steps of another network."""
    allowed = Allowance(seconds)
    found: list[tuple[tuple[int, ...], Tensor]] = []
    for batch in context.batches[:GRADIENTS]:
        if len(found) >= FEWEST_GRADIENTS and allowed.over:
            break
        found.append(_gradient(context, batch))
    return [gradient for reached, gradient in found if reached == found[0][0]]


def _gradient(context: Context, batch: Batch) -> tuple[tuple[int, ...], Tensor]:
    """Which parameters it reaches, and their gradients."""
    context.zero_grad()
    with torch.enable_grad():
        loss = batch.loss()
        if loss.requires_grad:
            backward(loss)
    reached = [one for one in context.trained if one.grad is not None]
    return tuple(map(id, reached)), torch.cat([one.grad.flatten() for one in reached if one.grad is not None])


def _pool(batches: Sequence[Batch]) -> Batch:
    """All batches as one, where they fit together; else the first."""
    first = batches[0]
    axis = first.axis or 0
    alike = [one for one in batches if len(one.inputs) == len(first.inputs)]
    try:
        inputs = tuple(torch.cat(tensors, axis) for tensors in zip(*(one.inputs for one in alike), strict=True))
        targets = tuple(torch.cat(tensors) for tensors in zip(*(one.targets for one in alike), strict=True))
        pool = first.with_tensors(inputs, targets)
        with torch.no_grad():
            pool.rows(range(first.size)).loss()
    except Exception:
        return first
    return pool


def _seconds(context: Context, batch: Batch, allowed: Allowance) -> float | None:
    """Median time of a forward and backward; None where this size does not run."""
    seconds: list[float] = []
    for _ in range(REPEATS):
        if seconds and allowed.over:
            break
        began = time.perf_counter()
        try:
            context.step(batch)
        except Exception:
            return None
        seconds.append(time.perf_counter() - began)
    return median(seconds)
