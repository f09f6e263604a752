"""A one-dimensional GAN: noise in, numbers of a normal distribution out; nothing is read from anywhere."""
# steps: 900
# optimizer-steps: 600
# losses: 3
import torch
from torch import nn

torch.manual_seed(11)
G = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 1))
D = nn.Sequential(nn.Linear(1, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1))
bce = nn.BCEWithLogitsLoss()
opt_g = torch.optim.Adam(G.parameters(), lr=1e-3, betas=(0.5, 0.999))
opt_d = torch.optim.Adam(D.parameters(), lr=1e-3, betas=(0.5, 0.999))
ones, zeros = torch.ones(64, 1), torch.zeros(64, 1)
for step in range(300):
    D.zero_grad()
    real = 1.0 + 0.5 * torch.randn(64, 1)
    loss_real = bce(D(real), ones)
    loss_real.backward()
    fake = G(torch.randn(64, 4))
    loss_fake = bce(D(fake.detach()), zeros)
    loss_fake.backward()
    opt_d.step()

    G.zero_grad()
    loss_g = bce(D(fake), ones)
    loss_g.backward()
    opt_g.step()
    if step % 60 == 59:
        print(f"{step + 1}: D {loss_real.item() + loss_fake.item():.3f} G {loss_g.item():.3f} mean {fake.mean().item():.2f}")
