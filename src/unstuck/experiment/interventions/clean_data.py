"""NaN and infinity in the data: the mean of their column in inputs, left out of the loss in targets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    import torch

    from unstuck.experiment.interventions.building_blocks.stage import Stage

LOSSES = ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy",
          "binary_cross_entropy_with_logits", "poisson_nll_loss", "cross_entropy")  # fmt: skip


@dataclass(frozen=True)
class CleanData(Intervention):
    """At the door of each network and of each loss function; what a script computes by hand is out of reach."""

    name: ClassVar[str] = "clean-data"
    remedies: ClassVar[tuple[str, ...]] = ("clean-data",)
    changes: ClassVar[str] = "NaN and infinity in inputs and targets"

    def install(self, stage: Stage) -> None:
        """Repair the arguments of networks and losses."""
        from torch.nn import functional

        from unstuck.experiment.interventions.building_blocks.network_structure import NetworkStructure

        means: dict[tuple[int, int], Means] = {}

        def repair(network: torch.nn.Module, arguments: tuple[Any, ...]) -> tuple[Any, ...] | None:
            repaired = list(arguments)
            for position, given in enumerate(arguments):
                if is_data(given):
                    mean = means.setdefault((id(network), position), Means())
                    repaired[position] = now = mean.repaired(given)
                    if now is not given:
                        stage.applied("NaN or infinity in an input replaced by the mean of its column")
            same = all(now is given for now, given in zip(repaired, arguments, strict=True))
            return None if same else tuple(repaired)

        def without(original: Callable[..., Any]) -> Callable[..., Any]:
            def loss(input: torch.Tensor, target: torch.Tensor, *more: Any, **options: Any) -> Any:  # noqa: A002
                weighted = options.get("weight") is not None and len(options["weight"]) == len(target)
                if not is_data(target) or not target.dim() or target.shape != input.shape or weighted:
                    return original(input, target, *more, **options)
                keep = target.isfinite().flatten(1).all(1) if target.dim() > 1 else target.isfinite()
                if keep.all():
                    return original(input, target, *more, **options)
                stage.applied("examples with NaN or infinity as target left out")
                return original(input[keep], target[keep], *more, **options)

            return loss

        NetworkStructure(stage).before_network.append(repair)
        for name in LOSSES:
            stage.replace(functional, name, without)


def is_data(value: Any) -> bool:
    """Whether it is a tensor of numbers that no network has made."""
    import torch

    return isinstance(value, torch.Tensor) and value.is_floating_point() and not value.requires_grad


@dataclass(slots=True)
class Means:
    """The mean of each column of one input, over all that was seen of it."""

    total: dict[tuple[int, ...], Any] = field(default_factory=dict)
    count: dict[tuple[int, ...], Any] = field(default_factory=dict)

    def repaired(self, given: torch.Tensor) -> torch.Tensor:
        """The same tensor, if all of it is finite."""
        import torch

        if not given.dim():
            return given
        with torch.no_grad():
            finite = given.isfinite()
            axes = [axis for axis in range(given.dim()) if axis != 1] if given.dim() > 2 else [0]
            plain = given.where(finite, torch.zeros_like(given))
            total, count = plain.sum(axes, keepdim=True), finite.sum(axes, keepdim=True)
            shape = tuple(total.shape)
            self.total[shape] = self.total.get(shape, 0) + total
            self.count[shape] = self.count.get(shape, 0) + count
            if finite.all():
                return given
            mean = self.total[shape] / self.count[shape].clamp_min(1)
            return given.where(finite, mean.to(given.dtype).expand_as(given))
