"""Will a loan be paid back: categories in embeddings beside numbers, generated data, Adam, DataLoader."""

import argparse

import torch
from sklearn.metrics import roc_auc_score
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

parser = argparse.ArgumentParser()
parser.add_argument("--faults", default="")
faults = set(parser.parse_args().faults.split(","))

torch.manual_seed(9)
SIZES = (12, 7, 20)
N = 4000
categories = torch.stack([torch.randint(0, size, (N,)) for size in SIZES], 1)
numbers = torch.randn(N, 4) * torch.tensor([15000.0, 12.0, 300.0, 8000.0]) + torch.tensor([50000.0, 40.0, 650.0, 20000.0])
standard = (numbers - numbers.mean(0)) / numbers.std(0)
worth = sum(torch.randn(size)[column] for size, column in zip(SIZES, categories.T, strict=True))
logit = worth * 1.5 + 2 * standard[:, 0] * standard[:, 2].sign() - standard[:, 3]
repaid = (logit > logit.median()).float()
if "raw-input" not in faults:
    numbers = standard


class LoanNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embeddings = nn.ModuleList(nn.Embedding(size, 8) for size in SIZES)
        hidden = [nn.Linear(28, 64), nn.Linear(64, 64)]
        self.hidden = hidden if "plain-list" in faults else nn.ModuleList(hidden)
        if "plain-list" in faults:
            for layer in hidden:
                nn.init.normal_(layer.weight, 0, 0.01)
        self.out = nn.Linear(64, 1)

    def forward(self, categories, numbers):
        embedded = [table(column) for table, column in zip(self.embeddings, categories.T, strict=True)]
        x = torch.cat([*embedded, numbers], dim=1)
        for layer in self.hidden:
            x = torch.relu(layer(x))
        return self.out(x)


model = LoanNet()
rate = 1e-6 if "low-rate" in faults else 0.5 if "high-rate" in faults else 2e-3
decay = 5.0 if "weight-decay" in faults else 0.0
optimizer = torch.optim.Adam(model.parameters(), lr=rate, weight_decay=decay)
criterion = nn.BCEWithLogitsLoss()
train = TensorDataset(categories[:3200], numbers[:3200], repaid[:3200])
if "sorted" in faults:
    order = repaid[:3200].argsort()
    train = TensorDataset(*(column[order] for column in train.tensors))
loader = DataLoader(train, batch_size=64, shuffle="sorted" not in faults)

for epoch in range(50):
    model.train()
    total = 0.0
    for kinds, values, paid in loader:
        optimizer.zero_grad()
        loss = criterion(model(kinds, values).squeeze(1), paid)
        loss.backward()
        optimizer.step()
        total += loss.item()
    print(f"Epoch {epoch:02d} | train loss {total / len(loader):.4f}")

model.eval()
with torch.no_grad():
    answer = model(categories[3200:], numbers[3200:]).squeeze(1).nan_to_num()
print(f"score {roc_auc_score(repaid[3200:], answer):.4f}")
