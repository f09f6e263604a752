"""Gradients are clipped before every step, by their total norm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    import torch

    from unstuck.experiment.interventions.building_blocks.stage import Stage


@dataclass(frozen=True)
class ClipGradients(Intervention):
    """What `clip_grad_norm_` before `optimizer.step()` does; a gradient scaler has unscaled them by then."""

    name: ClassVar[str] = "clip-gradients"
    remedies: ClassVar[tuple[str, ...]] = ("clip-gradients",)
    changes: ClassVar[str] = "the length of long gradients"

    norm: float = 1.0

    @classmethod
    def proposed(cls) -> Iterator[Self]:
        """The usual norm (Pascanu, Mikolov and Bengio 2013)."""
        yield cls()

    def install(self, stage: Stage) -> None:
        """Shorten what is longer than the norm, over all parameters of an optimiser."""
        import torch

        from unstuck.experiment.interventions.building_blocks.manual_updates import raw_tensors

        def clip(optimizer: torch.optim.Optimizer) -> None:
            shorten([p for group in optimizer.param_groups for p in group["params"]])

        def clip_raw(loss: torch.Tensor) -> None:
            shorten(raw_tensors(stage, loss))

        def shorten(tensors: Sequence[torch.Tensor]) -> None:
            gradients = [one.grad for one in tensors if one.grad is not None and not one.grad.is_sparse]
            if not gradients:
                return
            device = gradients[0].device
            norms = [torch.linalg.vector_norm(gradient.float()).to(device) for gradient in gradients]
            total = float(torch.linalg.vector_norm(torch.stack(norms)))
            if total > self.norm:
                for gradient in gradients:
                    gradient.mul_(self.norm / total)
                stage.applied(f"gradients clipped to a norm of {self.norm:g}")

        stage.before_step(clip)
        stage.after_backward(clip_raw)

    @property
    def title(self) -> str:
        """``clip-gradients to norm 1``."""
        return f"{self.name} to norm {self.norm:g}"
