"""Another activation in the place of the hidden ReLU, sigmoid and tanh."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from unstuck.core.errors import UsageError
from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    from unstuck.core.finding import Finding
    from unstuck.experiment.interventions.building_blocks.network_structure import Part
    from unstuck.experiment.interventions.building_blocks.stage import Stage

KINDS = ("leaky-relu", "relu", "elu", "gelu", "selu", "tanh")
REPLACED = ("relu", "sigmoid", "tanh")
"""as functions, as methods, and in place with an underscore behind"""


@dataclass(frozen=True)
class HiddenActivation(Intervention):
    """From the second forward on; what ends a network, a gate, a softmax and a recurrent layer of torch stay."""

    name: ClassVar[str] = "hidden-activation"
    remedies: ClassVar[tuple[str, ...]] = ("leaky-relu", "selu")
    changes: ClassVar[str] = "the activations between layers"

    to: str = "leaky-relu"

    def __post_init__(self) -> None:
        if self.to not in KINDS:
            raise UsageError(f"There is no hidden activation {self.to}. There are: {', '.join(KINDS)}.")

    @classmethod
    def proposed(cls) -> Iterator[Self]:
        """One that has a slope everywhere."""
        yield cls()

    @classmethod
    def carrying_out(cls, remedy: str, finding: Finding | None = None) -> Iterator[Self]:
        """The activation that the remedy is called by."""
        if remedy in cls.remedies:
            yield cls(remedy)

    def install(self, stage: Stage) -> None:
        """Replace each activation once a backward call has shown that a layer comes behind it."""
        import torch
        from torch.nn import functional

        from unstuck.experiment.interventions.building_blocks.network_structure import NetworkStructure, Part

        function = getattr(functional, self.to.replace("-", "_"))
        structure = NetworkStructure(stage)

        def instead(name: str) -> Callable[..., Any]:
            def change(
                part: Part, original: Callable[..., Any], arguments: tuple[Any, ...], options: dict[str, Any]
            ) -> Any:
                given = arguments[0] if arguments else options.get("input")
                if part is not Part.HIDDEN or not isinstance(given, torch.Tensor) or not given.is_floating_point():
                    return original(*arguments, **options)
                stage.applied(f"{self.to} in the place of a hidden {name.strip('_')}")
                in_place = name.endswith("_") or options.get("inplace") or True in arguments[1:2]
                return given.copy_(function(given.clone())) if in_place else function(given)

            return change

        for name in (name + tail for name in REPLACED for tail in ("", "_") if name != self.to):
            for owner in (functional, torch, torch.Tensor):
                structure.at(owner, name, instead(name))
