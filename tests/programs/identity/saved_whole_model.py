"""The model saved whole with torch.save, loaded again, trained on; prints the sha1 of the bytes on disk."""
import hashlib
import tempfile
from pathlib import Path

import torch
from _fingerprint import fingerprint, seed
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(4, 16)
        self.norm = nn.BatchNorm1d(16)
        self.out = nn.Linear(16, 2)

    def forward(self, x):
        return self.out(torch.relu(self.norm(self.hidden(x))))


def fit(model, optimizer, steps):
    for _ in range(steps):
        x = torch.randn(32, 4)
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), (x[:, 0] > x[:, 1]).long())
        loss.backward()
        optimizer.step()
    return loss.item()


if __name__ == "__main__":
    seed(11)
    model = Net()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    print(fit(model, optimizer, 60))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.pt"
        torch.save(model, path)
        print("bytes", path.stat().st_size, hashlib.sha1(path.read_bytes()).hexdigest())
        model = torch.load(path, weights_only=False)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
    print(fit(model, optimizer, 60))
    fingerprint(model, optimizer)
