"""Batches that follow each other: not the same, shuffled, of all classes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import torch

from unstuck.core.outcome import TooLittle
from unstuck.core.vocabulary import RANDOM_SAMPLERS, SEQUENTIAL_SAMPLER
from unstuck.preflight.batch import tensors_in
from unstuck.preflight.context import Context
from unstuck.record.events.probe.base import ProbeEvent
from unstuck.record.events.probe.behaviour import BatchFacts

TITLE = "batches that follow each other"
MEASURES: tuple[type[ProbeEvent], ...] = (BatchFacts,)
SHARE = 0.0
MOST_CLASSES = 1000


def probe(context: Context) -> Iterator[ProbeEvent]:
    """The batches that were kept, and the beginning of another pass."""
    batches = context.batches
    if len(batches) < 2 and context.steps_per_epoch != 1:
        raise TooLittle("two training batches")
    first = batches[0]
    identical = all(
        len(one.inputs) == len(first.inputs)
        and all(a.shape == b.shape and torch.equal(a, b) for a, b in zip(one.inputs, first.inputs, strict=True))
        for one in batches[1:]
    )
    counts: list[torch.Tensor] = []
    classes: int | None = None
    looks = context.looks if not context.refused else ()
    for look in looks:
        call = look.call
        labels = call.labels if call is not None else None
        if labels is None or call is None or not labels.numel():
            break
        classes = max(classes or 0, (call.classes or int(labels.max()) + 1))
        counts.append(torch.bincount(labels.clamp_min(0)))
    complete = len(counts) == len(looks) and classes is not None and classes <= MOST_CLASSES
    width = max((len(one) for one in counts), default=0)
    rows = [tuple(int(n) for n in torch.nn.functional.pad(one, (0, width - len(one)))) for one in counts]
    same_order, shuffles = _second_pass(context)
    yield BatchFacts(
        batches=len(batches), examples=first.size, identical=identical and len(batches) > 1,
        whole=context.steps_per_epoch == 1, same_order=same_order, shuffles=shuffles,
        classes=tuple(rows) if complete else (),
        all_classes=int(sum(any(row[at] for row in rows) for at in range(width))) if complete else 0,
    )  # fmt: skip


def _second_pass(context: Context) -> tuple[bool | None, bool | None]:
    """Whether another pass begins with the same batch, and whether the sampler is one that draws."""
    loader = context.loader
    if not isinstance(loader, torch.utils.data.DataLoader):
        return None, None
    name = type(loader.sampler).__name__
    shuffles = True if name in RANDOM_SAMPLERS else False if name == SEQUENTIAL_SAMPLER else None
    if loader.num_workers or context.steps_per_epoch == 1:
        return None, shuffles
    generator = loader.generator
    state = None if generator is None else generator.get_state()
    passes = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        passes.append([tensors_in(batch) for batch in islice(loader, 1)])
    if generator is not None and state is not None:
        generator.set_state(state)
    one, other = ([tensor for batch in found for tensor in batch] for found in passes)
    same = len(one) == len(other) and all(
        a.shape == b.shape and torch.equal(a, b) for a, b in zip(one, other, strict=True)
    )
    return same, shuffles
