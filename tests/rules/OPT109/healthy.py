"""Digits 32 at a time through batch normalisation."""
# experiment: unstuck verify
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
digits = load_digits()
X = torch.tensor(digits.data / 8 - 1, dtype=torch.float32)
y = torch.tensor(digits.target)
loader = DataLoader(TensorDataset(X, y), batch_size=32, shuffle=True, drop_last=True)

layers = []
for width in (64, 48, 48, 48):
    layers += [nn.Linear(width, 48), nn.BatchNorm1d(48), nn.ReLU()]
model = nn.Sequential(*layers, nn.Linear(48, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for epoch in range(20):
    for images, labels in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
print(f"loss {loss.item():.3f}")
