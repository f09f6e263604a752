"""Log, root, quotient and exponential kept away from where they or their slopes are not finite."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    import torch

    from unstuck.core.finding import Finding
    from unstuck.experiment.interventions.building_blocks.stage import Stage

HIGHEST = 80.0
"""e to this is finite in float32"""


@dataclass(frozen=True)
class UseStableForm(Intervention):
    """A floor under what is differentiated, where it is needed; log of softmax and of sigmoid in one function.

    The floor stands where the script would put it by hand: ``log(p.clamp_min(floor))``.
    """

    name: ClassVar[str] = "use-stable-form"
    remedies: ClassVar[tuple[str, ...]] = ("use-stable-form",)
    changes: ClassVar[str] = "a floor under logs, roots and denominators, a ceiling over exponents"

    floor: float = 1e-6

    @classmethod
    def carrying_out(cls, remedy: str, finding: Finding | None = None) -> Iterator[Self]:
        """A floor for rounding, and one for spreads that a network gives."""
        if remedy in cls.remedies:
            yield from (cls(1e-6), cls(0.1))

    def install(self, stage: Stage) -> None:
        """Replace the operations, as functions and as methods."""
        import torch

        forms = _Forms(stage, self.floor)
        for name in ("log", "log2", "log10", "sqrt", "rsqrt", "reciprocal", "exp"):
            for owner in (torch, torch.Tensor):
                stage.replace(owner, name, getattr(forms, name, forms.floored))
        for owner in (torch, torch.Tensor):
            for name in ("div", "true_divide", "divide"):
                stage.replace(owner, name, forms.quotient)
            for name in ("softmax", "sigmoid"):
                stage.replace(owner, name, forms.made)
            for name in ("acos", "asin", "arccos", "arcsin", "atanh"):
                stage.replace(owner, name, forms.inside)
        stage.replace(torch.nn.functional, "softmax", forms.made)
        stage.replace(torch.Tensor, "__truediv__", forms.quotient)
        stage.replace(torch.Tensor, "__rtruediv__", forms.inverse)
        for owner, name in ((torch, "pow"), (torch.Tensor, "pow"), (torch.Tensor, "__pow__")):
            stage.replace(owner, name, forms.power)


class _Forms:
    """The operations as they are replaced; only what is differentiated is looked at."""

    def __init__(self, stage: Stage, floor: float) -> None:
        self.stage = stage
        self.floor = floor
        self.sources: dict[int, tuple[Any, Callable[[], torch.Tensor]]] = {}
        """the log of what softmax and sigmoid have made last"""

    def differentiated(self, value: Any) -> bool:
        """Whether its slope matters."""
        import torch

        return (
            isinstance(value, torch.Tensor) and value.is_floating_point() and value.requires_grad
            and torch.is_grad_enabled() and not self.stage.turn.ours
        )  # fmt: skip

    def raised(self, value: torch.Tensor) -> torch.Tensor:
        """Nothing below the floor."""
        if not bool((value < self.floor).any()):
            return value
        self.stage.applied(f"floor of {self.floor:g}")
        return value.clamp_min(self.floor)

    def away(self, value: torch.Tensor) -> torch.Tensor:
        """Nothing nearer to zero than the floor."""
        import torch

        small = value.abs() < self.floor
        if not bool(small.any()):
            return value
        self.stage.applied(f"floor of {self.floor:g} under a denominator")
        least = torch.full_like(value, self.floor).copysign(value.detach())
        return torch.where(small, least, value)

    def floored(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def changed(value: Any, *more: Any, **options: Any) -> Any:
            return original(self.raised(value) if self.differentiated(value) else value, *more, **options)

        return changed

    def log(self, original: Callable[..., Any]) -> Callable[..., Any]:
        floored = self.floored(original)

        def changed(value: Any, *more: Any, **options: Any) -> Any:
            made, logarithm = self.sources.get(id(value), (None, None))
            if made is not value or logarithm is None or not self.differentiated(value):
                return floored(value, *more, **options)
            self.stage.applied("log of softmax or sigmoid in one function")
            return logarithm()

        return changed

    def made(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Remember what softmax or sigmoid was made of."""
        import torch

        def changed(value: Any, *more: Any, **options: Any) -> Any:
            out = original(value, *more, **options)
            if self.differentiated(out) and "dtype" not in options:
                dim = options.get("dim", more[0] if more else None)
                if "Sigmoid" in str(out.grad_fn):
                    logarithm: Callable[[], torch.Tensor] = lambda: torch.nn.functional.logsigmoid(value)  # noqa: E731
                elif isinstance(dim, int):
                    logarithm = lambda: torch.nn.functional.log_softmax(value, dim)  # noqa: E731
                else:
                    return out
                if len(self.sources) > 16:
                    self.sources.clear()
                self.sources[id(out)] = (out, logarithm)
            return out

        return changed

    def exp(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def changed(value: Any, *more: Any, **options: Any) -> Any:
            if self.differentiated(value) and bool((value > HIGHEST).any()):
                self.stage.applied(f"exponent at most {HIGHEST:g}")
                value = value.clamp_max(HIGHEST)
            return original(value, *more, **options)

        return changed

    def reciprocal(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def changed(value: Any, *more: Any, **options: Any) -> Any:
            return original(self.away(value) if self.differentiated(value) else value, *more, **options)

        return changed

    def inverse(self, original: Callable[..., Any]) -> Callable[..., Any]:
        return self.reciprocal(original)

    def quotient(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def changed(value: Any, other: Any, *more: Any, **options: Any) -> Any:
            if self.differentiated(other):
                other = self.away(other)
            elif self.differentiated(value) and not isinstance(other, int | float):
                import torch

                if isinstance(other, torch.Tensor) and other.is_floating_point():
                    other = self.away(other)
            return original(value, other, *more, **options)

        return changed

    def inside(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def changed(value: Any, *more: Any, **options: Any) -> Any:
            highest = 1.0 - self.floor
            if self.differentiated(value) and bool((value.abs() > highest).any()):
                self.stage.applied(f"argument between −{highest:g} and {highest:g}")
                value = value.clamp(-highest, highest)
            return original(value, *more, **options)

        return changed

    def power(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def changed(value: Any, exponent: Any, *more: Any, **options: Any) -> Any:
            steep = isinstance(exponent, int | float) and exponent < 1 and exponent != 0
            if steep and self.differentiated(value):
                value = self.away(value) if float(exponent).is_integer() else self.raised(value)
            return original(value, exponent, *more, **options)

        return changed
