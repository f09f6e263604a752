"""A GAN on rings with spectral norm, noise on the discriminator's input and a moving average of the generator."""
import copy

import torch
from _fingerprint import fingerprint, seed
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

seed(9)
generator = nn.Sequential(nn.Linear(4, 24), nn.BatchNorm1d(24), nn.ReLU(), nn.Linear(24, 2))
critic = nn.Sequential(spectral_norm(nn.Linear(2, 24)), nn.LeakyReLU(0.2), spectral_norm(nn.Linear(24, 1)))
average = copy.deepcopy(generator).requires_grad_(False)
opt_g = torch.optim.Adam(generator.parameters(), lr=1e-3, betas=(0.0, 0.9))
opt_d = torch.optim.Adam(critic.parameters(), lr=2e-3, betas=(0.0, 0.9))
for step in range(120):
    angle = torch.rand(32) * 6.2832
    real = torch.stack([angle.cos(), angle.sin()], 1) + 0.05 * torch.randn(32, 2)
    fake = generator(torch.randn(32, 4))
    opt_d.zero_grad()
    on_real = critic(real + 0.1 * torch.randn_like(real))
    on_fake = critic(fake.detach() + 0.1 * torch.randn_like(real))
    d_loss = torch.relu(1 - on_real).mean() + torch.relu(1 + on_fake).mean()
    d_loss.backward()
    opt_d.step()
    opt_g.zero_grad()
    g_loss = -critic(fake).mean()
    g_loss.backward()
    opt_g.step()
    with torch.no_grad():
        for slow, fast in zip(average.parameters(), generator.parameters()):
            slow.lerp_(fast, 0.05)
    if step % 30 == 29:
        print(step, d_loss.item(), g_loss.item())
fingerprint(generator, critic, average, opt_g, opt_d)
