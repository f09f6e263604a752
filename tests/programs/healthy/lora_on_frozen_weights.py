"""LoRA: the base network is trained, saved, loaded and frozen; only low-rank updates learn a shifted task (B starts at zero)."""
import io
import math

import torch
import torch.nn as nn

torch.manual_seed(33)


class LoRALinear(nn.Module):
    """A frozen linear layer plus two small matrices; between those two there is no nonlinearity by design."""

    def __init__(self, base, rank=4, alpha=8):
        super().__init__()
        self.base = base
        for p in self.base.parameters():
            p.requires_grad_(False)
        self.A = nn.Parameter(torch.empty(rank, base.in_features))
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))
        nn.init.kaiming_uniform_(self.A, a=math.sqrt(5))
        self.scaling = alpha / rank

    def forward(self, x):
        return self.base(x) + (x @ self.A.T @ self.B.T) * self.scaling


def make_net():
    return nn.Sequential(nn.Linear(6, 48), nn.GELU(), nn.Linear(48, 48), nn.GELU(), nn.Linear(48, 1))


def task(x, angle):
    a = x[:, 0] * math.cos(angle) + x[:, 1] * math.sin(angle)
    b = -x[:, 0] * math.sin(angle) + x[:, 1] * math.cos(angle)
    return torch.sin(2 * a) + 0.5 * b * x[:, 2]


def data(n, angle):
    x = torch.randn(n, 6)
    return x, task(x, angle) + 0.2 * torch.randn(n)


def train(net, params, angle, steps, lr, wd=1e-3):
    (x, y), (xv, yv) = data(6000, angle), data(1000, angle)
    optimizer = torch.optim.AdamW(params, lr=lr, weight_decay=wd)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for step in range(steps):
        ids = torch.randint(len(x), (150,))
        loss = (net(x[ids]).squeeze(-1) - y[ids]).pow(2).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        scheduler.step()
        if (step + 1) % 100 == 0:
            with torch.no_grad():
                valid = (net(xv).squeeze(-1) - yv).pow(2).mean().item()
                fitted = (net(x).squeeze(-1) - y).pow(2).mean().item()
    return fitted, valid


base = make_net()
print("base task: train %.4f held-out %.4f" % train(base, base.parameters(), 0.0, 900, 6e-3))
file = io.BytesIO()
torch.save(base.state_dict(), file)
file.seek(0)

tuned = make_net()
tuned.load_state_dict(torch.load(file))
for position in (0, 2, 4):
    tuned[position] = LoRALinear(tuned[position], rank=4 if position != 4 else 1)
trainable = [p for p in tuned.parameters() if p.requires_grad]
print("trainable", sum(p.numel() for p in trainable), "of", sum(p.numel() for p in tuned.parameters()))
print("adapted to the turned task: train %.4f held-out %.4f" % train(tuned, trainable, 0.6, 900, 1e-2, 0.0))
