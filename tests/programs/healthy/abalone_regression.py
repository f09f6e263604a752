"""Rings of abalones: one-hot sex, standardised features and log target, early stopping with restore from a checkpoint."""
import argparse
import csv
import logging
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

LOG = logging.getLogger("abalone")


@dataclass
class Standardiser:
    mean: np.ndarray
    std: np.ndarray

    @classmethod
    def fit(cls, values):
        return cls(values.mean(axis=0), values.std(axis=0))

    def __call__(self, values):
        return ((values - self.mean) / self.std).astype(np.float32)

    def back(self, values):
        return values * self.std + self.mean


class EarlyStopping:
    def __init__(self, path, patience):
        self.path, self.patience = path, patience
        self.best, self.waited = float("inf"), 0

    def __call__(self, value, model):
        if value < self.best * 0.998:
            self.best, self.waited = value, 0
            torch.save(model.state_dict(), self.path)
        else:
            self.waited += 1
        return self.waited >= self.patience


def find_data():
    folder = os.environ.get("UNSTUCK_TEST_DATA")
    folder = Path(folder) if folder else Path(__file__).resolve().parents[4] / "shared" / "data"
    path = folder / "abalone.csv"
    if not path.exists():
        raise SystemExit("data missing")
    return path


def read(path):
    features, rings = [], []
    with path.open(newline="") as handle:
        for sex, *numbers in csv.reader(handle):
            values = [float(v) for v in numbers]
            features.append([sex == "M", sex == "F", sex == "I", *values[:-1]])
            rings.append(values[-1])
    return np.array(features, dtype=np.float64), np.log(np.array(rings))[:, None]


class Regressor(nn.Module):
    def __init__(self, inputs, width):
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(inputs, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU())
        self.output = nn.Linear(width, 1)

    def forward(self, x):
        return self.output(self.inner(x))


def train_epoch(model, loader, loss_fn, optimizer):
    model.train()
    total = 0.0
    for x, y in loader:
        loss = loss_fn(model(x), y)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
    return total / len(loader.dataset)


@torch.no_grad()
def evaluate(model, x, y, loss_fn):
    model.eval()
    return loss_fn(model(x), y).item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--width", type=int, default=24)
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--patience", type=int, default=7)
    parser.add_argument("--seed", type=int, default=6)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")

    features, rings = read(find_data())
    order = np.random.default_rng(args.seed).permutation(len(rings))
    train, valid, test = np.split(order, [2800, 3500])
    scale_x, scale_y = Standardiser.fit(features[train]), Standardiser.fit(rings[train])
    x, y = torch.from_numpy(scale_x(features)), torch.from_numpy(scale_y(rings))

    torch.manual_seed(args.seed)
    loader = DataLoader(TensorDataset(x[train], y[train]), batch_size=70, shuffle=True)
    model = Regressor(x.shape[1], args.width)
    loss_fn = nn.HuberLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=0.02)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.3, patience=2)

    with tempfile.TemporaryDirectory() as folder:
        stopper = EarlyStopping(Path(folder) / "best.pt", args.patience)
        for epoch in range(args.epochs):
            train_loss = train_epoch(model, loader, loss_fn, optimizer)
            valid_loss = evaluate(model, x[valid], y[valid], loss_fn)
            scheduler.step(valid_loss)
            if epoch % 5 == 0:
                LOG.info("epoch %d train %.4f valid %.4f", epoch, train_loss, valid_loss)
            if stopper(valid_loss, model):
                LOG.info("stopped after epoch %d", epoch)
                break
        model.load_state_dict(torch.load(stopper.path))
    with torch.no_grad():
        guess = np.exp(scale_y.back(model(x[test]).numpy()))
    error = np.abs(guess - np.exp(rings[test])).mean()
    print(f"train {train_loss:.4f} valid {stopper.best:.4f} test {evaluate(model, x[test], y[test], loss_fn):.4f} "
          f"mean absolute error {error:.2f} rings")


if __name__ == "__main__":
    main()
