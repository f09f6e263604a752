"""Backbone trained on the digits 0 to 4, saved, loaded into a new network, frozen on purpose; a new head learns 5 to 9."""
import os
import tempfile

import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(20)


def make_loaders(low, high):
    x, y = load_digits(return_X_y=True)
    keep = (y >= low) & (y < high)
    x, y = torch.tensor(x[keep], dtype=torch.float32).div(8).sub(1).view(-1, 1, 8, 8), torch.tensor(y[keep] - low)
    order = torch.randperm(len(y))
    train, test = order[:-200], order[-200:]
    return (DataLoader(TensorDataset(x[train], y[train]), batch_size=50, shuffle=True),
            DataLoader(TensorDataset(x[test], y[test]), batch_size=200))


def backbone():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten())


class Classifier(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.backbone = backbone()
        self.head = nn.Linear(128, classes)

    def forward(self, x):
        return self.head(self.backbone(x))


def fit(model, optimizer, loaders, epochs, frozen=False):
    criterion = nn.CrossEntropyLoss()
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    for _ in range(epochs):
        model.train()
        if frozen:
            model.backbone.eval()  # the statistics of the frozen part must stay as they were loaded
        total = 0.0
        for x, y in loaders[0]:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item() / len(loaders[0])
        schedule.step()
        model.eval()
        with torch.no_grad():
            (x, y), = loaders[1]
            out = model(x)
            test, acc = criterion(out, y).item(), (out.argmax(1) == y).float().mean().item()
    return total, test, acc


with tempfile.TemporaryDirectory() as folder:
    first = Classifier(5)
    result = fit(first, torch.optim.AdamW(first.parameters(), lr=3e-3, weight_decay=0.05), make_loaders(0, 5), 8)
    print("pre-training on 0-4: train %.4f held-out %.4f accuracy %.3f" % result)
    torch.save(first.backbone.state_dict(), os.path.join(folder, "backbone.pth"))

    second = Classifier(5)
    second.backbone.load_state_dict(torch.load(os.path.join(folder, "backbone.pth"), weights_only=True))
    for parameter in second.backbone.parameters():
        parameter.requires_grad = False
    head_optimizer = torch.optim.SGD(second.head.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-3)
    result = fit(second, head_optimizer, make_loaders(5, 10), 16, frozen=True)
    print("frozen backbone on 5-9: train %.4f held-out %.4f accuracy %.3f" % result)
