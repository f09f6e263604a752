"""The loss before training, against what a network that knows nothing would have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from unstuck.preflight.context import Context, mean
from unstuck.preflight.loss_function import LossCall
from unstuck.record.events.probe.base import ProbeEvent
from unstuck.record.events.probe.loss import InitialLoss

TITLE = "loss at initialisation"
MEASURES: tuple[type[ProbeEvent], ...] = (InitialLoss,)
SHARE = 0.0
SMALL = 0.01
"""times their size are the weights of the network that is compared"""


def probe(context: Context) -> Iterator[ProbeEvent]:
    """Forward passes over the batches, without a step."""
    losses, calls, names, outputs, targets = [], [], set(), [], []
    for look in context.looks:
        losses.append(look.loss)
        names.add(look.name)
        if look.call is not None:
            calls.append(look.call)
            outputs.append(look.call.given.double().flatten())
            targets.append(look.call.target.double().flatten())
        elif look.output is not None:
            outputs.append(look.output.double().flatten())
    known = calls if len(calls) == len(losses) else []
    output = torch.cat(outputs) if outputs else None
    target = torch.cat(targets) if known else None
    whole = _joined(known)
    yield InitialLoss(
        loss=mean(losses), losses=tuple(losses), function=names.pop() if len(names) == 1 and known else "",
        expected=mean(call.expected for call in known) if known else None,
        shrunk=_shrunk(context), baseline=None if whole is None else whole.baseline,
        classes=known[0].classes if known else None,
        examples=0 if target is None else sum(batch.size for batch in context.batches[: len(losses)]),
        output_mean=_of(output, "mean"), output_spread=_of(output, "std"),
        target_mean=_of(target, "mean"), target_spread=_of(target, "std"), frequency=_frequency(known),
    )  # fmt: skip


def _shrunk(context: Context) -> float:
    """Weights that are too large become small; outputs that are normalised and multiplied stay as they are."""
    with context.kept(), torch.no_grad():
        for parameter in context.trained:
            parameter.detach().mul_(SMALL)
        return float(context.batch.loss().sum())


def _joined(calls: list[LossCall]) -> LossCall | None:
    """All batches as one, so that a constant is one for all."""
    if not calls or calls[0].options.get("reduction") == "sum":
        return None
    first = calls[0]
    alike = [call for call in calls if call.given.shape[1:] == first.given.shape[1:]]
    if len(alike) < len(calls) or any(call.target.shape[1:] != first.target.shape[1:] for call in calls):
        return None
    given = torch.cat([call.given for call in calls])
    target = torch.cat([call.target for call in calls])
    return LossCall(first.function, given, target, first.options)


def _of(values: torch.Tensor | None, what: str) -> float | None:
    if values is None or not values.numel():
        return None
    return float(values.mean() if what == "mean" else values.std(correction=0))


def _frequency(calls: list[LossCall]) -> float | None:
    found: list[Any] = [call.labels for call in calls]
    if not calls or any(one is None for one in found):
        return None
    labels = torch.cat(found)
    if not labels.numel():
        return None
    if calls[0].classes is None:
        return float(labels.double().mean())
    return float(torch.bincount(labels.clamp_min(0)).max() / labels.numel())
