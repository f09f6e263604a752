"""Self-supervision by rotation on digits, then the trained encoder is loaded, frozen on purpose and probed linearly."""
import logging
import os
import tempfile
from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits


@dataclass
class Plan:
    pretext_epochs: int = 14
    probe_epochs: int = 25
    batch: int = 100
    seed: int = 220


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv2d(1, 12, 3, padding=1)
        self.n1 = nn.GroupNorm(3, 12)
        self.c2 = nn.Conv2d(12, 24, 3, padding=1, stride=2)
        self.n2 = nn.GroupNorm(4, 24)

    def forward(self, x):
        x = F.silu(self.n1(self.c1(x)))
        x = F.silu(self.n2(self.c2(x)))
        return F.adaptive_avg_pool2d(x, 2).flatten(1)


class WithHead(nn.Module):
    def __init__(self, encoder, classes):
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(96, classes)

    def forward(self, x):
        return self.head(self.encoder(x))


def rotate(x):
    """Every image is turned by a random multiple of ninety degrees, which is also the label."""
    turns = torch.randint(0, 4, (len(x),))
    turned = torch.stack([torch.rot90(image, int(k), (1, 2)) for image, k in zip(x, turns)])
    return turned, turns


def measure(model, x, y):
    model.eval()
    with torch.no_grad():
        out = model(x)
    return F.cross_entropy(out, y).item(), (out.argmax(1) == y).float().mean().item()


def fit(model, parameters, batches, epochs, steps, lr, wd):
    optimizer = torch.optim.AdamW(parameters, lr=lr, weight_decay=wd)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * steps)
    for _ in range(epochs):
        model.train()
        total = 0.0
        for x, y in batches():
            loss = F.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
            total += loss.item() / steps
        yield total


def main(plan):
    log = logging.getLogger("rotation")
    torch.manual_seed(plan.seed)
    digits = load_digits()
    order = torch.randperm(len(digits.target))
    images = torch.tensor(digits.images, dtype=torch.float32)[order].unsqueeze(1) / 8 - 1
    labels = torch.tensor(digits.target)[order]
    train, test = slice(0, 1400), slice(1400, None)

    pretext = WithHead(Encoder(), 4)
    rotated_test = rotate(images[test])

    def rotation_batches():
        for rows in torch.randperm(1400).split(plan.batch):
            yield rotate(images[train][rows])

    for epoch, loss in enumerate(fit(pretext, pretext.parameters(), rotation_batches, plan.pretext_epochs, 14, 6e-3, 0.05)):
        held_out = measure(pretext, *rotated_test)
        if epoch % 4 == 1:
            log.info("pretext %d train %.4f held-out %.4f accuracy %.3f", epoch + 1, loss, *held_out)

    with tempfile.TemporaryDirectory() as tmp:
        torch.save(pretext.encoder.state_dict(), os.path.join(tmp, "encoder.pt"))
        encoder = Encoder()
        encoder.load_state_dict(torch.load(os.path.join(tmp, "encoder.pt")))
    encoder.requires_grad_(False)
    probe = WithHead(encoder, 10)

    def digit_batches():
        for rows in torch.randperm(1400).split(plan.batch):
            yield images[train][rows], labels[train][rows]

    for epoch, loss in enumerate(fit(probe, probe.head.parameters(), digit_batches, plan.probe_epochs, 14, 0.05, 0.1)):
        held_out = measure(probe, images[test], labels[test])
    print(f"probe train {loss:.4f} held-out {held_out[0]:.4f} accuracy {held_out[1]:.3f}")


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main(Plan())
