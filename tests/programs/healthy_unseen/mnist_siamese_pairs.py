"""Siamese network on pairs of MNIST digits: one shared branch called twice a step, same or different as the label."""
import os
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

DATA = Path(os.environ.get("UNSTUCK_TEST_DATA", Path(__file__).resolve().parents[4] / "shared" / "data")) / "mnist.npz"
if not DATA.exists():
    raise SystemExit("data missing")
torch.manual_seed(204)
rng = np.random.default_rng(204)
DIGITS = (0, 1, 4, 7)


def load(split, n):
    with np.load(DATA) as z:
        x, y = z["x_" + split], z["y_" + split]
    keep = rng.permutation(np.flatnonzero(np.isin(y, DIGITS)))[:n]
    small = x[keep].reshape(-1, 14, 2, 14, 2).mean((2, 4)) / 127.5 - 1
    return torch.tensor(small, dtype=torch.float32), y[keep]


def make_pairs(labels, n):
    groups = [np.flatnonzero(labels == d) for d in DIGITS]
    pairs, same = [], rng.random(n) < 0.5
    for s in same:
        if s:
            g = groups[rng.integers(4)]
            pairs.append(rng.choice(g, 2, replace=False))
        else:
            a, b = rng.choice(4, 2, replace=False)
            pairs.append((rng.choice(groups[a]), rng.choice(groups[b])))
    return torch.tensor(np.array(pairs)), torch.tensor(same, dtype=torch.float32)


class Branch(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(196, 48), nn.Linear(48, 8)

    def forward(self, x):
        return self.fc2(F.silu(self.fc1(x.flatten(1))))


class Siamese(nn.Module):
    def __init__(self):
        super().__init__()
        self.branch = Branch()
        self.decide = nn.Linear(8, 1)

    def forward(self, a, b):
        return self.decide((self.branch(a) - self.branch(b)).abs()).squeeze(1)


x_train, l_train = load("train", 3000)
x_test, l_test = load("test", 1000)
pairs_train, same_train = make_pairs(l_train, 6000)
pairs_test, same_test = make_pairs(l_test, 1500)
net = Siamese()
optimizer = torch.optim.AdamW(net.parameters(), lr=4e-3, weight_decay=0.2)
EPOCHS = 10
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 5e-3, total_steps=EPOCHS * 60)
for epoch in range(EPOCHS):
    net.train()
    total = 0.0
    for rows in torch.randperm(6000).split(100):
        a, b = pairs_train[rows].T
        loss = F.binary_cross_entropy_with_logits(net(x_train[a], x_train[b]), same_train[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        total += loss.item() / 60
    net.eval()
    with torch.no_grad():
        logits = net(x_test[pairs_test[:, 0]], x_test[pairs_test[:, 1]])
        test = F.binary_cross_entropy_with_logits(logits, same_test).item()
        acc = ((logits > 0) == (same_test > 0)).float().mean().item()
    print(f"epoch {epoch + 1} train {total:.4f} test {test:.4f} acc {acc:.3f}")
