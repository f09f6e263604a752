"""A GAN in which the loss of one network dirties the gradients of the other, and each is cleared before its own backward."""
import torch
from torch import nn

torch.manual_seed(0)
G = nn.Sequential(nn.Linear(4, 24), nn.ReLU(), nn.Linear(24, 1))
D = nn.Sequential(nn.Linear(1, 24), nn.LeakyReLU(0.2), nn.Linear(24, 1))
opt_g = torch.optim.Adam(G.parameters(), lr=5e-4, betas=(0.5, 0.99))
opt_d = torch.optim.Adam(D.parameters(), lr=5e-4, betas=(0.5, 0.99))
bce = nn.BCEWithLogitsLoss()
for step in range(300):
    fake = G(torch.randn(64, 4))
    opt_g.zero_grad()
    bce(D(fake), torch.ones(64, 1)).backward()
    opt_g.step()
    opt_d.zero_grad()
    real = 1 + 0.5 * torch.randn(64, 1)
    loss = bce(D(real), torch.ones(64, 1)) + bce(D(G(torch.randn(64, 4)).detach()), torch.zeros(64, 1))
    loss.backward()
    opt_d.step()
