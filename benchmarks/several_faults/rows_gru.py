"""Handwritten digits read row by row with a GRU, gradients clipped, hand-sliced batches."""

import argparse

import torch
from sklearn.datasets import load_digits
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--faults", default="")
faults = set(parser.parse_args().faults.split(","))

torch.manual_seed(3)
digits = load_digits()
x = torch.tensor(digits.images, dtype=torch.float32) / 16
y = torch.tensor(digits.target)
if "raw-input" in faults:
    x = x * 3000 - 20000
x_train, y_train, x_test, y_test = x[:1400], y[:1400], x[1400:], y[1400:]


class RowReader(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(8, 32, batch_first=True)
        self.head = nn.Linear(32, 10)

    def forward(self, rows):
        states, _ = self.gru(rows)
        last = states[:, -1]
        scores = self.head(last)
        if "softmax" in faults:
            scores = scores.softmax(dim=-1)
        return scores


model = RowReader()
parameters = model.head.parameters() if "half-optimised" in faults else model.parameters()
rate = 1e-4 if "low-rate" in faults else 30.0 if "high-rate" in faults else 0.3
optimizer = torch.optim.SGD(parameters, lr=rate, momentum=0.9)
criterion = nn.CrossEntropyLoss()
batch = 50

for epoch in range(50):
    order = torch.randperm(len(x_train))
    if "sorted" in faults:
        order = y_train.argsort()
    for start in range(0, len(x_train), batch):
        rows = order[start : start + batch]
        loss = criterion(model(x_train[rows]), y_train[rows])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1e-3 if "clipped" in faults else 1.0)
        optimizer.step()
    print("epoch", epoch, "loss", round(loss.item(), 4))

model.eval()
with torch.no_grad():
    score = (model(x_test).argmax(dim=1) == y_test).float().mean().item()
print(f"score {score:.4f}")
