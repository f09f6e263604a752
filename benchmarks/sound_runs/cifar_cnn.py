"""Photos of four kinds: a small convolutional network."""
import io
import os
import zipfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

DATA = Path(os.environ.get("UNSTUCK_SHARED", "shared/data"))
KINDS = ("airplane", "automobile", "frog", "ship")


def read(split, count):
    x, y = [], []
    with zipfile.ZipFile(DATA / "cifar10.zip") as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".jpg"))
        for kind, word in enumerate(KINDS):
            for name in [name for name in names if f"{split}/{word}/" in name][:count]:
                x.append(np.asarray(Image.open(io.BytesIO(archive.read(name))).convert("RGB")))
                y.append(kind)
    return torch.tensor(np.stack(x)).permute(0, 3, 1, 2).float() / 127.5 - 1, torch.tensor(y)


torch.manual_seed(33)
train = DataLoader(TensorDataset(*read("train", 400)), 40, shuffle=True)
test = DataLoader(TensorDataset(*read("test", 120)), 120)
net = nn.Sequential(
    nn.Conv2d(3, 12, 5, stride=2, padding=2), nn.ReLU(), nn.Conv2d(12, 24, 3, stride=2, padding=1), nn.ReLU(),
    nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Dropout(0.2), nn.Linear(96, 4))
optimizer = torch.optim.Adam(net.parameters(), lr=3e-3, weight_decay=1e-4)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
for epoch in range(10):
    net.train()
    for x, y in train:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
    schedule.step()
    net.eval()
    with torch.no_grad():
        hits = sum((net(x).argmax(1) == y).sum().item() for x, y in test)
    print(epoch, round(loss.item(), 4), hits / 480)
