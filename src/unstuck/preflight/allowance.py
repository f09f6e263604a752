"""Seconds that a probe may compute, on machines that are busy with other things as well."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

PATIENCE = 4.0
"""times its seconds, that it may take by the clock on the wall; so much slower is a thread among eight on two cores"""


def computed() -> float:
    """Seconds that this thread has computed; by the clock on the wall where a GPU does the work."""
    import torch

    return time.perf_counter() if torch.cuda.is_initialized() else time.thread_time()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Allowance:
    """Begins when it is made. A loaded machine makes it longer, so that as many steps are made as on a free one."""

    seconds: float
    wall: float = field(default_factory=time.perf_counter)
    work: float = field(default_factory=computed)

    @property
    def spent(self) -> float:
        """Seconds of it that are gone."""
        return max(computed() - self.work, (time.perf_counter() - self.wall) / PATIENCE)

    @property
    def over(self) -> bool:
        """Whether nothing of it is left."""
        return self.spent > self.seconds
