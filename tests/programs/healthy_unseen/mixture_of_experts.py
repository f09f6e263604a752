"""Soft mixture of experts with a load-balancing term; the softmax of the gate sits inside the network."""
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(10)


class MoE(nn.Module):
    def __init__(self, d_in=2, hidden=12, experts=4):
        super().__init__()
        self.gate = nn.Linear(d_in, experts)
        self.experts = nn.ModuleList(
            nn.Sequential(nn.Linear(d_in, hidden), nn.Tanh(), nn.Linear(hidden, 1)) for _ in range(experts))

    def forward(self, x):
        weights = F.softmax(self.gate(x), dim=-1)
        outputs = torch.cat([expert(x) for expert in self.experts], dim=-1)
        return (weights * outputs).sum(-1), weights


def target(x):
    a = torch.sin(3 * x[:, 1])
    b = 0.8 * x[:, 1] ** 2 - 0.5
    return torch.where(x[:, 0] > 0, a, b)


x = torch.rand(4000, 2) * 3 - 1.5
y = target(x) + 0.1 * torch.randn(4000)
xt = torch.rand(1000, 2) * 3 - 1.5
yt = target(xt) + 0.1 * torch.randn(1000)

model = MoE()
opt = torch.optim.AdamW(model.parameters(), lr=0.02, weight_decay=1e-3)
STEPS = 900
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, STEPS)
for step in range(STEPS):
    idx = torch.randint(0, len(x), (128,))
    pred, weights = model(x[idx])
    balance = weights.mean(0).pow(2).sum() * weights.shape[1] - 1
    loss = F.mse_loss(pred, y[idx]) + 0.01 * balance
    opt.zero_grad()
    loss.backward()
    opt.step()
    sched.step()
    if step % 150 == 149:
        with torch.no_grad():
            held_out = F.mse_loss(model(xt)[0], yt).item()
        print(f"{step + 1} train {loss.item():.4f} held-out {held_out:.4f}")
print("use of the experts:", model(xt)[1].mean(0).detach().numpy().round(2))
