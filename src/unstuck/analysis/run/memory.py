"""The resident memory of the process over the sampled steps, from a tenth of the run on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from unstuck.analysis.fact import fact
from unstuck.analysis.run.training import Training

Array = np.ndarray[Any, Any]
SETTLED = 0.1
"""share of the run after which everything has been set up"""


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes at steps, both (S,)."""

    step: Array
    bytes: Array

    @property
    def first(self) -> float:
        """Once the run has settled."""
        return float(self.bytes[0])

    @property
    def growth(self) -> float:
        """From then to the end."""
        return float(self.bytes[-1] - self.bytes[0])

    @property
    def first_half(self) -> float:
        """Share of the growth in the first half of that time."""
        middle = float(np.interp((self.step[0] + self.step[-1]) / 2, self.step, self.bytes))
        return (middle - self.first) / self.growth if self.growth else 0.0


@fact
def memory_of(training: Training) -> Memory | None:
    """None where it was not recorded."""
    known = [(one.step, one.memory) for one in training.sampled_steps if one.memory]
    if len(known) < 2:
        return None
    step, size = (np.array(column, dtype=np.float64) for column in zip(*known, strict=True))
    late = step - step[0] >= SETTLED * (step[-1] - step[0])
    return Memory(step[late], size[late])
