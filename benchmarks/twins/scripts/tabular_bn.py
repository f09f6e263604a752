"""Classify a table; columns are standardised with the statistics of the training file."""
import pandas as pd
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
train = pd.read_csv("train.csv")
test = pd.read_csv("test.csv")
columns = [name for name in train.columns if name != "target"]
mean, std = train[columns].mean(), train[columns].std()


def tensors(frame):
    x = ((frame[columns] - mean) / (std + 1e-8)).to_numpy("float32")
    return TensorDataset(torch.tensor(x), torch.tensor(frame["target"].to_numpy("int64")))


train_loader = DataLoader(tensors(train), batch_size=32, shuffle=True)
test_loader = DataLoader(tensors(test), batch_size=256)
model = nn.Sequential(
    nn.Linear(len(columns), 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, int(train["target"].max()) + 1)
)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=1e-2)
criterion = nn.CrossEntropyLoss()
for epoch in range(20):
    model.train()
    total = 0.0
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
    model.eval()
    test_loss = correct = 0.0
    with torch.no_grad():
        for x, y in test_loader:
            out = model(x)
            test_loss += criterion(out, y).item() * len(x)
            correct += (out.argmax(1) == y).sum().item()
    size = len(test)
    print(f"epoch {epoch} train loss {total / len(train):.4f} test loss {test_loss / size:.4f} test accuracy {correct / size:.4f}")
