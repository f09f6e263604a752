"""Dropout taken out, or made less."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    import torch

    from unstuck.core.finding import Finding
    from unstuck.experiment.interventions.building_blocks.network_structure import Part
    from unstuck.experiment.interventions.building_blocks.stage import Stage

FUNCTIONS = ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout")


@dataclass(frozen=True)
class NoDropout(Intervention):
    """Every probability times a factor; the masks are drawn all the same, so that what is drawn later is the same."""

    name: ClassVar[str] = "no-dropout"
    remedies: ClassVar[tuple[str, ...]] = ("remove-output-dropout", "no-dropout")
    changes: ClassVar[str] = "the probability of dropout"

    factor: float = 0.0
    where: str = "everywhere"
    """or ``output``: only where no layer comes behind"""

    @classmethod
    def proposed(cls) -> Iterator[Self]:
        """None at all."""
        yield cls()

    @classmethod
    def carrying_out(cls, remedy: str, finding: Finding | None = None) -> Iterator[Self]:
        """Everywhere, or on the output alone where a rule says so."""
        if remedy in cls.remedies:
            yield cls(0.0, "output" if remedy == "remove-output-dropout" else "everywhere")

    def install(self, stage: Stage) -> None:
        """Scale the probability wherever dropout is called."""
        import torch
        from torch.nn import functional

        from unstuck.experiment.interventions.building_blocks.network_structure import NetworkStructure, Part

        def change(
            part: Part, original: Callable[..., Any], arguments: tuple[Any, ...], options: dict[str, Any]
        ) -> Any:
            return less(original, *arguments, **options) if part is Part.OUTPUT else original(*arguments, **options)

        def less(
            original: Callable[..., Any], input: torch.Tensor, p: float = 0.5, training: bool = True,  # noqa: A002
            inplace: bool = False,
        ) -> Any:  # fmt: skip
            if not training or not p:
                return original(input, p, training, inplace)
            stage.applied(f"dropout of {p:g} made {p * self.factor:g}")
            if self.factor:
                return original(input, p * self.factor, training, inplace)
            with torch.no_grad():
                original(input.detach(), p, training, False)
            return input

        structure = NetworkStructure(stage) if self.where == "output" else None
        for name in FUNCTIONS:
            if structure is not None:
                structure.at(functional, name, change)
            else:
                stage.replace(functional, name, lambda original: lambda *a, **o: less(original, *a, **o))
        if structure is None:
            stage.on_network(lambda network, _: self._recurrent(stage, network))

    def _recurrent(self, stage: Stage, network: torch.nn.Module) -> None:
        import torch

        for layer in network.modules():
            if isinstance(layer, torch.nn.RNNBase) and layer.dropout:
                layer.dropout *= self.factor
                stage.applied("dropout between recurrent layers made less")
            elif isinstance(layer, torch.nn.MultiheadAttention) and layer.dropout:
                layer.dropout *= self.factor
                stage.applied("dropout of attention made less")

    @property
    def title(self) -> str:
        """``no-dropout``, ``dropout × 0.5``, ``no-dropout on the output``."""
        what = self.name if not self.factor else f"dropout × {self.factor:g}"
        return what if self.where == "everywhere" else f"{what} on the {self.where}"
