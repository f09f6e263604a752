"""A convolutional denoising autoencoder of the digits with a tanh code of eight numbers."""
# Healthy: the code may saturate, the clean digits come out.
import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(309)
images = torch.tensor(load_digits().images / 16.0, dtype=torch.float32)[:, None]


class Denoiser(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode = nn.Sequential(nn.Conv2d(1, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 3, 2, 1), nn.Flatten(), nn.Linear(128, 8), nn.Tanh())
        self.decode = nn.Sequential(nn.Linear(8, 128), nn.ReLU(), nn.Unflatten(1, (32, 2, 2)), nn.ConvTranspose2d(32, 16, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(16, 1, 4, 2, 1))

    def forward(self, x):
        return self.decode(self.encode(x))


net = Denoiser()
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
sched = torch.optim.lr_scheduler.OneCycleLR(opt, 2e-3, total_steps=25 * 23)
for epoch in range(25):
    for rows in torch.randperm(1437).split(64):
        clean = images[rows]
        loss = nn.functional.mse_loss(net(clean + 0.2 * torch.randn_like(clean)), clean)
        opt.zero_grad()
        loss.backward()
        opt.step()
        sched.step()
    if epoch % 5 == 4:
        with torch.no_grad():
            held = nn.functional.mse_loss(net(images[1437:]), images[1437:]).item()
        print(f"epoch {epoch + 1}: train {loss.item():.4f} held out {held:.4f}")
