"""A regression trained in other units of its targets, and reported in the old ones."""

from __future__ import annotations

import torch

from unstuck.experiment.interventions.building_blocks.loss_call import LossCall, reported_as
from unstuck.experiment.interventions.building_blocks.moments import Moments

Tensor = torch.Tensor
MAX_COLUMNS = 64
"""of targets, up to which each has its own units"""


def in_units(call: LossCall, center: Tensor, scale: Tensor) -> Tensor:
    """The loss of answers in new units: its gradient theirs, its value what the answers come to in the old units.

    So the branch's loss can be compared with that of its control and with the same baseline loss.
    """
    given, target = call.given, call.target
    center, scale = center.to(given), scale.to(given)
    told = call.changed(given=given * scale + center).recorded()
    return reported_as(told, call.changed(target=(target.to(given) - center) / scale).unrecorded())


def rows_of(target: Tensor) -> Tensor:
    """Targets for `Moments`: by columns where there are few, else all in one."""
    columns = target.dim() == 2 and 1 < target.shape[1] <= MAX_COLUMNS
    return target if columns else target.reshape(-1)


def update(moments: Moments, call: LossCall) -> bool:
    """Look at the targets of a training call; whether anything is known by now."""
    target = call.target
    if call.training and target.numel() > 1:
        moments.update(rows_of(target))
    return moments.count > 1 and bool((moments.spread > 0).all())
