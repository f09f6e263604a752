"""Targets take the shape of the answers, where they would be broadcast against each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from unstuck.experiment.intervention import Intervention

if TYPE_CHECKING:
    from unstuck.experiment.loss_call import LossCall
    from unstuck.experiment.stage import Stage


@dataclass(frozen=True)
class SameShape(Intervention):
    """(N, 1) against (N,): as many numbers in another shape are the same numbers."""

    name: ClassVar[str] = "same-shape"
    remedies: ClassVar[tuple[str, ...]] = ("same-shape",)
    changes: ClassVar[str] = "targets take the shape of the answers"

    def install(self, stage: Stage) -> None:
        """Reshape the targets of the losses that broadcast, and of differences written by hand."""
        import torch

        from unstuck.experiment.loss_call import BINARY_LOSSES, NUMBER_LOSSES

        def reshape(call: LossCall) -> LossCall | None:
            given, target = call.given, call.target
            if call.function not in (*NUMBER_LOSSES, *BINARY_LOSSES) or given.shape == target.shape:
                return None
            if given.numel() != target.numel():
                return None
            if call.training:
                stage.applied(f"targets {tuple(target.shape)} → {tuple(given.shape)}")
            return call.changed(target=target.reshape(given.shape))

        def difference(original: Callable[..., Any]) -> Callable[..., Any]:
            def subtract(one: Any, other: Any, *more: Any, **options: Any) -> Any:
                if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor) and _crossed(one, other):
                    stage.applied("targets of a difference written by hand reshaped")
                    if one.requires_grad:
                        other = other.reshape(one.shape)
                    else:
                        one = one.reshape(other.shape)
                return original(one, other, *more, **options)

            return subtract

        stage.on_loss(reshape)
        for owner, name in ((torch.Tensor, "__sub__"), (torch.Tensor, "sub"), (torch, "sub")):
            stage.replace(owner, name, difference)


def _crossed(one: Any, other: Any) -> bool:
    """A column of answers against a row of constants, or the other way round."""
    if one.requires_grad == other.requires_grad or one.shape == other.shape or one.numel() != other.numel():
        return False
    number = one.numel()
    return number > 1 and {tuple(one.shape), tuple(other.shape)} in (
        {(number, 1), (number,)}, {(number, 1), (1, number)},
    )  # fmt: skip
