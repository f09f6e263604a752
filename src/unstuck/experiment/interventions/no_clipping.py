"""The script's own clipping of gradients does nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    from unstuck.experiment.interventions.building_blocks.stage import Stage

BY_NORM = ("clip_grad_norm_", "clip_grad_norm", "clip_grads_with_norm_")
BY_VALUE = ("clip_grad_value_",)


@dataclass(frozen=True)
class NoClipping(Intervention):
    """The functions of `torch.nn.utils` only measure; gradients that the script clamps by hand stay clamped."""

    name: ClassVar[str] = "no-clipping"
    remedies: ClassVar[tuple[str, ...]] = ("no-clipping", "raise-clipping-norm")
    changes: ClassVar[str] = "gradients keep their length"
    prompt: ClassVar[bool] = True

    @classmethod
    def proposed(cls) -> Iterator[Self]:
        """One setting; where the script clips nothing it is not tested."""
        yield cls()

    def install(self, stage: Stage) -> None:
        """Let the norm that is allowed be infinite."""
        from torch.nn import utils
        from torch.nn.utils import clip_grad

        def by_norm(original: Callable[..., Any]) -> Callable[..., Any]:
            def measure(parameters: Any, *more: Any, **options: Any) -> Any:
                stage.applied("gradients not clipped")
                options.pop("max_norm", None)
                return original(parameters, math.inf, *more[1:], **options)

            return measure

        def by_value(_: Callable[..., Any]) -> Callable[..., Any]:
            def nothing(*_: Any, **__: Any) -> None:
                stage.applied("gradients not clipped")

            return nothing

        for names, make in ((BY_NORM, by_norm), (BY_VALUE, by_value)):
            for name in names:
                for owner in (clip_grad, utils):
                    if hasattr(owner, name):
                        stage.replace(owner, name, make)
