"""A network with its own slow copy inside, frozen, moved by averaging; and a fixed edge filter set by hand."""
import torch
from torch import nn

torch.manual_seed(0)


class Learner(nn.Module):
    def __init__(self):
        super().__init__()
        self.edges = nn.Conv1d(1, 2, 3, padding=1, bias=False)
        with torch.no_grad():
            self.edges.weight.copy_(torch.tensor([[[-1.0, 0, 1]], [[1.0, -2, 1]]]) / 2)
        self.edges.requires_grad_(False)
        self.online = nn.Sequential(nn.Linear(32, 24), nn.ReLU(), nn.Linear(24, 4))
        self.follow = nn.Sequential(nn.Linear(32, 24), nn.ReLU(), nn.Linear(24, 4))
        for p, q in zip(self.follow.parameters(), self.online.parameters()):
            p.data.copy_(q.data)
            p.requires_grad_(False)

    def forward(self, x):
        seen = self.edges(x.unsqueeze(1)).flatten(1)
        return self.online(seen), self.follow(seen)


x = torch.sin(torch.rand(400, 1) * 3 + torch.linspace(0, 6, 16)) + 0.1 * torch.randn(400, 16)
y = torch.stack([x[:, 3], x[:, 8], x[:, 12], x.mean(1)], 1)
model = Learner()
optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=5e-3)
for step in range(400):
    fast, slow = model(x)
    loss = nn.functional.mse_loss(fast, y) + 0.1 * nn.functional.mse_loss(fast, slow)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    for p, q in zip(model.follow.parameters(), model.online.parameters()):
        p.data.mul_(0.95).add_(q.data, alpha=0.05)
    optimizer.param_groups[0]["lr"] = 5e-3 * (1 - step / 400)
print(loss.item())
