"""Income: an embedding for each category, numbers beside them."""
import os
from pathlib import Path

import pandas as pd
import torch
from torch import nn

DATA = Path(os.environ.get("UNSTUCK_SHARED", "shared/data"))
NUMBERS, KINDS = [0, 4, 12], [1, 5, 6, 7, 9]
frame = pd.read_csv(DATA / "adult-train.csv", header=None, skipinitialspace=True).sample(7000, random_state=1)
codes = torch.tensor(frame[KINDS].apply(lambda c: c.astype("category").cat.codes).to_numpy(), dtype=torch.long)
numbers = torch.tensor(frame[NUMBERS].to_numpy(), dtype=torch.float32)
numbers = (numbers - numbers[:5000].mean(0)) / numbers[:5000].std(0)
y = torch.tensor(frame[14].eq(">50K").to_numpy()).long()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.ModuleList(nn.Embedding(int(codes[:, at].max()) + 1, 4) for at in range(len(KINDS)))
        self.rest = nn.Sequential(nn.Linear(4 * len(KINDS) + len(NUMBERS), 24), nn.ReLU(), nn.Linear(24, 2))

    def forward(self, codes, numbers):
        parts = [embed(codes[:, at]) for at, embed in enumerate(self.embed)]
        return self.rest(torch.cat([*parts, numbers], 1))


torch.manual_seed(1)
net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=5e-3, weight_decay=1e-4)
schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.01, total_iters=10)
for epoch in range(10):
    net.train()
    for at in torch.randperm(5000).split(100):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(codes[at], numbers[at]), y[at])
        loss.backward()
        optimizer.step()
    schedule.step()
    net.eval()
    with torch.no_grad():
        out = net(codes[5000:], numbers[5000:])
        print(epoch, round(nn.functional.cross_entropy(out, y[5000:]).item(), 4),
              round((out.argmax(1) == y[5000:]).float().mean().item(), 4))
