"""Three kinds of machine failure, two of them rare: weighted cross-entropy, balanced accuracy, Adam."""

import argparse

import torch
from sklearn.datasets import make_classification
from sklearn.metrics import balanced_accuracy_score
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--faults", default="")
faults = set(parser.parse_args().faults.split(","))

torch.manual_seed(10)
x, y = make_classification(
    4000, 20, n_informative=8, n_redundant=2, n_classes=3, n_clusters_per_class=1, weights=[0.94, 0.03, 0.03], class_sep=0.75,
    flip_y=0.0, random_state=10,
)  # fmt: skip
x = torch.tensor(x, dtype=torch.float32)
if "raw-input" in faults:
    x = x * 1000 + 20000
y = torch.tensor(y)
x_train, y_train, x_test, y_test = x[:3000], y[:3000], x[3000:], y[3000:]

model = nn.Sequential(nn.Linear(20, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 3))
if "constant-init" in faults:
    for layer in model:
        if isinstance(layer, nn.Linear):
            nn.init.constant_(layer.weight, 0.01)
            nn.init.constant_(layer.bias, 0.0)
if "frozen" in faults:
    for parameter in model[-1].parameters():
        parameter.requires_grad = False
        parameter *= 0.01
weights = None if "unweighted" in faults else len(y_train) / (3 * torch.bincount(y_train))
criterion = nn.CrossEntropyLoss(weight=weights)
rate = 1e-6 if "low-rate" in faults else 1.0 if "high-rate" in faults else 1e-3
optimizer = torch.optim.Adam(model.parameters(), lr=rate)

for epoch in range(60):
    for rows in torch.randperm(len(x_train)).split(50):
        output = model(x_train[rows])
        loss = criterion(output, y_train[rows])
        optimizer.zero_grad()
        loss.backward()
        if "clipped" in faults:
            torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=1e-11)
        optimizer.step()
    print(f"epoch {epoch}: loss={loss.item():.4f}")

with torch.no_grad():
    predicted = model(x_test).argmax(1)
print(f"score {balanced_accuracy_score(y_test, predicted):.4f}")
