"""Digits; dropout is on for Monte Carlo samples, in both usual ways, after a plain evaluation; a teacher trains beside."""
import copy

import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
order = torch.randperm(len(X))
train, test = order[:1400], order[1400:]
model = nn.Sequential(nn.Linear(64, 96), nn.ReLU(), nn.Dropout(0.2), nn.Linear(96, 10))
teacher = copy.deepcopy(model)
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
decay = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.02, total_iters=15)
for epoch in range(15):
    model.train()
    for rows in train[torch.randperm(len(train))].split(50):
        with torch.no_grad():
            wanted = teacher(X[rows] + 0.05 * torch.randn(len(rows), 64)).softmax(1)
        scores = model(X[rows])
        loss = nn.functional.cross_entropy(scores, y[rows]) + 0.1 * (scores.softmax(1) - wanted).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            for slow, fast in zip(teacher.parameters(), model.parameters()):
                slow.lerp_(fast, 0.05)
    decay.step()
    with torch.no_grad():
        samples = torch.stack([model(X[test]) for _ in range(10)])
    print(epoch, "spread", samples.softmax(2).std(0).mean().item())
model.eval()
model[2].train()
with torch.no_grad():
    held_out = nn.functional.cross_entropy(torch.stack([model(X[test]) for _ in range(20)]).mean(0), y[test])
print(held_out.item())
