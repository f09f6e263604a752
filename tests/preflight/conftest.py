"""What the tests of probes share: small networks on small data."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from unstuck.preflight.batch import PairBatch
from unstuck.preflight.context import Context


class Busy(nn.Module):
    """A network with everything that a probe could leave changed."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(6, 12), nn.BatchNorm1d(12), nn.ReLU(), nn.Dropout(0.3), nn.Linear(12, 3))
        self.frozen = nn.Linear(3, 3)
        self.frozen.requires_grad_(False)
        self.frozen.eval()
        self.register_buffer("seen", torch.zeros(()))
        self.register_buffer("passing", torch.ones(2), persistent=False)
        self.calls = 0
        self.history: list[float] = []
        self.memory = torch.zeros(3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        self.seen += 1
        out = self.layers(x) + self.frozen(torch.zeros(len(x), 3))
        self.history.append(float(out.detach().mean()))
        self.memory = 0.9 * self.memory + 0.1 * out.detach().mean(0)
        return out


def context_of(network: nn.Module, batches, loss=None, optimizer=None, **options) -> Context:
    loss = loss or nn.CrossEntropyLoss()
    optimizer = optimizer or torch.optim.Adam([p for p in network.parameters() if p.requires_grad], lr=1e-2)
    made = tuple(PairBatch.of(network, loss, x, y) for x, y in batches)
    return Context(networks=(network,), optimizers=(optimizer,), batches=made, seconds=0.3, **options)


@pytest.fixture
def busy() -> Context:
    torch.manual_seed(0)
    network = Busy()
    x, y = torch.randn(32, 6), torch.arange(32) % 3
    context = context_of(network, [(x[:16], y[:16]), (x[16:], y[16:]), (x[8:24], y[8:24])])
    for batch in context.batches:
        context.step(batch)  # so that the optimiser holds a state
    return context
