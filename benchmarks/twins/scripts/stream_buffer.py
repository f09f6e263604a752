"""Rows streamed from a CSV file through a small shuffle buffer."""
import csv
import random

import torch
from torch import nn
from torch.utils.data import DataLoader, IterableDataset


class Stream(IterableDataset):
    def __init__(self, path, buffer=0):
        self.path, self.buffer = path, buffer

    def rows(self):
        with open(self.path) as file:
            for row in csv.reader(file):
                yield torch.tensor([float(value) for value in row[:-1]]) / 16, int(row[-1])

    def __iter__(self):
        held = []
        for row in self.rows():
            if self.buffer == 0:
                yield row
                continue
            held.append(row)
            if len(held) > self.buffer:
                yield held.pop(random.randrange(len(held)))
        random.shuffle(held)
        yield from held


random.seed(0)
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
criterion = nn.CrossEntropyLoss()
train = DataLoader(Stream("train.csv", buffer=64), batch_size=32)
test = DataLoader(Stream("test.csv"), batch_size=100)
for epoch in range(12):
    model.train()
    for x, y in train:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        hits = torch.cat([model(x).argmax(1) == y for x, y in test])
    print(f"epoch {epoch}: loss {loss.item():.3f}, test accuracy {hits.float().mean().item():.4f}")
