"""Photos of four kinds: mirrored at random in training, batch norm."""
import io
import os
import zipfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset

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


class Photos(Dataset):
    def __init__(self, split, count, mirror):
        self.x, self.y = read(split, count)
        self.mirror = mirror

    def __len__(self):
        return len(self.y)

    def __getitem__(self, at):
        image = self.x[at]
        if self.mirror and torch.rand(()) < 0.5:
            image = image.flip(-1)
        return image, self.y[at]


torch.manual_seed(34)
train, test = DataLoader(Photos("train", 350, True), 50, shuffle=True), DataLoader(Photos("test", 120, False), 160)
net = nn.Sequential(
    nn.Conv2d(3, 16, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
    nn.Conv2d(16, 16, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
    nn.AvgPool2d(2), nn.Flatten(), nn.Dropout(0.3), nn.Linear(256, 4))
optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-3)
schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.05, total_steps=9 * len(train))
for epoch in range(9):
    net.train()
    for x, y in train:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
        schedule.step()
    net.eval()
    right = 0
    with torch.no_grad():
        for x, y in test:
            right += (net(x).argmax(1) == y).sum().item()
    print(epoch, round(loss.item(), 4), right / 480)
