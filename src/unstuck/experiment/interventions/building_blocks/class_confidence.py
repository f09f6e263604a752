"""Of which classes a network is sure, as it learns: the thresholds of confident learning, batch after batch."""

from __future__ import annotations

import torch

Tensor = torch.Tensor
MEMORY = 0.95
"""of what was known, that a batch leaves: the network changes"""
FEWEST = 10
"""examples of a class, below which nothing is known of it"""


class Confidence:
    """The mean probability of each class on the examples that are labelled so."""

    def __init__(self, classes: int) -> None:
        self.sums = torch.zeros(classes, dtype=torch.float64)
        self.counts = torch.zeros(classes, dtype=torch.float64)
        self.seen = torch.zeros(classes, dtype=torch.float64)

    def doubts(self, probabilities: Tensor, labels: Tensor, counted: Tensor) -> Tensor:
        """Which examples have another class that the network is sure of; none of a class that is hardly known.

        Args:
            probabilities: (examples, classes), without gradient.
            labels: (examples,), class numbers.
            counted: (examples,), which of them have a label at all.

        Returns:
            (examples,), true where a label is suspect.
        """
        chosen = labels.masked_fill(~counted, 0)
        own = probabilities.gather(1, chosen[:, None])[:, 0]
        self._learn(own[counted].double().cpu(), labels[counted].cpu())
        thresholds = (self.sums / self.counts).masked_fill(self.seen < FEWEST, torch.inf).to(probabilities)
        sure = probabilities.masked_fill(probabilities < thresholds, 0.0)
        best = sure.max(1)
        return counted & (best.values > 0) & (best.indices != labels)

    def _learn(self, own: Tensor, labels: Tensor) -> None:
        self.sums = (MEMORY * self.sums).index_add(0, labels, own)
        self.counts = (MEMORY * self.counts).index_add(0, labels, torch.ones_like(own))
        self.seen = self.seen.index_add(0, labels, torch.ones_like(own))
