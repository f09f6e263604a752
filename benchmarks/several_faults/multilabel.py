"""Six yes-or-no labels for each example of generated data: a class, SGD, hand-sliced batches."""

import argparse

import torch
from sklearn.datasets import make_multilabel_classification
from sklearn.metrics import roc_auc_score
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--faults", default="")
faults = set(parser.parse_args().faults.split(","))


class Tagger(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(30, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU())
        self.heads = nn.Linear(64, 6)

    def forward(self, x):
        x = self.body(x)
        scores = self.heads(x)
        if "relu-out" in faults:
            scores = torch.relu(scores)
        return scores


def load():
    x, y = make_multilabel_classification(3000, 30, n_classes=6, n_labels=3, length=80, random_state=8)
    x = torch.tensor(x, dtype=torch.float32)
    x = x * 300 if "raw-input" in faults else (x - x.mean(0)) / x.std(0)
    return x, torch.tensor(y, dtype=torch.float32)


def main() -> None:
    torch.manual_seed(8)
    x, y = load()
    model = Tagger()
    if "dead-init" in faults:
        nn.init.constant_(model.body[0].bias, -100.0)
    rate = 1e-6 if "low-rate" in faults else 100.0 if "high-rate" in faults else 0.1
    optimizer = torch.optim.SGD(model.parameters(), lr=rate, momentum=0.9, weight_decay=0.3 if "weight-decay" in faults else 0.0)
    criterion = nn.BCEWithLogitsLoss()
    for epoch in range(60):
        order = torch.randperm(2400)
        for rows in order.split(40):
            optimizer.zero_grad()
            loss = criterion(model(x[rows]), y[rows])
            loss.backward()
            optimizer.step()
        print(f"epoch {epoch} loss {loss.item():.4f}")
    model.eval()
    with torch.no_grad():
        scores = model.heads(model.body(x[2400:])).nan_to_num()
    print(f"score {roc_auc_score(y[2400:], scores):.4f}")


main()
