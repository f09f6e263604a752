"""Finds cells: images/*.png and masks/*.png, a small fully convolutional net, Dice on the test pictures."""
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Cells(Dataset):
    def __init__(self, root):
        self.images = sorted(Path(root, "images").glob("*.png"))
        self.masks = sorted(Path(root, "masks").glob("*.png"))

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        image = np.asarray(Image.open(self.images[i]), dtype=np.float32) / 255
        mask = np.asarray(Image.open(self.masks[i])) > 127
        return torch.from_numpy(image)[None], torch.from_numpy(mask.astype(np.float32))[None]


def conv(a, b):
    return [nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU()]


torch.manual_seed(9)
net = nn.Sequential(*conv(1, 8), *conv(8, 16), *conv(16, 8), nn.Conv2d(8, 1, 1))
train = DataLoader(Cells("train"), batch_size=12, shuffle=True)
test = DataLoader(Cells("test"), batch_size=20)
optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
for epoch in range(10):
    net.train()
    total = 0
    for image, mask in train:
        optimizer.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(net(image), mask)
        loss.backward()
        optimizer.step()
        total += loss.item()
    schedule.step()
    net.eval()
    both = area = 0
    with torch.no_grad():
        for image, mask in test:
            guess = (net(image) > 0).float()
            both += (guess * mask).sum().item()
            area += (guess + mask).sum().item()
    print(f"epoch {epoch} loss {total / len(train):.4f} test dice {2 * both / max(area, 1):.4f}")
