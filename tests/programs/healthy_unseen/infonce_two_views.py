"""InfoNCE between two modalities of the same hidden thing: (N, N) logits, a learned temperature, the diagonal as target."""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(202)
LATENT = 4
mix_a, mix_b = torch.randn(LATENT, 12) / 2, torch.randn(LATENT, 10) / 2


def pairs(n):
    z = torch.randn(n, LATENT)
    return torch.tanh(z @ mix_a) + 0.15 * torch.randn(n, 12), z @ mix_b + 0.15 * torch.randn(n, 10)


class Tower(nn.Module):
    def __init__(self, width_in, dim=8):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(width_in, 32), nn.GELU(), nn.Linear(32, dim))

    def forward(self, x):
        return F.normalize(self.net(x), dim=-1)


class Clip(nn.Module):
    def __init__(self):
        super().__init__()
        self.left, self.right = Tower(12), Tower(10)
        self.log_scale = nn.Parameter(torch.tensor(math.log(10.0)))

    def forward(self, a, b):
        logits = self.log_scale.exp().clamp(max=100) * self.left(a) @ self.right(b).T
        labels = torch.arange(len(a))
        return 0.5 * (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)), logits


model = Clip()
optimizer = torch.optim.AdamW(model.parameters(), lr=8e-3, weight_decay=1e-3)
STEPS = 600
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
train_a, train_b = pairs(8000)
test_a, test_b = pairs(64 * 10)
for step in range(STEPS):
    rows = torch.randint(0, len(train_a), (64,))
    loss, _ = model(train_a[rows], train_b[rows])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    scheduler.step()
    if (step + 1) % 100 == 0:
        with torch.no_grad():
            results = [model(a, b) for a, b in zip(test_a.split(64), test_b.split(64))]
            held_out = sum(r[0].item() for r in results) / len(results)
            top1 = sum((r[1].argmax(1) == torch.arange(64)).float().mean().item() for r in results) / len(results)
        print(f"step {step + 1} train {loss.item():.4f} held-out {held_out:.4f} top-1 of 64 {top1:.3f} "
              f"scale {model.log_scale.exp().item():.1f}")
