"""Which inputs are kept: of each example once, of some examples of a loader also as they come back."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

import torch

from unstuck.record.ledger import Phase
from unstuck.watch.torch.ledger.tensors import size_of_example

Tensor = torch.Tensor
INPUT_BYTES: Mapping[Phase, int] = {Phase.TRAINING: 30 << 20, Phase.EVALUATION: 16 << 20}
"""most that inputs of a phase may take"""
MOST_KNOWN = 200_000
"""examples that are remembered as kept"""
AGAIN, AGAIN_BYTES = 384, 3 << 20
"""examples of a loader whose input of the second epoch is kept as well, and most that these inputs take"""
LEAST_AGAIN = 64
"""fewer say nothing about a random transform"""


@dataclass(slots=True)
class KeptInputs:
    """Counts what is kept, and chooses."""

    known: dict[Hashable, set[int]] = field(default_factory=dict)
    """source → examples whose inputs are kept, by row or key"""
    again: dict[Hashable, int] = field(default_factory=dict)
    """source → examples whose inputs were kept a second time"""
    bytes: dict[Phase, int] = field(default_factory=lambda: dict.fromkeys(Phase, 0))
    passed: dict[Phase, int] = field(default_factory=lambda: dict.fromkeys(Phase, 0))
    """batches"""

    def chosen(
        self, source: Hashable, phase: Phase, inputs: Tensor, names: Tensor | None, *, again: bool = False
    ) -> tuple[Tensor | None, Tensor | None]:
        """Of a batch: positions in it (None for all) and inputs of the examples that are to be kept.

        Those that are not yet; of many only every so-many-th batch.

        Args:
            source: of the batch; with its phase where only keys are known: a copy in held-out data is an example, too.
            phase: what it was used for.
            inputs: (n, …).
            names: (n,) by which the examples are told apart.
            again: some are kept a second time, too: they show what a random transform leaves as it is.
        """
        self.passed[phase] += 1
        size = size_of_example(inputs)
        left = INPUT_BYTES[phase] - self.bytes[phase]
        used = self.bytes[phase] / INPUT_BYTES[phase]
        one_of = 1 if used < 0.5 else 2 if used < 0.75 else 4 if used < 0.9 else 16
        if not size or size * len(inputs) > left or self.passed[phase] % one_of or names is None:
            return None, None
        known = self.known.setdefault(source, set())
        if len(known) > MOST_KNOWN:
            return None, None
        told = names.tolist()
        fresh = [at for at, name in enumerate(told) if name not in known]
        if again and len(fresh) < len(told):
            fresh = sorted(fresh + self._again(source, size, [at for at, name in enumerate(told) if name in known]))
        if not fresh:
            return None, None
        known.update(told)
        self.bytes[phase] += size * len(fresh)
        if len(fresh) == len(told):
            return None, inputs
        kept = torch.tensor(fresh, dtype=torch.int64)
        return kept, inputs[kept]

    def _again(self, source: Hashable, size: int, known: list[int]) -> list[int]:
        """Of those examples of a batch whose inputs are kept, those that are kept a second time."""
        most = min(AGAIN, AGAIN_BYTES // size)
        if most < LEAST_AGAIN:
            return []
        some = known[: max(0, most - self.again.get(source, 0))]
        self.again[source] = self.again.get(source, 0) + len(some)
        return some
