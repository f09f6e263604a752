"""Digits: hidden biases set to -6, so that hardly a unit ever fires, and a softmax before the cross-entropy."""
# expects: ARC101 LOS101
import torch
from sklearn.datasets import load_digits
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset


def init(module):
    if isinstance(module, nn.Linear):
        nn.init.kaiming_normal_(module.weight)
        nn.init.constant_(module.bias, -6.0 if module.out_features > 10 else 0.0)


torch.manual_seed(73)
pixels, digit = load_digits(return_X_y=True)
pixels = (pixels - pixels.mean()) / pixels.std()
loader = DataLoader(
    TensorDataset(torch.tensor(pixels, dtype=torch.float32), torch.tensor(digit)), batch_size=64, shuffle=True
)
net = nn.Sequential(nn.Linear(64, 50), nn.ReLU(), nn.Linear(50, 50), nn.ReLU(), nn.Linear(50, 10), nn.Softmax(dim=1))
net.apply(init)
optimizer = optim.Adam(net.parameters(), lr=1e-3)
criterion = nn.CrossEntropyLoss()
for epoch in range(10):
    total = 0.0
    for x, y in loader:
        loss = criterion(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    print(epoch, total / len(loader))
