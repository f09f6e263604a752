"""Residual network on digits with a config dataclass, one-cycle schedule, EMA of the weights and checkpoints."""
import argparse
import copy
import logging
import os
import random
import tempfile
from dataclasses import asdict, dataclass

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset

logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
log = logging.getLogger("resnet")


@dataclass
class Config:
    width: int = 8
    blocks: int = 2
    epochs: int = 12
    batch_size: int = 80
    max_lr: float = 0.01
    weight_decay: float = 0.05
    ema: float = 0.97
    seed: int = 7


def set_seed(seed):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


class BasicBlock(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.shortcut = nn.Identity()
        if stride != 1 or cin != cout:
            self.shortcut = nn.Sequential(nn.Conv2d(cin, cout, 1, stride=stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)), inplace=True)
        out = self.bn2(self.conv2(out))
        return F.relu(out + self.shortcut(x))


class ResNet(nn.Module):
    def __init__(self, cfg, classes=10):
        super().__init__()
        w = cfg.width
        self.stem = nn.Sequential(nn.Conv2d(1, w, 3, padding=1, bias=False), nn.BatchNorm2d(w), nn.ReLU())
        stages, cin = [], w
        for i in range(cfg.blocks):
            cout = w * 2 ** i
            stages.append(BasicBlock(cin, cout, stride=1 if i == 0 else 2))
            cin = cout
        self.stages = nn.Sequential(*stages)
        self.head = nn.Linear(cin, classes)

    def forward(self, x):
        x = self.stages(self.stem(x))
        return self.head(x.mean(dim=(2, 3)))


class EMA:
    """Keeps a slow copy of the weights and buffers, used for evaluation only."""

    def __init__(self, model, decay):
        self.model = copy.deepcopy(model).eval()
        self.decay = decay
        for p in self.model.parameters():
            p.requires_grad_(False)

    @torch.no_grad()
    def update(self, model):
        for slow, fast in zip(self.model.state_dict().values(), model.state_dict().values()):
            if slow.dtype.is_floating_point:
                slow.lerp_(fast, 1 - self.decay)
            else:
                slow.copy_(fast)


def load_data(cfg):
    digits = load_digits()
    x = torch.tensor(digits.images, dtype=torch.float32)[:, None]
    y = torch.tensor(digits.target)
    perm = torch.randperm(len(y))
    x, y = x[perm], y[perm]
    n = 1400
    mean, std = x[:n].mean(), x[:n].std()
    x = (x - mean) / std
    train = DataLoader(TensorDataset(x[:n], y[:n]), cfg.batch_size, shuffle=True, drop_last=True)
    return train, DataLoader(TensorDataset(x[n:], y[n:]), 256)


def evaluate(model, loader):
    model.eval()
    loss, hits, count = 0.0, 0, 0
    with torch.inference_mode():
        for x, y in loader:
            logits = model(x)
            loss += F.cross_entropy(logits, y, reduction="sum").item()
            hits += (logits.argmax(1) == y).sum().item()
            count += len(y)
    return loss / count, hits / count


def main():
    parser = argparse.ArgumentParser()
    for key, value in asdict(Config()).items():
        parser.add_argument("--" + key.replace("_", "-"), type=type(value), default=value)
    cfg = Config(**vars(parser.parse_args()))
    set_seed(cfg.seed)
    train_loader, test_loader = load_data(cfg)
    model = ResNet(cfg)
    ema = EMA(model, cfg.ema)
    optimizer = torch.optim.AdamW(model.parameters(), lr=cfg.max_lr, weight_decay=cfg.weight_decay)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=cfg.max_lr, epochs=cfg.epochs, steps_per_epoch=len(train_loader))
    log.info("parameters: %d", sum(p.numel() for p in model.parameters()))

    with tempfile.TemporaryDirectory() as folder:
        path, best = os.path.join(folder, "best.pt"), float("inf")
        for epoch in range(cfg.epochs):
            model.train()
            running = 0.0
            for x, y in train_loader:
                loss = F.cross_entropy(model(x), y, label_smoothing=0.05)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                scheduler.step()
                ema.update(model)
                running += loss.item()
            val_loss, val_acc = evaluate(ema.model, test_loader)
            log.info("epoch %2d train %.4f held-out %.4f acc %.3f", epoch, running / len(train_loader), val_loss, val_acc)
            if val_loss < best:
                best = val_loss
                torch.save({"model": ema.model.state_dict(), "config": asdict(cfg)}, path)
        checkpoint = torch.load(path)
        restored = ResNet(Config(**checkpoint["config"]))
        restored.load_state_dict(checkpoint["model"])
    loss, acc = evaluate(restored, test_loader)
    print(f"final: train {running / len(train_loader):.4f} held-out {loss:.4f} accuracy {acc:.3f}")


if __name__ == "__main__":
    main()
