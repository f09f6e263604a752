"""MobileNetV2 blocks with linear bottlenecks (no activation after the projection, on purpose) on drawn shapes."""
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


@dataclass
class Settings:
    size: int = 16
    n_train: int = 1536
    n_test: int = 512
    epochs: int = 7
    batch: int = 64
    lr: float = 6e-3


def draw(kind, size, rng):
    """A square, a disc, a cross or a ring at a random place with a little noise."""
    yy, xx = np.mgrid[:size, :size]
    r = rng.uniform(3.0, 4.5)
    cy, cx = rng.uniform(r + 0.5, size - r - 1.5, 2)
    dy, dx = np.abs(yy - cy), np.abs(xx - cx)
    dist = np.sqrt(dy ** 2 + dx ** 2)
    if kind == 0:
        mask = (dy < r * 0.85) & (dx < r * 0.85)
    elif kind == 1:
        mask = dist < r
    elif kind == 2:
        mask = ((dy < 1.1) & (dx < r)) | ((dx < 1.1) & (dy < r))
    else:
        mask = (dist < r) & (dist > r - 1.8)
    return mask + rng.normal(0, 0.15, (size, size))


class Shapes(Dataset):
    def __init__(self, n, size, seed):
        rng = np.random.default_rng(seed)
        self.labels = rng.integers(0, 4, n)
        self.images = np.stack([draw(k, size, rng) for k in self.labels]).astype(np.float32)
        self.images = (self.images - 0.2) / 0.4

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return torch.from_numpy(self.images[i])[None], int(self.labels[i])


class InvertedResidual(nn.Module):
    def __init__(self, cin, cout, stride, expand):
        super().__init__()
        hidden = cin * expand
        self.use_skip = stride == 1 and cin == cout
        self.block = nn.Sequential(
            nn.Conv2d(cin, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6(),
            nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6(),
            nn.Conv2d(hidden, cout, 1, bias=False), nn.BatchNorm2d(cout),
        )

    def forward(self, x):
        return x + self.block(x) if self.use_skip else self.block(x)


class MobileNet(nn.Module):
    plan = [(8, 1, 3), (16, 2, 3), (16, 1, 3)]

    def __init__(self, classes):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU6())
        layers, cin = [], 8
        for cout, stride, expand in self.plan:
            layers.append(InvertedResidual(cin, cout, stride, expand))
            cin = cout
        self.body = nn.Sequential(*layers)
        self.last = nn.Sequential(nn.Conv2d(cin, 48, 1, bias=False), nn.BatchNorm2d(48), nn.ReLU6())
        self.classifier = nn.Linear(48, classes)

    def forward(self, x):
        x = self.last(self.body(self.stem(x)))
        return self.classifier(nn.functional.adaptive_avg_pool2d(x, 1).flatten(1))


class Trainer:
    def __init__(self, settings):
        self.s = settings
        torch.manual_seed(3)
        self.train_loader = DataLoader(Shapes(settings.n_train, settings.size, 10), settings.batch, shuffle=True)
        self.test_loader = DataLoader(Shapes(settings.n_test, settings.size, 11), 256)
        self.net = MobileNet(4)
        self.optim = torch.optim.AdamW(self.net.parameters(), lr=settings.lr, weight_decay=0.01)
        total = settings.epochs * len(self.train_loader)
        self.sched = torch.optim.lr_scheduler.LambdaLR(
            self.optim, lambda t: min(1.0, (t + 1) / 20) * 0.5 * (1 + np.cos(np.pi * t / total)))
        self.loss = nn.CrossEntropyLoss()

    def epoch(self):
        self.net.train()
        seen = []
        for images, labels in self.train_loader:
            self.optim.zero_grad()
            loss = self.loss(self.net(images), labels)
            loss.backward()
            self.optim.step()
            self.sched.step()
            seen.append(loss.item())
        return sum(seen) / len(seen)

    @torch.no_grad()
    def evaluate(self):
        self.net.eval()
        outs = [(self.net(x), y) for x, y in self.test_loader]
        logits, labels = torch.cat([o for o, _ in outs]), torch.cat([y for _, y in outs])
        return self.loss(logits, labels).item(), (logits.argmax(1) == labels).float().mean().item()

    def fit(self):
        for epoch in range(self.s.epochs):
            train = self.epoch()
            test, acc = self.evaluate()
            print(f"[{epoch:02d}] train={train:.4f} test={test:.4f} acc={acc:.3f}")


if __name__ == "__main__":
    Trainer(Settings()).fit()
