"""Weights move after every backward, in a loop that does not move them itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    import torch

    from unstuck.experiment.interventions.building_blocks.stage import Stage

PATIENCE = 8
"""backward calls in a row that move nothing before it is taken for a mistake: gradients may be gathered on purpose"""


@dataclass(frozen=True)
class UpdateWeights(Intervention):
    """Steps the optimiser where the script does not, calls backward where it does not, and moves raw tensors.

    It waits for `PATIENCE` calls that leave the weights as they were, so that it does nothing in a loop that works.
    """

    name: ClassVar[str] = "update-weights"
    remedies: ClassVar[tuple[str, ...]] = ("call-step", "zero-grad-first", "call-backward", "update-in-place")
    changes: ClassVar[str] = "weights that never move are moved"
    prompt: ClassVar[bool] = True

    rate: float = 0.01
    """of tensors without an optimiser"""

    def install(self, stage: Stage) -> None:
        """Watch what moves after each backward."""
        from unstuck.experiment.interventions.building_blocks.manual_updates import Watch, raw_tensors

        watch = Watch()
        forgotten = Forgotten(stage)
        reached: set[int] = set()

        def mark(optimizer: torch.optim.Optimizer) -> None:
            """Hear which optimisers a backward reaches: those of networks that are done with stay as they are."""
            number = id(optimizer)
            for group in optimizer.param_groups:
                for p in group["params"]:
                    if p.is_leaf and p.requires_grad:
                        p.register_post_accumulate_grad_hook(lambda _: reached.add(number))

        def move(loss: torch.Tensor) -> None:
            for optimizer in stage.optimizers:
                held = [p for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
                if held and id(optimizer) in reached and watch.still(id(optimizer), held) >= PATIENCE:
                    optimizer.step()
                    watch.remember(id(optimizer), held)
                    stage.applied("the optimiser stepped")
            reached.clear()
            by_hand([leaf for leaf in raw_tensors(stage, loss) if leaf.grad is not None])

        def by_hand(held: list[torch.Tensor]) -> None:
            if held and watch.still(0, held) >= PATIENCE:
                for leaf in held:
                    assert leaf.grad is not None
                    leaf -= self.rate * leaf.grad
                watch.remember(0, held)
                stage.applied("tensors moved against their gradients")

        stage.on_optimizer(mark)
        stage.after_backward(forgotten.recorded)
        stage.after_backward(move)
        stage.before_step(forgotten.call)

    @property
    def title(self) -> str:
        """Its name: the rate is for few."""
        return self.name


class Forgotten:
    """Calls backward on the last loss before a step that has nothing to go by, if the script never does."""

    def __init__(self, stage: Stage) -> None:
        from torch.nn import functional

        from unstuck.watch.torch.losses import FUNCTIONS

        self.stage = stage
        self.loss: torch.Tensor | None = None
        self.by_script = False
        self.steps = 0
        self.calling = False
        for name in FUNCTIONS:
            stage.replace(functional, name, self._remembering)

    def _remembering(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def loss(*arguments: Any, **options: Any) -> Any:
            result = original(*arguments, **options)
            if not self.by_script and getattr(result, "requires_grad", False) and result.numel() == 1:
                self.loss = result
            return result

        return loss

    def recorded(self, _: torch.Tensor) -> None:
        """A backward has been called."""
        self.by_script = self.by_script or not self.calling

    def call(self, optimizer: torch.optim.Optimizer) -> None:
        """Before a step: call backward if it was forgotten."""
        import torch

        if self.by_script:
            self.loss = None
            return
        held = [p for group in optimizer.param_groups for p in group["params"]]
        self.steps += all(p.grad is None or not bool(p.grad.any()) for p in held)
        if self.steps < PATIENCE or self.loss is None:
            return
        loss, self.loss, self.calling = self.loss, None, True
        with torch.enable_grad():
            loss.backward()  # type: ignore[no-untyped-call]
        self.calling = False
        self.stage.applied("backward called")
