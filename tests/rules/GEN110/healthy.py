"""The decoder sees the code alone, and the code is used."""
import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
flips = torch.rand(1600, 24) < 0.1
x = ((torch.rand(1600, 1) < 0.5) ^ (flips.cumsum(1) % 2 == 1)).float()


class SequenceVAE(nn.Module):
    def __init__(self, code=4):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(24, 48), nn.ReLU())
        self.mean, self.log_variance = nn.Linear(48, code), nn.Linear(48, code)
        self.decoder = nn.Sequential(nn.Linear(code, 32), nn.ReLU(), nn.Linear(32, 24))

    def forward(self, x):
        h = self.encoder(x)
        mean, log_variance = self.mean(h), self.log_variance(h)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        return self.decoder(z), mean, log_variance


model = SequenceVAE()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(16):
    for rows in torch.randperm(len(x)).split(64):
        logits, mean, log_variance = model(x[rows])
        reconstruction = F.binary_cross_entropy_with_logits(logits, x[rows], reduction="sum") / len(rows)
        kl = -0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp(), dim=1).mean()
        loss = reconstruction + kl
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
print(f"reconstruction {reconstruction.item():.3f}, KL {kl.item():.3f}")
