"""Digits with augmentation and class weights from config.json."""
import json

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

config = json.load(open("config.json"))


class Digits(Dataset):
    def __init__(self, name):
        file = np.load(f"{name}.npz")
        self.x, self.y = file["x"], file["y"]
        self.augment = name in config["augment"]["splits"]

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        x = torch.tensor(self.x[i], dtype=torch.float32)
        if self.augment:
            a = config["augment"]
            shift = torch.randint(-a["shift"], a["shift"] + 1, (2,)).tolist()
            x = torch.roll(x, shift, (0, 1))
            size = a["erase"]
            if size:
                top, left = torch.randint(0, 28 - size + 1, (2,)).tolist()
                x[top:top + size, left:left + size] = 0
            x = x * (1 + a["contrast"] * (2 * torch.rand(()) - 1)) + a["noise"] * torch.randn_like(x)
        return x.flatten(), int(self.y[i])


def main():
    torch.manual_seed(config["seed"])
    train = DataLoader(Digits("train"), batch_size=config["batch_size"], shuffle=True)
    test = DataLoader(Digits("test"), batch_size=200)
    model = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=config["lr"])
    criterion = nn.CrossEntropyLoss(weight=torch.tensor(config["class_weights"]))
    for epoch in range(config["epochs"]):
        model.train()
        for x, y in train:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        model.eval()
        right = np.zeros(10)
        seen = np.zeros(10)
        with torch.no_grad():
            for x, y in test:
                hit = model(x).argmax(1) == y
                right += np.bincount(y[hit].numpy(), minlength=10)
                seen += np.bincount(y.numpy(), minlength=10)
        recall = (right / seen.clip(1))[seen > 0]
        print(f"epoch {epoch}: accuracy {right.sum() / seen.sum():.4f}, mean recall {recall.mean():.4f}")


main()
