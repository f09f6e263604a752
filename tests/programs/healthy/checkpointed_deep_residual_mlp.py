"""Four residual blocks with gradient checkpointing and weight norm; the backward pass runs every block twice."""
import torch
import torch.nn as nn
from torch.nn.utils.parametrizations import weight_norm
from torch.utils.checkpoint import checkpoint

torch.manual_seed(50)


class Residual(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.a = weight_norm(nn.Linear(dim, dim))
        self.b = nn.Linear(dim, dim)
        nn.init.normal_(self.b.weight, std=0.1)  # every block starts near the identity
        nn.init.zeros_(self.b.bias)

    def forward(self, h):
        return h + self.b(torch.nn.functional.silu(self.a(h)))


class Deep(nn.Module):
    def __init__(self, dim=24, depth=4):
        super().__init__()
        self.first = nn.Linear(4, dim)
        self.blocks = nn.ModuleList(Residual(dim) for _ in range(depth))
        self.last = nn.Linear(dim, 1)

    def forward(self, x):
        h = self.first(x)
        for block in self.blocks:
            if self.training:
                h = checkpoint(block, h, use_reentrant=False)
            else:
                h = block(h)
        return self.last(h)


def truth(x):
    return torch.sin(2 * x[:, :1]) + x[:, 1:2] * x[:, 2:3] - 0.5 * torch.abs(x[:, 3:])


x, xt = torch.rand(3000, 4) * 3 - 1.5, torch.rand(800, 4) * 3 - 1.5
y, yt = truth(x) + 0.25 * torch.randn(3000, 1), truth(xt) + 0.25 * torch.randn(800, 1)
model = Deep()
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.02)
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-2, total_steps=14 * 30)
for epoch in range(14):
    model.train()
    losses = []
    for ids in torch.randperm(3000).split(100):
        loss = nn.functional.mse_loss(model(x[ids]), y[ids])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 10.0)
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        test = nn.functional.mse_loss(model(xt), yt).item()
    print(f"epoch {epoch + 1:2d} train {sum(losses) / len(losses):.4f} held-out {test:.4f} (noise 0.0625)")
