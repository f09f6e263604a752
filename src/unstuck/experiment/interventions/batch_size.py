"""Batches of another size, where a DataLoader makes them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    from unstuck.core.finding import Finding
    from unstuck.experiment.interventions.building_blocks.stage import Stage

SMALLEST = 2
"""batch normalisation cannot train on one example"""


@dataclass(frozen=True)
class BatchSize(Intervention):
    """The size that the constructor is given is multiplied; batches that the script cuts by hand stay as they are."""

    name: ClassVar[str] = "batch-size"
    remedies: ClassVar[tuple[str, ...]] = ("smaller-batches", "larger-batches")
    changes: ClassVar[str] = "the number of examples in a batch"
    prompt: ClassVar[bool] = True

    factor: float = 0.5

    @classmethod
    def proposed(cls) -> Iterator[Self]:
        """Half and double say little about why nothing is learned: a quarter and four times."""
        yield from (cls(4.0), cls(0.25))

    @classmethod
    def carrying_out(cls, remedy: str, finding: Finding | None = None) -> Iterator[Self]:
        """Half, or double."""
        if remedy in cls.remedies:
            yield cls(0.5 if remedy == "smaller-batches" else 2.0)

    def install(self, stage: Stage) -> None:
        """Change what each DataLoader is made with."""
        from torch.utils.data import DataLoader

        signature = inspect.signature(DataLoader.__init__)

        def resized(original: Callable[..., None]) -> Callable[..., None]:
            def __init__(loader: Any, *arguments: Any, **options: Any) -> None:  # noqa: N807
                bound = signature.bind(loader, *arguments, **options)
                size = bound.arguments.get("batch_size", 1)
                new = self._size(size, bound.arguments)
                if new != size:
                    bound.arguments["batch_size"] = new
                    stage.applied(f"batches of {new} in the place of {size}")
                original(*bound.args, **bound.kwargs)

            return __init__

        stage.replace(DataLoader, "__init__", resized)

    def _size(self, size: Any, settings: dict[str, Any]) -> Any:
        """The new size; the old one where a sampler makes the batches, or one batch is the whole set."""
        if not isinstance(size, int) or size < SMALLEST or settings.get("batch_sampler") is not None:
            return size
        length = len(settings["dataset"]) if hasattr(settings["dataset"], "__len__") else None
        if length is not None and size >= length:
            return size
        new = max(SMALLEST, round(size * self.factor))
        return new if length is None else min(new, length)

    @property
    def title(self) -> str:
        """``batch-size × 0.5``."""
        return f"{self.name} × {self.factor:g}"
