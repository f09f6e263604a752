"""Pictures in one folder for each class, read with Pillow, flipped at random while training."""
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Pictures(Dataset):
    def __init__(self, root, flip):
        classes = sorted(folder.name for folder in Path(root).iterdir())
        self.items = [(path, k) for k, name in enumerate(classes) for path in sorted((Path(root) / name).glob("*.png"))]
        self.flip = flip

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        path, label = self.items[i]
        image = torch.from_numpy(np.array(Image.open(path).convert("RGB"))).permute(2, 0, 1).float() / 127.5 - 1
        if self.flip and torch.rand(()) < 0.5:
            image = image.flip(2)
        return image, label


def accuracy(net, loader):
    net.eval()
    hits = count = 0
    with torch.inference_mode():
        for x, y in loader:
            hits += int((net(x).argmax(1) == y).sum())
            count += len(y)
    return hits / count


if __name__ == "__main__":
    torch.manual_seed(5)
    train, test = Pictures("train", True), Pictures("test", False)
    train_loader = DataLoader(train, 32, shuffle=True, num_workers=2)
    test_loader = DataLoader(test, 100)
    net = nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(),
        nn.Linear(128, 4),
    )
    optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 8)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(8):
        net.train()
        running = 0.0
        for x, y in train_loader:
            optimizer.zero_grad()
            loss = criterion(net(x), y)
            loss.backward()
            optimizer.step()
            running += loss.item()
        scheduler.step()
        print(f"epoch {epoch} loss {running / len(train_loader):.3f} test accuracy {accuracy(net, test_loader):.3f}")
