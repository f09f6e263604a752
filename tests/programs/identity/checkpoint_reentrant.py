"""Gradient checkpointing, re-entrant: backward within backward, with dropout inside what is recomputed."""
import torch
from _fingerprint import fingerprint, seed
from torch import nn
from torch.utils.checkpoint import checkpoint


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Dropout(0.1), nn.Linear(2 * width, width))

    def forward(self, x):
        return x + self.mlp(self.norm(x))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.inp = nn.Linear(8, 24)
        self.blocks = nn.ModuleList(Block(24) for _ in range(4))
        self.out = nn.Linear(24, 1)

    def forward(self, x):
        x = self.inp(x)
        for block in self.blocks:
            x = checkpoint(block, x, use_reentrant=True)
        return self.out(x)


seed(4)
model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
for step in range(100):
    x = torch.randn(32, 8)
    loss = nn.functional.mse_loss(model(x), x[:, :1] * x[:, 1:2])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 25 == 24:
        print(step, loss.item())
fingerprint(model, optimizer)
