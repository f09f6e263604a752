"""Seconds of computing: a busy machine must not make a plan shorter."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Clock:
    """Begins when it is made."""

    thread: float = field(default_factory=time.thread_time)
    process: float = field(default_factory=time.process_time)

    @property
    def spent(self) -> float:
        """What this would have taken on a free machine: of this thread, or of all threads side by side."""
        import torch

        together = (time.process_time() - self.process) / max(1, torch.get_num_threads())
        return max(time.thread_time() - self.thread, together)
