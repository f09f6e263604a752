"""Crashes in the second backward of the first round: the step in between has changed the weights in place (an old GAN)."""
# steps: 2
# optimizer-steps: 1
# losses: 2
# exit: 1
import torch
from torch import nn

torch.manual_seed(50)
G = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
D = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1))
g_optimizer = torch.optim.Adam(G.parameters(), lr=1e-3)
d_optimizer = torch.optim.Adam(D.parameters(), lr=1e-3)
bce = nn.BCEWithLogitsLoss()
for step in range(50):
    real, fake = torch.randn(32, 2) * 0.3 + 1, G(torch.randn(32, 4))
    on_fake = D(fake)
    d_loss = bce(D(real), torch.ones(32, 1)) + bce(on_fake, torch.zeros(32, 1))
    g_loss = bce(on_fake, torch.ones(32, 1))
    d_optimizer.zero_grad()
    d_loss.backward(retain_graph=True)
    d_optimizer.step()
    g_optimizer.zero_grad()
    g_loss.backward()
    g_optimizer.step()
