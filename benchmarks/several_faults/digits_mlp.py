"""Handwritten digits, a network with one hidden layer and dropout, a DataLoader, Adam."""

import argparse

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

parser = argparse.ArgumentParser()
parser.add_argument("--faults", default="")
faults = set(parser.parse_args().faults.split(","))

torch.manual_seed(1)
images, labels = load_digits(return_X_y=True)
x = torch.tensor(images, dtype=torch.float32)
x = x / 8 - 1
y = torch.tensor(labels)
x_train, y_train, x_test, y_test = x[:1400], y[:1400], x[1400:], y[1400:]
if "sorted" in faults:
    order = y_train.argsort()
    x_train, y_train = x_train[order], y_train[order]


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(64, 64)
        self.drop = nn.Dropout(0.97 if "dropout" in faults else 0.1)
        self.out = nn.Linear(64, 10)

    def forward(self, x):
        x = self.out(self.drop(torch.relu(self.hidden(x))))
        if "relu-out" in faults:
            x = torch.relu(x)
        return x


net = Net()
if "frozen" in faults:
    for parameter in net.out.parameters():
        parameter.requires_grad = False
        parameter.zero_()
rate = 1e-6 if "low-rate" in faults else 0.5 if "high-rate" in faults else 2e-3
optimizer = torch.optim.Adam(net.parameters(), lr=rate)
loader = DataLoader(TensorDataset(x_train, y_train), batch_size=32, shuffle="sorted" not in faults)
criterion = nn.CrossEntropyLoss()

for epoch in range(60):
    net.train()
    total = 0.0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = criterion(net(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item()
    print(f"epoch {epoch}: loss {total / len(loader):.3f}")

net.eval()
faults.discard("relu-out")  # the score is that of what was learned
with torch.no_grad():
    score = (net(x_test).argmax(1) == y_test).float().mean().item()
print(f"score {score:.4f}")
