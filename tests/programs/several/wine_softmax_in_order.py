"""Wine cultivars, read in the order of the file, class probabilities into CrossEntropyLoss."""
# expects: LOS101 SPL103
import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_wine
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class WineNet(nn.Module):
    def __init__(self, features=13, hidden=32, classes=3):
        super().__init__()
        self.fc1 = nn.Linear(features, hidden)
        self.fc2 = nn.Linear(hidden, hidden)
        self.out = nn.Linear(hidden, classes)

    def forward(self, x):
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return F.softmax(self.out(x), dim=1)


def main():
    torch.manual_seed(7)
    data = load_wine()
    features = (data.data - data.data.mean(0)) / data.data.std(0)
    dataset = TensorDataset(torch.from_numpy(features.astype(np.float32)), torch.from_numpy(data.target))
    loader = DataLoader(dataset, batch_size=16)
    net = WineNet()
    loss_fn = nn.CrossEntropyLoss()
    opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    for epoch in range(36):
        seen, right, running = 0, 0, 0.0
        for x, y in loader:
            opt.zero_grad()
            p = net(x)
            loss = loss_fn(p, y)
            loss.backward()
            opt.step()
            running += loss.item() * len(y)
            right += (p.argmax(1) == y).sum().item()
            seen += len(y)
        if epoch % 6 == 5:
            print(f"[{epoch + 1}] loss={running / seen:.3f} acc={right / seen:.3f}")


if __name__ == "__main__":
    main()
