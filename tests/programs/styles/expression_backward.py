"""Backward of an expression made in place: (reconstruction + alpha * divergence).backward(), a small VAE."""
# steps: 300
# optimizer-steps: 300
# losses: 1
import torch
from torch import nn

torch.manual_seed(34)
alpha = 0.05
hidden = torch.randn(600, 2)
x = torch.tanh(hidden @ torch.randn(2, 10)) + 0.05 * torch.randn(600, 10)
x = (x - x.mean(0)) / x.std(0)


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode = nn.Sequential(nn.Linear(10, 24), nn.ReLU(), nn.Linear(24, 4))
        self.decode = nn.Sequential(nn.Linear(2, 24), nn.ReLU(), nn.Linear(24, 10))

    def forward(self, x):
        mean, log_variance = self.encode(x).chunk(2, dim=1)
        code = mean + torch.randn_like(mean) * (log_variance / 2).exp()
        return self.decode(code), mean, log_variance


vae = VAE()
optimizer = torch.optim.Adam(vae.parameters(), lr=5e-3)
for epoch in range(20):
    for rows in torch.randperm(600).split(40):
        optimizer.zero_grad()
        guess, mean, log_variance = vae(x[rows])
        reconstruction = (guess - x[rows]).pow(2).mean()
        divergence = -0.5 * (1 + log_variance - mean.pow(2) - log_variance.exp()).mean()
        (reconstruction + alpha * divergence).backward()
        optimizer.step()
    if epoch % 4 == 3:
        print(epoch + 1, round(reconstruction.item(), 4), round(divergence.item(), 4))
