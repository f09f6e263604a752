"""A small GAN on handwritten digits whose generator never learns: one detach is too many."""
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
real = torch.tensor(load_digits().data / 8 - 1, dtype=torch.float32)

generator = nn.Sequential(nn.Linear(16, 128), nn.ReLU(), nn.Linear(128, 64), nn.Tanh())
discriminator = nn.Sequential(nn.Linear(64, 128), nn.LeakyReLU(0.2), nn.Linear(128, 1))
optimizer_g = torch.optim.Adam(generator.parameters(), lr=2e-4, betas=(0.5, 0.999))
optimizer_d = torch.optim.Adam(discriminator.parameters(), lr=2e-4, betas=(0.5, 0.999))
loss_on = nn.BCEWithLogitsLoss()

for step in range(600):
    batch = real[torch.randint(len(real), (64,))]
    fake = generator(torch.randn(64, 16)).detach()

    optimizer_d.zero_grad()
    d_loss = loss_on(discriminator(batch), torch.ones(64, 1)) + loss_on(discriminator(fake), torch.zeros(64, 1))
    d_loss.backward()
    optimizer_d.step()

    optimizer_g.zero_grad()
    g_loss = loss_on(discriminator(fake), torch.ones(64, 1))
    g_loss.backward()
    optimizer_g.step()

    if step % 100 == 99:
        print(f"step {step + 1}  discriminator {d_loss.item():.3f}  generator {g_loss.item():.3f}")
