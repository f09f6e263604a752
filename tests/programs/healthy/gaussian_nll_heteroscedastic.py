"""Mean and variance by GaussianNLLLoss with a plateau scheduler; the noise depends on the input."""
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(77)


def world(n):
    x = torch.randn(n, 2)
    mean = torch.tanh(2 * x[:, 0]) - 0.5 * x[:, 1]
    std = 0.2 + 0.3 * torch.sigmoid(2 * x[:, 1])
    return x, mean + std * torch.randn(n)


class MeanVariance(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(2, 32), nn.SiLU(), nn.Linear(32, 32), nn.SiLU())
        self.mean = nn.Linear(32, 1)
        self.raw = nn.Linear(32, 1)

    def forward(self, x):
        h = self.body(x)
        return self.mean(h).squeeze(-1), F.softplus(self.raw(h)).squeeze(-1) + 1e-3


x, y = world(4000)
xv, yv = world(1500)
model, nll = MeanVariance(), nn.GaussianNLLLoss()
opt = torch.optim.Adam(model.parameters(), lr=5e-3)
plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(opt, factor=0.3, patience=3, min_lr=1e-5)
for epoch in range(26):
    model.train()
    total = 0.0
    for ids in torch.randperm(len(x)).split(128):
        mean, variance = model(x[ids])
        loss = nll(mean, y[ids], variance)
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item() * len(ids) / len(x)
    model.eval()
    with torch.no_grad():
        mean, variance = model(xv)
        valid = nll(mean, yv, variance).item()
    plateau.step(valid)
    if epoch % 5 == 0 or epoch == 25:
        print(f"epoch {epoch} train {total:.4f} valid {valid:.4f} lr {opt.param_groups[0]['lr']:.0e}")
