"""Every batch looked at once before training, for all probes: its loss, and what its loss function was given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from unstuck.preflight.allowance import Allowance
from unstuck.preflight.batch import Batch, first_output
from unstuck.preflight.loss_function import LossCall, spied

SHARE = 0.1
"""of the budget, that all looks may take"""
FEWEST = 8
"""batches that are looked at, whatever they take: of so many some can be kept apart"""
MOST_ELEMENTS = 1 << 24
"""of outputs that are kept in memory"""


@dataclass(frozen=True, slots=True)
class Look:
    """What a batch gives before training."""

    loss: float
    name: str
    """of the only loss function that was called; "" where there is none or several"""
    call: LossCall | None
    output: torch.Tensor | None
    """where the loss is no call that is known"""


def look_at_all(batches: Sequence[Batch], budget: float) -> tuple[Look, ...]:
    """The first batches in their order, as many as there is time and memory for."""
    looks: list[Look] = []
    elements = 0
    allowed = Allowance(SHARE * budget)
    for batch in batches:
        found = spied(batch)
        output = None if found.call is not None else first_output(found.output)
        given = found.call.given if found.call is not None else output
        elements += 0 if given is None else given.numel()
        looks.append(
            Look(float(found.loss.sum()), found.name, found.call, None if output is None else output.detach())
        )
        if elements > MOST_ELEMENTS or (len(looks) >= FEWEST and allowed.over):
            break
    return tuple(looks)
