"""Census income: categories as embeddings, numbers standardised, batches balanced by a WeightedRandomSampler."""
import csv
import os
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset, WeightedRandomSampler

where = Path(os.environ["UNSTUCK_TEST_DATA"]) if "UNSTUCK_TEST_DATA" in os.environ else \
    Path(__file__).resolve().parents[4] / "shared" / "data"
if not (where / "adult-train.csv").exists() or not (where / "adult-test.csv").exists():
    raise SystemExit("data missing")

NUMERIC = (0, 4, 10, 11, 12)
CATEGORICAL = (1, 5, 6, 7, 8, 9)


def read(name, limit):
    with open(where / name, newline="") as handle:
        rows = [[cell.strip() for cell in row] for row in csv.reader(handle) if len(row) == 15]
    rows = [r for r in rows if "?" not in r][:limit]
    numbers = np.array([[float(r[i]) for i in NUMERIC] for r in rows], dtype=np.float32)
    numbers[:, 2:4] = np.log1p(numbers[:, 2:4]) / 8  # capital gain and loss are zero for nearly everybody
    labels = np.array([r[-1].rstrip(".") == ">50K" for r in rows], dtype=np.float32)
    return numbers, [[r[i] for i in CATEGORICAL] for r in rows], labels


class TabularNet(nn.Module):
    def __init__(self, sizes, numeric, dim=3):
        super().__init__()
        self.embeddings = nn.ModuleList(nn.Embedding(n, dim) for n in sizes)
        self.hidden = nn.Linear(dim * len(sizes) + numeric, 24)
        self.output = nn.Linear(24, 1)

    def forward(self, numbers, categories):
        parts = [e(categories[:, i]) for i, e in enumerate(self.embeddings)]
        h = torch.cat([numbers, *parts], dim=1)
        return self.output(nn.functional.leaky_relu(self.hidden(h), 0.1)).squeeze(-1)


torch.manual_seed(55)
train_num, train_cat, train_y = read("adult-train.csv", 9000)
test_num, test_cat, test_y = read("adult-test.csv", 4000)
vocabularies = [{word: i + 1 for i, word in enumerate(sorted({row[c] for row in train_cat}))} for c in range(len(CATEGORICAL))]
mean, std = train_num.mean(0), train_num.std(0)


def tensors(numbers, categories, labels):
    codes = [[v.get(word, 0) for word, v in zip(row, vocabularies)] for row in categories]
    return torch.tensor((numbers - mean) / std), torch.tensor(codes), torch.tensor(labels)


train, test = tensors(train_num, train_cat, train_y), tensors(test_num, test_cat, test_y)
share = train[2].mean()
sampler = WeightedRandomSampler(torch.where(train[2] > 0, 0.5 / share, 0.5 / (1 - share)), len(train[2]))
loader = DataLoader(TensorDataset(*train), batch_size=150, sampler=sampler)
model = TabularNet([len(v) + 1 for v in vocabularies], len(NUMERIC))
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3, weight_decay=1e-4)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 8, eta_min=1e-5)
for epoch in range(8):
    model.train()
    running = 0.0
    for numbers, categories, labels in loader:
        optimizer.zero_grad()
        loss = criterion(model(numbers, categories), labels)
        loss.backward()
        optimizer.step()
        running += loss.item() / len(loader)
    scheduler.step()
    model.eval()
    with torch.no_grad():
        logits = model(test[0], test[1])
        test_loss = criterion(logits, test[2]).item()
        guess = logits > 0
        recalls = [(guess == v)[test[2] == v].float().mean().item() for v in (0, 1)]
    print(f"epoch {epoch + 1}: balanced train {running:.4f} natural test {test_loss:.4f} recall of both classes {np.round(recalls, 3)}")
