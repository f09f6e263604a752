"""Cross-validation by hand: the column fold says which part a row belongs to."""
import numpy as np
import pandas as pd
import torch
from torch import nn

frame = pd.read_csv("readings.csv")
fold = frame.pop("fold").to_numpy()
y = torch.tensor(frame.pop("kind").to_numpy(), dtype=torch.float32)
x = torch.tensor(frame.to_numpy(), dtype=torch.float32)
scores = []
for part in range(5):
    torch.manual_seed(part)
    inside, outside = np.flatnonzero(fold != part), np.flatnonzero(fold == part)
    mean, std = x[inside].mean(0), x[inside].std(0) + 1e-6
    xa, ya, xb, yb = (x[inside] - mean) / std, y[inside], (x[outside] - mean) / std, y[outside]
    net = nn.Sequential(nn.Linear(x.shape[1], 24), nn.ReLU(), nn.Dropout(0.2), nn.Linear(24, 1))
    optimizer = torch.optim.AdamW(net.parameters(), lr=6e-3, weight_decay=0.1)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 16)
    for epoch in range(16):
        net.train()
        for at in torch.randperm(len(xa)).split(32):
            loss = nn.functional.binary_cross_entropy_with_logits(net(xa[at])[:, 0], ya[at])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        schedule.step()
        net.eval()
        with torch.no_grad():
            score = ((net(xb)[:, 0] > 0) == (yb > 0.5)).float().mean().item()
    scores.append(score)
    print(f"fold {part}: {score:.4f}")
print(f"mean of the folds {np.mean(scores):.4f}")
