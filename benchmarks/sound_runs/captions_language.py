"""German or English: a GRU over the first characters of captions."""
import gzip
import os
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

DATA = Path(os.environ.get("UNSTUCK_SHARED", "shared/data"))


def lines(name, count):
    with gzip.open(DATA / "multi30k" / name, "rt", encoding="utf-8") as file:
        return [line.strip().lower()[:16].ljust(16) for line, _ in zip(file, range(count))]


def dataset(stem, count):
    texts = [*lines(f"{stem}.de.gz", count), *lines(f"{stem}.en.gz", count)]
    ids = torch.tensor([[LETTERS.find(char) + 1 for char in text] for text in texts])
    return TensorDataset(ids, torch.arange(2 * count) // count)


LETTERS = "".join(sorted({char for name in ("train.de.gz", "train.en.gz") for one in lines(name, 1000) for char in one}))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(len(LETTERS) + 1, 12)
        self.gru = nn.GRU(12, 24, batch_first=True)
        self.out = nn.Linear(24, 2)

    def forward(self, ids):
        states, _ = self.gru(self.embed(ids))
        return self.out(states.mean(1))


torch.manual_seed(45)
net = Net()
train, test = DataLoader(dataset("train", 1000), 50, shuffle=True), DataLoader(dataset("val", 400), 200)
optimizer = torch.optim.Adam(net.parameters(), lr=6e-3)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 6)
for epoch in range(6):
    net.train()
    for ids, y in train:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(ids), y)
        loss.backward()
        optimizer.step()
    schedule.step()
    net.eval()
    with torch.no_grad():
        hits = sum((net(ids).argmax(1) == y).sum().item() for ids, y in test)
    print(epoch, round(loss.item(), 4), hits / 800)
