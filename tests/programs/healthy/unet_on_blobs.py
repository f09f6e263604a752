"""Small U-Net segmenting bright blobs on a textured background, Dice plus binary cross-entropy on logits."""
import random
import tempfile
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset

SEED = 0
SIZE = 16
EPOCHS = 8


class BlobDataset(Dataset):
    def __init__(self, count, seed):
        rng = np.random.default_rng(seed)
        yy, xx = np.mgrid[:SIZE, :SIZE]
        self.images, self.masks = [], []
        for _ in range(count):
            mask = np.zeros((SIZE, SIZE), bool)
            for _ in range(rng.integers(1, 4)):
                cy, cx, ry, rx = *rng.uniform(2, SIZE - 2, 2), *rng.uniform(1.5, 4, 2)
                mask |= ((yy - cy) / ry) ** 2 + ((xx - cx) / rx) ** 2 < 1
            stripes = 0.4 * np.sin(xx * rng.uniform(0.3, 1.2) + yy * rng.uniform(0.3, 1.2))
            image = 1.6 * mask + stripes + rng.normal(0, 0.35, mask.shape)
            self.images.append(((image - 0.35) / 0.85).astype(np.float32))
            self.masks.append(mask.astype(np.float32))

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return torch.from_numpy(self.images[index])[None], torch.from_numpy(self.masks[index])[None]


def double_conv(cin, cout):
    return nn.Sequential(
        nn.Conv2d(cin, cout, 3, padding=1), nn.GroupNorm(2, cout), nn.SiLU(),
        nn.Conv2d(cout, cout, 3, padding=1), nn.GroupNorm(2, cout), nn.SiLU(),
    )


class UNet(nn.Module):
    def __init__(self, base=6):
        super().__init__()
        self.down1 = double_conv(1, base)
        self.down2 = double_conv(base, 2 * base)
        self.bottom = double_conv(2 * base, 2 * base)
        self.up2 = double_conv(4 * base, base)
        self.up1 = double_conv(2 * base, base)
        self.final = nn.Conv2d(base, 1, 1)

    def forward(self, x):
        a = self.down1(x)
        b = self.down2(F.max_pool2d(a, 2))
        c = self.bottom(F.max_pool2d(b, 2))
        c = self.up2(torch.cat([F.interpolate(c, scale_factor=2), b], dim=1))
        c = self.up1(torch.cat([F.interpolate(c, scale_factor=2), a], dim=1))
        return self.final(c)


class BCEDiceLoss(nn.Module):
    def forward(self, logits, target):
        bce = F.binary_cross_entropy_with_logits(logits, target)
        prob = torch.sigmoid(logits)
        overlap = (prob * target).sum()
        dice = 1 - (2 * overlap + 1) / (prob.sum() + target.sum() + 1)
        return bce + 0.5 * dice


def validate(model, loader, criterion):
    model.eval()
    losses, inter, union = [], 0.0, 0.0
    with torch.no_grad():
        for image, mask in loader:
            logits = model(image)
            losses.append(criterion(logits, mask).item())
            guess = logits > 0
            inter += (guess & (mask > 0)).sum().item()
            union += (guess | (mask > 0)).sum().item()
    return float(np.mean(losses)), inter / union


def main():
    random.seed(SEED)
    np.random.seed(SEED)
    torch.manual_seed(SEED)
    train_loader = DataLoader(BlobDataset(640, 1), batch_size=32, shuffle=True)
    valid_loader = DataLoader(BlobDataset(200, 2), batch_size=100)
    model = UNet()
    criterion = BCEDiceLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS * len(train_loader))
    with tempfile.TemporaryDirectory() as tmp:
        best, file = 0.0, Path(tmp) / "unet.pt"
        for epoch in range(EPOCHS):
            model.train()
            losses = []
            for image, mask in train_loader:
                optimizer.zero_grad()
                loss = criterion(model(image), mask)
                loss.backward()
                optimizer.step()
                scheduler.step()
                losses.append(loss.item())
            valid, iou = validate(model, valid_loader, criterion)
            print(f"Epoch {epoch + 1}/{EPOCHS} train {np.mean(losses):.4f} valid {valid:.4f} IoU {iou:.3f}")
            if iou > best:
                best = iou
                torch.save(model.state_dict(), file)
        model.load_state_dict(torch.load(file))
    valid, iou = validate(model, valid_loader, criterion)
    print(f"best weights: held-out loss {valid:.4f} IoU {iou:.3f}")


if __name__ == "__main__":
    main()
