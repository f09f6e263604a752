"""The first training steps of objects, recorded as those of a run are, and undone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from unstuck.preflight.context import Context, backward
from unstuck.watch.options import WatchOptions

SAMPLED_SHARE = 0.5
"""of the time, for sampled steps: there are few steps, and each of them counts"""


def watch_first_steps(context: Context, part: Path, steps: int, model: Any) -> int:
    """Train some steps by a plain loop, with the recorder; the number of steps.

    Only what the recorder sees is kept. The state is that of before.
    """
    from unstuck.watch.torch.session import Session

    if not context.optimizers:
        return 0
    session = Session(part, WatchOptions(budget=SAMPLED_SHARE), known=(model, *context.optimizers))
    optimizers, batches, done = context.optimizers, context.batches[:steps], 0
    with context.kept():
        session.open()
        try:
            for batch in batches:
                for optimizer in optimizers:
                    optimizer.zero_grad()
                value = batch.loss()
                if not value.requires_grad or value.numel() != 1:
                    break
                backward(value)
                done += 1
                if any(isinstance(one, torch.optim.LBFGS) for one in optimizers):
                    break
                for optimizer in optimizers:
                    optimizer.step()
                if not bool(torch.isfinite(value.detach())):
                    break
        finally:
            session.close()
    return done
