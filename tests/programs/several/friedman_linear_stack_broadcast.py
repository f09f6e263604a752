"""Friedman's function: five linear layers without an activation, column of answers against row of targets."""
# expects: ARC103 LOS107
import argparse

import torch
from sklearn.datasets import make_friedman1
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=25)
    parser.add_argument("--batch-size", type=int, default=40)
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--hidden", type=int, default=48)
    parser.add_argument("--depth", type=int, default=4)
    return parser.parse_args()


class Friedman(nn.Module):
    def __init__(self, hidden, depth):
        super().__init__()
        widths = [10] + [hidden] * depth
        self.stack = nn.Sequential(*(nn.Linear(a, b) for a, b in zip(widths, widths[1:])))
        self.answer = nn.Linear(hidden, 1)

    def forward(self, x):
        return self.answer(self.stack(x))


def standardise(a):
    return (a - a.mean(axis=0)) / a.std(axis=0)


def main():
    args = parse()
    torch.manual_seed(1)
    x, y = make_friedman1(800, noise=0.3, random_state=1)
    x = torch.tensor(standardise(x), dtype=torch.float32)
    y = torch.tensor(standardise(y), dtype=torch.float32)
    loader = DataLoader(TensorDataset(x, y), batch_size=args.batch_size, shuffle=True)
    model = Friedman(args.hidden, args.depth)
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    for epoch in range(args.epochs):
        total = 0.0
        for xb, yb in loader:
            difference = model(xb) - yb
            loss = (difference**2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        if (epoch + 1) % 5 == 0:
            print(f"{epoch + 1}/{args.epochs} mse {total / len(loader):.4f}")


if __name__ == "__main__":
    main()
