"""How often each class is the target in the first batches."""

from __future__ import annotations

import torch

from unstuck.experiment.interventions.building_blocks.moments import BATCHES

Tensor = torch.Tensor


class Frequencies:
    """Counts of each class plus one (Laplace smoothing): a class that was not seen is rare, not impossible."""

    def __init__(self, classes: int) -> None:
        self.counts = torch.ones(classes, dtype=torch.float64)
        self.batches = 0

    def update(self, labels: Tensor, training: bool, ignored: int = -100) -> bool:
        """Look at the labels of a training call; whether any are known, and these are class numbers."""
        flat = labels.detach().reshape(-1).cpu()
        flat = flat[flat != ignored]
        if not flat.numel() or bool((flat != flat.round()).any()):
            return False
        if int(flat.min()) < 0 or int(flat.max()) >= len(self.counts):
            return False
        if training and self.batches < BATCHES:
            self.counts += torch.bincount(flat.long(), minlength=len(self.counts))
            self.batches += 1
        return self.batches > 0

    @property
    def shares(self) -> Tensor:
        """They sum to 1."""
        return self.counts / self.counts.sum()
