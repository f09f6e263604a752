"""Training examples come in a new random order every epoch."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    from unstuck.experiment.interventions.building_blocks.stage import Stage


@dataclass(frozen=True)
class Shuffle(Intervention):
    """A DataLoader that takes its data as it lies draws it at random, while gradients are on.

    Its random numbers are its own, so that the script's stay what they were; an evaluation under `no_grad` sees the
    data in its order. Where the script has no DataLoader, batches are mixed from the examples of those before them, if
    it is plain what belongs together.
    """

    name: ClassVar[str] = "shuffle"
    remedies: ClassVar[tuple[str, ...]] = ("shuffle",)
    changes: ClassVar[str] = "the order of the training examples"
    prompt: ClassVar[bool] = True

    by_hand: bool = True
    """whether batches that are cut by hand are mixed as well: they may be in random order already"""

    @classmethod
    def proposed(cls) -> Iterator[Self]:
        """Loaders alone; where every one shuffles it is not tested."""
        yield cls(by_hand=False)

    def install(self, stage: Stage) -> None:
        """Hand each DataLoader that has no sampler one that shuffles."""
        import torch
        from torch.utils.data import DataLoader, IterableDataset, RandomSampler

        from unstuck.experiment.interventions.building_blocks.example_pool import ExamplePool

        loaders: list[Any] = []
        if self.by_hand:
            ExamplePool(stage, wanted=lambda: not loaders)

        class Shuffled(RandomSampler):
            def __iter__(self) -> Iterator[int]:
                if not torch.is_grad_enabled():
                    return iter(range(len(self)))
                stage.applied("examples shuffled")
                return super().__iter__()

        Shuffled.__name__ = RandomSampler.__name__
        signature = inspect.signature(DataLoader.__init__)

        def shuffling(original: Callable[..., None]) -> Callable[..., None]:
            def __init__(loader: Any, *arguments: Any, **options: Any) -> None:  # noqa: N807
                loaders.append(None)
                bound = signature.bind(loader, *arguments, **options)
                given = bound.arguments
                dataset = given["dataset"]
                own = given.get("shuffle") or any(given.get(name) is not None for name in ("sampler", "batch_sampler"))
                if not own and given.get("batch_size", 1) and not isinstance(dataset, IterableDataset) and len(dataset):
                    generator = torch.Generator().manual_seed(torch.initial_seed())
                    bound.arguments |= {"sampler": Shuffled(dataset, generator=generator), "shuffle": False}
                original(*bound.args, **bound.kwargs)

            return __init__

        stage.replace(DataLoader, "__init__", shuffling)

    @property
    def title(self) -> str:
        """``shuffle``, or ``shuffle loaders``."""
        return self.name if self.by_hand else f"{self.name} loaders"
