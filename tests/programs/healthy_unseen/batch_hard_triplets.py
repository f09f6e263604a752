"""Batch-hard triplet loss with a soft margin: its values stay near log 2 for long although the embedding improves."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits

torch.manual_seed(217)
data, target = load_digits(return_X_y=True)
data, target = torch.tensor(data / 16, dtype=torch.float32), torch.tensor(target)
order = torch.randperm(len(target))
data, target = data[order], target[order]
x_train, y_train, x_test, y_test = data[:1300], target[:1300], data[1300:], target[1300:]
members = [(y_train == d).nonzero().flatten() for d in range(10)]

model = nn.Sequential(nn.Linear(64, 48), nn.GELU(), nn.Linear(48, 16))
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.1)
STEPS = 420
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)


def batch_hard(z, labels):
    z = F.normalize(z, dim=1)
    distance = (2 - 2 * z @ z.T).clamp(min=1e-8).sqrt()
    same = labels[:, None] == labels[None, :]
    positive = distance.masked_fill(~same, -1).amax(1)
    negative = distance.masked_fill(same, 9).amin(1)
    return F.softplus(8 * (positive - negative)).mean() / 8


def draw():
    rows = torch.cat([m[torch.randint(len(m), (6,))] for m in members])
    return x_train[rows], y_train[rows]


for step in range(STEPS):
    x, y = draw()
    loss = batch_hard(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    scheduler.step()
    if step % 70 == 69:
        with torch.no_grad():
            a, b = F.normalize(model(x_train), dim=1), F.normalize(model(x_test), dim=1)
            nearest = y_train[(b @ a.T).argmax(1)]
            held_out = batch_hard(model(x_test[:60]), y_test[:60]).item()
        print(f"{step + 1} triplet {loss.item():.4f} held-out {held_out:.4f} 1-nn accuracy {(nearest == y_test).float().mean():.3f}")
