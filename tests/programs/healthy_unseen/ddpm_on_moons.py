"""Denoising diffusion in the plane: the loss falls quickly to a high floor and stays there, yet it has learnt."""
import math

import torch
import torch.nn as nn
from sklearn.datasets import make_moons

torch.manual_seed(211)
points, _ = make_moons(4000, noise=0.06, random_state=211)
points = torch.tensor(points, dtype=torch.float32)
points = (points - points.mean(0)) / points.std(0)
train, test = points[:3200], points[3200:]

T = 40
beta = torch.linspace(1e-3, 0.2, T)
alpha_bar = torch.cumprod(1 - beta, 0)


class Denoiser(nn.Module):
    def __init__(self, hidden=64):
        super().__init__()
        self.inp = nn.Linear(2 + 8, hidden)
        self.mid = nn.Linear(hidden, hidden)
        self.out = nn.Linear(hidden, 2)
        self.register_buffer("freq", 2.0 ** torch.arange(4) * math.pi / 2)

    def forward(self, x, t):
        phase = (t.float() / T)[:, None] * self.freq
        h = torch.cat([x, phase.sin(), phase.cos()], 1)
        h = nn.functional.silu(self.inp(h))
        h = h + nn.functional.silu(self.mid(h))
        return self.out(h)


def diffusion_loss(model, x0):
    t = torch.randint(0, T, (len(x0),))
    noise = torch.randn_like(x0)
    a = alpha_bar[t][:, None]
    return (model(a.sqrt() * x0 + (1 - a).sqrt() * noise, t) - noise).pow(2).mean()


@torch.no_grad()
def sample(model, n):
    x = torch.randn(n, 2)
    for t in reversed(range(T)):
        eps = model(x, torch.full((n,), t))
        x = (x - beta[t] / (1 - alpha_bar[t]).sqrt() * eps) / (1 - beta[t]).sqrt()
        if t:
            x = x + beta[t].sqrt() * torch.randn_like(x)
    return x


model = Denoiser()
ema = torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.99))
optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
STEPS = 1200
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
for step in range(1, STEPS + 1):
    loss = diffusion_loss(model, train[torch.randint(0, len(train), (200,))])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    scheduler.step()
    ema.update_parameters(model)
    if step % 200 == 0:
        with torch.no_grad():
            held_out = torch.stack([diffusion_loss(ema, test) for _ in range(25)]).mean().item()
        print(f"step {step} train {loss.item():.4f} held-out {held_out:.4f}")
made = sample(ema, 600)
print("mean distance of a sample to its nearest real point:", round(torch.cdist(made, test).amin(1).mean().item(), 3))
