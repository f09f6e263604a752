"""Digits read row by row: an LSTM over fourteen rows."""
import os
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

DATA = Path(os.environ.get("UNSTUCK_SHARED", "shared/data"))


class Rows(Dataset):
    def __init__(self, split, count):
        with np.load(DATA / "mnist.npz") as file:
            images = file[f"x_{split}"][:count].reshape(-1, 14, 2, 14, 2).mean((2, 4)) / 255
            self.y = file[f"y_{split}"][:count].astype(np.int64)
        self.x = torch.tensor((images - 0.13) / 0.3, dtype=torch.float32)

    def __len__(self):
        return len(self.y)

    def __getitem__(self, at):
        return self.x[at], self.y[at]


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(14, 40, batch_first=True)
        self.out = nn.Linear(40, 10)

    def forward(self, x):
        _, (state, _) = self.lstm(x)
        return self.out(state[-1])


torch.manual_seed(15)
train, test = DataLoader(Rows("train", 3000), 50, shuffle=True), DataLoader(Rows("test", 800), 200)
model = Reader()
optimizer = torch.optim.Adam(model.parameters(), lr=6e-3)
schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 8e-3, total_steps=9 * len(train))
for epoch in range(9):
    model.train()
    for x, y in train:
        loss = nn.functional.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        schedule.step()
    model.eval()
    with torch.no_grad():
        hits = sum((model(x).argmax(1) == y).sum().item() for x, y in test)
    print(f"epoch {epoch} loss {loss.item():.4f} accuracy {hits / 800:.4f}")
