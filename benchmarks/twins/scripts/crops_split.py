"""Crops of photos; split.json says which are for training and which for validation."""
import json

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, Subset


class Crops(Dataset):
    def __init__(self):
        self.pixels = np.load("crops.npy", mmap_mode="r")
        self.labels = np.load("labels.npy")

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, at):
        pixels = torch.from_numpy(np.array(self.pixels[at])).permute(2, 0, 1)
        return (pixels.float() - 120) / 64, self.labels[at]


torch.manual_seed(13)
crops = Crops()
with open("split.json") as file:
    split = json.load(file)
train = Subset(crops, split["train"])
valid = Subset(crops, split["valid"])
loaders = {
    "train": DataLoader(train, batch_size=32, shuffle=True, generator=torch.Generator().manual_seed(4)),
    "valid": DataLoader(valid, batch_size=125),
}
model = nn.Sequential(
    nn.Conv2d(3, 16, 3, stride=2, padding=1), nn.BatchNorm2d(16), nn.GELU(),
    nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.BatchNorm2d(32), nn.GELU(),
    nn.Conv2d(32, 48, 3, padding=1), nn.GELU(), nn.AvgPool2d(2),
    nn.Flatten(), nn.Dropout(0.3), nn.Linear(48 * 9, 4),
)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=1e-2)
loss_function = nn.CrossEntropyLoss()
for epoch in range(7):
    figures = {}
    for phase in ("train", "valid"):
        model.train(phase == "train")
        loss_sum, hits, count = 0.0, 0, 0
        for pixels, labels in loaders[phase]:
            with torch.set_grad_enabled(phase == "train"):
                out = model(pixels)
                loss = loss_function(out, labels)
                if phase == "train":
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()
            loss_sum += loss.item() * len(labels)
            hits += (out.argmax(1) == labels).sum().item()
            count += len(labels)
        figures[phase] = f"{phase} loss {loss_sum / count:.3f} acc {hits / count:.4f}"
    print(epoch, " ".join(figures.values()))
