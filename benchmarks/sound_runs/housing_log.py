"""Prices of houses: logarithm of the price and of skewed columns, an L2 loss."""
import os
from pathlib import Path

import numpy as np
import torch
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import PowerTransformer, StandardScaler
from torch import nn

DATA = Path(os.environ.get("UNSTUCK_SHARED", "shared/data"))
table = np.array([[float(one) for one in line.replace(",", " ").split()] for line in open(DATA / "housing.csv")])
x, xt, y, yt = train_test_split(table[:, [0, 2, 4, 5, 6, 7, 10, 12]], np.log(table[:, -1:]), test_size=0.25,
                                random_state=8)
inputs, target = PowerTransformer().fit(x), StandardScaler().fit(y)
x, xt, y, yt = (torch.tensor(part, dtype=torch.float32) for part in
                (inputs.transform(x), inputs.transform(xt), target.transform(y), target.transform(yt)))
torch.manual_seed(32)
net = nn.Sequential(nn.Linear(8, 12), nn.SiLU(), nn.Linear(12, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=8e-3, weight_decay=1e-3)
for epoch in range(30):
    optimizer.param_groups[0]["lr"] = 8e-3 * (1 - epoch / 30)
    net.train()
    for at in torch.randperm(len(x)).split(25):
        loss = ((net(x[at]) - y[at]) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    net.eval()
    with torch.no_grad():
        print(epoch, loss.item(), ((net(xt) - yt) ** 2).mean().item())
