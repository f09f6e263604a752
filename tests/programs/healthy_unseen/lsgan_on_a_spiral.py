"""Least-squares GAN in the plane; the discriminator's loss rises to 0.25 and stays there, which is its equilibrium."""
import torch
from torch import nn

torch.manual_seed(209)


def data(n):
    s = torch.rand(n) * 3.0
    arm = torch.stack([s.cos() * (0.4 + 0.4 * s), s.sin() * (0.4 + 0.4 * s)], 1)
    return arm + 0.06 * torch.randn(n, 2)


def mlp(i, o):
    return nn.Sequential(nn.Linear(i, 48), nn.LeakyReLU(0.2), nn.Linear(48, 48), nn.LeakyReLU(0.2), nn.Linear(48, o))


generator, critic = mlp(2, 2), mlp(2, 1)
g_opt = torch.optim.RMSprop(generator.parameters(), lr=8e-4)
c_opt = torch.optim.RMSprop(critic.parameters(), lr=1.5e-3)
BATCH, STEPS = 128, 1300
for step in range(STEPS):
    for opt, base in ((g_opt, 8e-4), (c_opt, 1.5e-3)):
        opt.param_groups[0]["lr"] = base * max(0.03, 1 - step / STEPS)
    real, fake = data(BATCH), generator(torch.rand(BATCH, 2) * 2 - 1)
    c_loss = 0.5 * ((critic(real) - 1).pow(2).mean() + critic(fake.detach()).pow(2).mean())
    c_opt.zero_grad()
    c_loss.backward()
    c_opt.step()
    g_loss = 0.5 * (critic(fake) - 1).pow(2).mean()
    g_opt.zero_grad()
    g_loss.backward()
    g_opt.step()
    if step % 260 == 259:
        with torch.no_grad():
            a, b = data(500), generator(torch.rand(500, 2) * 2 - 1)
            energy = 2 * torch.cdist(a, b).mean() - torch.cdist(a, a).mean() - torch.cdist(b, b).mean()
        print(f"{step + 1}: critic {c_loss.item():.3f} generator {g_loss.item():.3f} energy distance {energy.item():.4f}")
