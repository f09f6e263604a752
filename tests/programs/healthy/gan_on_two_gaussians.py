"""A GAN on a one-dimensional mixture: both losses hover near log 2 for good, and that is success."""
import torch
import torch.nn as nn

torch.manual_seed(8)
Z, BATCH, STEPS = 2, 64, 1200


def real_samples(n):
    side = torch.randint(0, 2, (n, 1)).float() * 2 - 1
    return side * 1.0 + 0.35 * torch.randn(n, 1)


G = nn.Sequential(nn.Linear(Z, 32), nn.LeakyReLU(0.2), nn.Linear(32, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1))
D = nn.Sequential(nn.Linear(1, 32), nn.LeakyReLU(0.2), nn.Linear(32, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1))
bce = nn.BCEWithLogitsLoss()
g_opt = torch.optim.Adam(G.parameters(), lr=3e-3, betas=(0.5, 0.99))
d_opt = torch.optim.Adam(D.parameters(), lr=3e-3, betas=(0.5, 0.99))
g_dec = torch.optim.lr_scheduler.LinearLR(g_opt, 1.0, 0.05, STEPS)
d_dec = torch.optim.lr_scheduler.LinearLR(d_opt, 1.0, 0.05, STEPS)
ones, zeros = torch.ones(BATCH, 1), torch.zeros(BATCH, 1)

for step in range(STEPS):
    real = real_samples(BATCH)
    fake = G(torch.randn(BATCH, Z))

    d_opt.zero_grad()
    d_loss = 0.5 * (bce(D(real), ones) + bce(D(fake.detach()), zeros))
    d_loss.backward()
    d_opt.step()

    g_opt.zero_grad()
    g_loss = bce(D(fake), ones)
    g_loss.backward()
    g_opt.step()
    g_dec.step()
    d_dec.step()
    if step % 300 == 299:
        print(f"{step + 1}: D {d_loss.item():.3f} G {g_loss.item():.3f}")

with torch.no_grad():
    sample, truth = G(torch.randn(4000, Z)), real_samples(4000)
    q = torch.linspace(0.02, 0.98, 49)
    distance = (torch.quantile(sample, q) - torch.quantile(truth, q)).abs().mean().item()
print(f"generated mean {sample.mean():.3f} std {sample.std():.3f}; real std {truth.std():.3f}; "
      f"distance between the distributions {distance:.3f}")
