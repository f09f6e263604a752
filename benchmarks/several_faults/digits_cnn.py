"""Handwritten digits, convolutions, SGD with momentum, functions as in the tutorial."""

import argparse

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

parser = argparse.ArgumentParser()
parser.add_argument("--faults", default="")
faults = set(parser.parse_args().faults.split(","))


class ConvNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
        self.conv2 = nn.Conv2d(8, 16, 3, padding=1)
        self.fc1 = nn.Linear(16 * 4 * 4, 32)
        self.fc2 = nn.Linear(32, 10)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = F.relu(self.fc1(x.flatten(1)))
        x = self.fc2(x)
        if "softmax" in faults:
            x = F.softmax(x, dim=1)
        return x


def initialise(module) -> None:
    if "tiny-init" in faults and isinstance(module, (nn.Linear, nn.Conv2d)):
        nn.init.normal_(module.weight, 0, 1e-4)
        nn.init.zeros_(module.bias)


def train(model, loader, optimizer, scheduler, epoch) -> None:
    model.train()
    for data, target in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(data), target)
        loss.backward()
        optimizer.step()
        if "decay-every-batch" in faults:
            scheduler.step()
    if "decay-every-batch" not in faults:
        scheduler.step()
    print(f"epoch {epoch} loss {loss.item():.4f}")


def test(model, x, y) -> float:
    model.eval()
    with torch.no_grad():
        return (model(x).argmax(1) == y).float().mean().item()


def main() -> None:
    torch.manual_seed(2)
    digits = load_digits()
    x = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1)
    x = x if "raw-input" not in faults else x * 100
    x = x / 16
    y = torch.tensor(digits.target)
    model = ConvNet().apply(initialise)
    rate = 1e-5 if "low-rate" in faults else 2.0 if "high-rate" in faults else 0.05
    decay = 0.5 if "weight-decay" in faults else 0.0
    optimizer = optim.SGD(model.parameters(), lr=rate, momentum=0.9, weight_decay=decay)
    scheduler = optim.lr_scheduler.StepLR(optimizer, 10, gamma=0.7)
    loader = DataLoader(TensorDataset(x[:1400], y[:1400]), batch_size=64, shuffle=True)
    for epoch in range(45):
        train(model, loader, optimizer, scheduler, epoch)
    print(f"score {test(model, x[1400:], y[1400:]):.4f}")


if __name__ == "__main__":
    main()
