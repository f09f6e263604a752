"""LSTM forecasting a noisy series with two harmonics one step ahead; the loss ends at the noise floor, not at zero."""
import argparse
import logging
import pathlib
import tempfile

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset

logger = logging.getLogger(__name__)


def make_series(length, rng):
    t = np.arange(length)
    season = np.sin(2 * np.pi * t / 12) + 0.5 * np.sin(2 * np.pi * t / 6 + 0.7)
    noise = rng.normal(0, 0.35, length)
    return (season + noise).astype(np.float32)


class Windows(Dataset):
    """Overlapping windows of the past and the value that follows."""

    def __init__(self, series, window):
        self.series = torch.from_numpy(series)
        self.window = window

    def __len__(self):
        return len(self.series) - self.window

    def __getitem__(self, i):
        piece = self.series[i:i + self.window]
        return piece.unsqueeze(-1), self.series[i + self.window]


class Forecaster(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.lstm = nn.LSTM(1, hidden, batch_first=True)
        self.head = nn.Linear(hidden, 1)

    def forward(self, x):
        states, _ = self.lstm(x)
        return self.head(states[:, -1])


def run_epoch(model, loader, loss_fn, optimizer=None, clip=2.0):
    training = optimizer is not None
    model.train(training)
    total, count = 0.0, 0
    with torch.set_grad_enabled(training):
        for x, y in loader:
            pred = model(x)
            loss = loss_fn(pred.squeeze(-1), y)
            if training:
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(model.parameters(), clip)
                optimizer.step()
            total += loss.item() * len(y)
            count += len(y)
    return total / count


def get_args():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--window", type=int, default=16)
    p.add_argument("--hidden", type=int, default=16)
    p.add_argument("--epochs", type=int, default=15)
    p.add_argument("--lr", type=float, default=1e-2)
    p.add_argument("--seed", type=int, default=5)
    return p.parse_args()


def main():
    args = get_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.manual_seed(args.seed)
    rng = np.random.default_rng(args.seed)
    series = make_series(3400, rng)
    split = 2600
    scale_mean, scale_std = series[:split].mean(), series[:split].std()
    series = (series - scale_mean) / scale_std
    train = DataLoader(Windows(series[:split], args.window), batch_size=64, shuffle=True)
    valid = DataLoader(Windows(series[split:], args.window), batch_size=256)

    model = Forecaster(args.hidden)
    loss_fn = nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, args.epochs)
    floor = (0.35 / scale_std) ** 2
    logger.info("noise floor %.4f", floor)

    with tempfile.TemporaryDirectory() as tmp:
        ckpt = pathlib.Path(tmp) / "forecaster.pth"
        best = np.inf
        for epoch in range(1, args.epochs + 1):
            tr = run_epoch(model, train, loss_fn, optimizer)
            va = run_epoch(model, valid, loss_fn)
            scheduler.step()
            if va < best:
                best = va
                torch.save(model.state_dict(), ckpt)
            logger.info("%3d | train %.4f | valid %.4f | lr %.5f", epoch, tr, va, scheduler.get_last_lr()[0])
        model.load_state_dict(torch.load(ckpt))
    print("final train", round(run_epoch(model, train, loss_fn), 4), "held-out", round(run_epoch(model, valid, loss_fn), 4))


if __name__ == "__main__":
    main()
