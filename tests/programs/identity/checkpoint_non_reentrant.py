"""Gradient checkpointing, not re-entrant, with dropout and batch norm inside what is recomputed."""
import torch
from _fingerprint import fingerprint, seed
from torch import nn
from torch.utils.checkpoint import checkpoint, checkpoint_sequential

seed(5)
stem = nn.Sequential(nn.Linear(8, 24), nn.ReLU())
body = nn.Sequential(*[nn.Sequential(nn.Linear(24, 24), nn.Tanh(), nn.Dropout(0.1)) for _ in range(4)])
head = nn.Sequential(nn.BatchNorm1d(24, momentum=0.05), nn.Linear(24, 1))
model = nn.ModuleDict({"stem": stem, "body": body, "head": head})
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
for step in range(100):
    x = torch.randn(32, 8)
    hidden = checkpoint_sequential(body, 2, stem(x), use_reentrant=False)
    loss = nn.functional.mse_loss(checkpoint(head, hidden, use_reentrant=False), x[:, :1].abs())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 25 == 24:
        print(step, loss.item())
fingerprint(model, optimizer)
