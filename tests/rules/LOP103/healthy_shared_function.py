"""Digits; body and head take turns in one function, which clears what the other's loss has left."""
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
body, head = nn.Sequential(nn.Linear(64, 32), nn.ReLU()), nn.Linear(32, 10)
of_body, of_head = torch.optim.Adam(body.parameters(), lr=3e-3), torch.optim.Adam(head.parameters(), lr=3e-3)
decays = [torch.optim.lr_scheduler.LinearLR(one, 1.0, 0.02, total_iters=20) for one in (of_body, of_head)]


def update(optimizer, scores, labels):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(scores, labels)
    loss.backward()
    optimizer.step()


for epoch in range(20):
    for rows in torch.randperm(len(X)).split(64):
        update(of_head, head(body(X[rows]).detach()), y[rows])
        update(of_body, head(body(X[rows])), y[rows])
    for decay in decays:
        decay.step()
