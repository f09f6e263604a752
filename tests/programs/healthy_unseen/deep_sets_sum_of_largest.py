"""Deep Sets with a mask: sets of unequal size, padded members removed before the sum; the target is standardised."""
import torch
import torch.nn as nn

torch.manual_seed(214)
MOST = 10


def sets(n):
    values = torch.rand(n, MOST) * 2 - 1
    mask = (torch.arange(MOST) < torch.randint(3, MOST + 1, (n, 1))).float()
    target = (values.pow(2) * mask).sum(1) / mask.sum(1) + (torch.cos(3 * values) * mask).sum(1) / 5
    return torch.stack([values * mask, mask], -1), target


class DeepSet(nn.Module):
    def __init__(self):
        super().__init__()
        self.phi = nn.Sequential(nn.Linear(1, 32), nn.Mish(), nn.Linear(32, 16), nn.Mish())
        self.rho = nn.Sequential(nn.Linear(17, 32), nn.Mish(), nn.Linear(32, 1))

    def forward(self, x):
        values, mask = x[..., :1], x[..., 1:]
        pooled = (self.phi(values) * mask).sum(1) / MOST
        return self.rho(torch.cat([pooled, mask.mean(1)], 1)).squeeze(1)


x, y = sets(4000)
xv, yv = sets(1000)
mean, std = y.mean(), y.std()
y, yv = (y - mean) / std + 0.1 * torch.randn(4000), (yv - mean) / std + 0.1 * torch.randn(1000)
net = DeepSet()
optimizer = torch.optim.AdamW(net.parameters(), lr=1e-2, weight_decay=1e-4)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 15 * 40)
for epoch in range(15):
    total = 0.0
    for idx in torch.randperm(4000).split(100):
        loss = (net(x[idx]) - y[idx]).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        total += loss.item() / 40
    with torch.no_grad():
        valid = (net(xv) - yv).square().mean().item()
    if epoch % 3 == 2:
        print(f"{epoch + 1} train {total:.4f} valid {valid:.4f} (noise 0.01)")
