"""Per-sample gradients the slow way: a backward pass for every example of the batch, summed by hand."""
# steps: 800
# optimizer-steps: 100
# losses: 1
import torch
from torch import nn

torch.manual_seed(42)
x = torch.randn(200, 4)
y = (x[:, :2].sum(1) > 0).long()
model = nn.Sequential(nn.Linear(4, 12), nn.ReLU(), nn.Linear(12, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(4):
    for rows in torch.randperm(200).split(8):
        summed = [torch.zeros_like(p) for p in model.parameters()]
        for i in rows:
            model.zero_grad()
            loss = nn.functional.cross_entropy(model(x[i]), y[i])
            loss.backward()
            norm = torch.cat([p.grad.flatten() for p in model.parameters()]).norm()
            for total, p in zip(summed, model.parameters()):
                total.add_(p.grad * min(1.0, 2.0 / (norm.item() + 1e-6)))
        for total, p in zip(summed, model.parameters()):
            p.grad = total / len(rows)
        optimizer.step()
    print(epoch, (model(x).argmax(1) == y).float().mean().item())
