"""One folder of PNG files and index.csv: file, label, split."""
import csv

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Indexed(Dataset):
    def __init__(self, split):
        with open("index.csv", newline="") as file:
            self.rows = [row for row in csv.DictReader(file) if row["split"] == split]
        self.kept = {}

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, at):
        if at not in self.kept:
            self.kept[at] = np.asarray(Image.open("png/" + self.rows[at]["file"]), dtype=np.float32) / 127.5 - 1
        return self.kept[at][None], int(self.rows[at]["label"])


torch.manual_seed(100)
model = nn.Sequential(
    nn.Conv2d(1, 8, 5, padding=2), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(8, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Dropout(0.25), nn.Linear(16 * 36, 10))
loaders = {"train": DataLoader(Indexed("train"), batch_size=50, shuffle=True),
           "test": DataLoader(Indexed("test"), batch_size=100)}
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-3)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 8 * len(loaders["train"]))
for epoch in range(8):
    for phase in ("train", "test"):
        model.train(phase == "train")
        loss_sum = correct = count = 0
        for x, y in loaders[phase]:
            with torch.set_grad_enabled(phase == "train"):
                out = model(x)
                loss = nn.functional.cross_entropy(out, y)
            if phase == "train":
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
            loss_sum += loss.item() * len(y)
            correct += (out.argmax(1) == y).sum().item()
            count += len(y)
        print(f"epoch {epoch} {phase}: loss {loss_sum / count:.4f} accuracy {correct / count:.4f}")
