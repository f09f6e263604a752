"""Photos of four kinds, enlarged by chance: augment.json says how much is cut, turned and hidden."""
import json
import math
import random

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

AUGMENT = json.load(open("augment.json"))
random.seed(0)
torch.manual_seed(0)


def augment(batch):
    out = []
    for image in batch:
        angle = math.radians(random.uniform(-AUGMENT["turn"], AUGMENT["turn"]))
        side = random.uniform(AUGMENT["smallest"], AUGMENT["largest"])
        a, b = random.uniform(side - 1, 1 - side), random.uniform(side - 1, 1 - side)
        grid = F.affine_grid(torch.tensor([[[side * math.cos(angle), -side * math.sin(angle), a],
                                            [side * math.sin(angle), side * math.cos(angle), b]]]), (1, 3, 32, 32), align_corners=False)
        image = F.grid_sample(image[None], grid, padding_mode="reflection", align_corners=False)[0]
        if AUGMENT["mirror"] and random.random() < 0.5:
            image = image.flip(2)
        out.append(image)
    return torch.stack(out)


def load(part):
    with np.load(f"{part}.npz") as file:
        return torch.from_numpy(file["photos"]).permute(0, 3, 1, 2).float() / 127.5 - 1, torch.from_numpy(file["kinds"])


photos, kinds = load("train")
photos_test, kinds_test = load("test")
model = nn.Sequential(
    nn.Conv2d(3, 16, 3, stride=2, padding=1), nn.BatchNorm2d(16), nn.SiLU(),
    nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.BatchNorm2d(32), nn.SiLU(),
    nn.Conv2d(32, 64, 3, stride=2, padding=1), nn.BatchNorm2d(64), nn.SiLU(),
    nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(256, 4),
)
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.85)
for epoch in range(10):
    model.train()
    mean = []
    for rows in torch.randperm(len(photos)).split(40):
        loss = F.cross_entropy(model(augment(photos[rows])), kinds[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        mean.append(loss.item())
    schedule.step()
    model.eval()
    with torch.no_grad():
        out = model(photos_test)
    print(f"epoch {epoch} train loss {np.mean(mean):.3f} test loss {F.cross_entropy(out, kinds_test):.3f} test accuracy {(out.argmax(1) == kinds_test).float().mean():.4f}")
