"""VAE whose decoder has a learned noise level; the negative ELBO goes below zero because densities may exceed one."""
import math

import torch
import torch.nn as nn

torch.manual_seed(210)


def ring(n):
    angle = torch.rand(n) * 2 * math.pi
    points = torch.stack([angle.cos(), angle.sin(), 0.5 * (2 * angle).sin()], 1)
    return points * 1.3 + 0.1 * torch.randn(n, 3)


class VAE(nn.Module):
    def __init__(self, latent=2, hidden=32):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(3, hidden), nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU(), nn.Linear(hidden, 2 * latent))
        self.decoder = nn.Sequential(nn.Linear(latent, hidden), nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU(), nn.Linear(hidden, 3))
        self.log_sigma = nn.Parameter(torch.zeros(()))

    def loss(self, x):
        mean, log_var = self.encoder(x).chunk(2, dim=1)
        z = mean + (0.5 * log_var).exp() * torch.randn_like(mean)
        error = (self.decoder(z) - x) / self.log_sigma.exp()
        nll = (0.5 * error.pow(2) + self.log_sigma + 0.5 * math.log(2 * math.pi)).sum(1)
        kl = 0.5 * (mean.pow(2) + log_var.exp() - 1 - log_var).sum(1)
        return (nll + kl).mean()


train, test = ring(5000), ring(1000)
model = VAE()
optimizer = torch.optim.Adam(model.parameters(), lr=6e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 1400)
step = 0
while step < 1400:
    for rows in torch.randperm(5000).split(100):
        loss = model.loss(train[rows])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 20.0)
        optimizer.step()
        scheduler.step()
        step += 1
        if step % 200 == 0:
            with torch.no_grad():
                held_out = torch.stack([model.loss(test) for _ in range(5)]).mean().item()
            print(f"step {step} train {loss.item():.3f} held-out {held_out:.3f} sigma {model.log_sigma.exp().item():.3f}")
