"""Depthwise-separable 1-d network on noisy waveforms; the depthwise convolution goes straight into the pointwise one."""
import argparse
import logging
import math
import os
import tempfile
from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

logger = logging.getLogger("waves")
CLASSES = ("sine", "square", "saw", "chirp")


@dataclass(frozen=True)
class Options:
    length: int = 64
    channels: int = 12
    epochs: int = 9
    batch_size: int = 64
    lr: float = 0.1
    momentum: float = 0.9
    noise: float = 0.4
    seed: int = 205


def waveform(kind, phase, frequency, t):
    angle = 2 * math.pi * frequency * t + phase
    if kind == 0:
        return torch.sin(angle) * 1.2
    if kind == 1:
        return torch.sign(torch.sin(angle))
    if kind == 2:
        return 2 * torch.remainder(angle / (2 * math.pi), 1) - 1
    return 1.2 * torch.sin(angle * (0.5 + t))


def make_set(n, options, generator):
    t = torch.linspace(0, 1, options.length)
    kinds = torch.randint(0, len(CLASSES), (n,), generator=generator)
    phases = torch.rand(n, generator=generator) * 2 * math.pi
    frequencies = 3 + 3 * torch.rand(n, generator=generator)
    waves = torch.stack([waveform(int(k), p, f, t) for k, p, f in zip(kinds, phases, frequencies)])
    return TensorDataset((waves + options.noise * torch.randn(waves.shape, generator=generator)).unsqueeze(1), kinds)


class Separable(nn.Module):
    def __init__(self, cin, cout, kernel, stride):
        super().__init__()
        self.depthwise = nn.Conv1d(cin, cin, kernel, stride, kernel // 2, groups=cin, bias=False)
        self.pointwise = nn.Conv1d(cin, cout, 1, bias=False)
        self.norm = nn.BatchNorm1d(cout)

    def forward(self, x):
        return torch.relu(self.norm(self.pointwise(self.depthwise(x))))


class WaveNet(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.stem = nn.Conv1d(1, channels, 7, stride=2, padding=3)
        self.blocks = nn.Sequential(
            Separable(channels, channels * 2, 5, 2),
            Separable(channels * 2, channels * 2, 5, 1),
        )
        self.head = nn.Linear(channels * 4, len(CLASSES))

    def forward(self, x):
        x = self.blocks(nn.functional.gelu(self.stem(x)))
        return self.head(torch.cat([x.mean(-1), x.amax(-1)], dim=1))


class Runner:
    def __init__(self, options):
        torch.manual_seed(options.seed)
        generator = torch.Generator().manual_seed(options.seed)
        self.options = options
        self.train = DataLoader(make_set(2000, options, generator), options.batch_size, shuffle=True)
        self.test = DataLoader(make_set(800, options, generator), 400)
        self.model = WaveNet(options.channels)
        self.criterion = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.SGD(self.model.parameters(), options.lr, options.momentum, weight_decay=1e-3)
        total = options.epochs * len(self.train)
        warm = torch.optim.lr_scheduler.LinearLR(self.optimizer, 0.1, 1.0, total_iters=len(self.train))
        rest = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, total - len(self.train))
        self.scheduler = torch.optim.lr_scheduler.SequentialLR(self.optimizer, [warm, rest], [len(self.train)])

    def train_epoch(self):
        self.model.train()
        total = 0.0
        for waves, kinds in self.train:
            self.optimizer.zero_grad()
            loss = self.criterion(self.model(waves), kinds)
            loss.backward()
            self.optimizer.step()
            self.scheduler.step()
            total += loss.item() * len(kinds)
        return total / len(self.train.dataset)

    def evaluate(self):
        self.model.eval()
        total, right = 0.0, 0
        with torch.inference_mode():
            for waves, kinds in self.test:
                out = self.model(waves)
                total += self.criterion(out, kinds).item() * len(kinds)
                right += int((out.argmax(1) == kinds).sum())
        return total / len(self.test.dataset), right / len(self.test.dataset)

    def __call__(self):
        with tempfile.TemporaryDirectory() as folder:
            for epoch in range(self.options.epochs):
                train = self.train_epoch()
                test, accuracy = self.evaluate()
                logger.info("epoch %d train %.4f test %.4f accuracy %.3f", epoch + 1, train, test, accuracy)
                torch.save(self.model.state_dict(), os.path.join(folder, "last.pt"))
            self.model.load_state_dict(torch.load(os.path.join(folder, "last.pt"), weights_only=True))
        return train, *self.evaluate()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=Options.epochs)
    parser.add_argument("--lr", type=float, default=Options.lr)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    print("final train %.4f test %.4f accuracy %.3f" % Runner(Options(**vars(parser.parse_args())))())
