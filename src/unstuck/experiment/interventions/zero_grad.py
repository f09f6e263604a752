"""Gradients are cleared after every step, so that none is added to the next one's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    import torch

    from unstuck.experiment.interventions.building_blocks.stage import Stage


@dataclass(frozen=True)
class ZeroGrad(Intervention):
    """What `optimizer.zero_grad()` at the head of the loop does; accumulation over several backwards stays."""

    name: ClassVar[str] = "zero-grad"
    remedies: ClassVar[tuple[str, ...]] = ("zero-grad",)
    changes: ClassVar[str] = "gradients are cleared after every step"
    prompt: ClassVar[bool] = True

    @classmethod
    def proposed(cls) -> Iterator[Self]:
        """One setting."""
        yield cls()

    def install(self, stage: Stage) -> None:
        """Clear what is left of the gradients that an optimiser has stepped with, before the next backward."""
        from unstuck.experiment.interventions.building_blocks.manual_updates import Watch, raw_tensors

        watch = Watch()
        stepped: dict[int, torch.optim.Optimizer] = {}

        def remember(optimizer: torch.optim.Optimizer) -> None:
            stepped[id(optimizer)] = optimizer

        def clear(_: torch.Tensor) -> None:
            for optimizer in stepped.values():
                stale = any(p.grad is not None and bool(p.grad.any()) for group in optimizer.param_groups
                            for p in group["params"])  # fmt: skip
                optimizer.zero_grad()
                if stale:
                    stage.applied("gradients cleared before a backward")
            stepped.clear()

        def clear_raw(loss: torch.Tensor) -> None:
            """What was moved by hand since the last backward begins anew."""
            held, looked = raw_tensors(stage, loss), bool(watch.values)
            if watch.still(0, held) or not looked:
                return
            for leaf in held:
                if leaf.grad is not None and bool(leaf.grad.any()):
                    stage.applied("gradients cleared before a backward")
                leaf.grad = None

        stage.after_step(remember)
        stage.before_backward(clear)
        stage.before_backward(clear_raw)
