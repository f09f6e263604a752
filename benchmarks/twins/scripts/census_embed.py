"""Census income: embedded categories beside standardised numbers; categories.json numbers the categories."""
import csv
import json

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

NUMBERS = ["age", "education_num", "gain", "hours", "office"]
with open("categories.json") as file:
    CATEGORIES = json.load(file)


class Census(Dataset):
    def __init__(self, path, like=None):
        with open(path, newline="") as file:
            rows = list(csv.DictReader(file))
        numbers = torch.tensor([[float(row[name]) for name in NUMBERS] for row in rows])
        self.mean = numbers.mean(0) if like is None else like.mean
        self.std = numbers.std(0) if like is None else like.std
        self.numbers = (numbers - self.mean) / self.std
        ids = {name: {value: at for at, value in enumerate(values, 1)} for name, values in CATEGORIES.items()}
        self.kinds = torch.tensor([[ids[name].get(row[name], 0) for name in CATEGORIES] for row in rows])
        self.rich = torch.tensor([float(row["income"]) for row in rows])

    def __len__(self):
        return len(self.rich)

    def __getitem__(self, at):
        return self.numbers[at], self.kinds[at], self.rich[at]


class Net(nn.Module):
    def __init__(self, width=6):
        super().__init__()
        self.tables = nn.ModuleList(nn.Embedding(len(values) + 1, width) for values in CATEGORIES.values())
        self.body = nn.Sequential(nn.Linear(len(NUMBERS) + width * len(CATEGORIES), 48), nn.ReLU(), nn.Linear(48, 1))

    def forward(self, numbers, kinds):
        vectors = [table(kinds[:, at]) for at, table in enumerate(self.tables)]
        return self.body(torch.cat([numbers, *vectors], 1)).squeeze(1)


torch.manual_seed(5)
train = Census("train.csv")
test = Census("test.csv", train)
net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, nesterov=True)
epochs = 10
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
loss_fn = nn.BCEWithLogitsLoss()
for epoch in range(epochs):
    net.train()
    total = 0.0
    for numbers, kinds, rich in DataLoader(train, batch_size=100, shuffle=True):
        loss = loss_fn(net(numbers, kinds), rich)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(rich)
    scheduler.step()
    net.eval()
    right, test_loss = 0, 0.0
    with torch.no_grad():
        for numbers, kinds, rich in DataLoader(test, batch_size=400):
            out = net(numbers, kinds)
            test_loss += loss_fn(out, rich).item() * len(rich)
            right += ((out > 0) == (rich > 0.5)).sum().item()
    print(f"epoch {epoch} train {total / len(train):.4f} test {test_loss / len(test):.4f} accuracy {right / len(test):.4f}")
