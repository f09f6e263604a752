"""Digits as grey levels of 0 to 255 and a hand-written cross-entropy that takes the logarithm of zero."""
# expects: NUM101 SCL101
import torch
from sklearn.datasets import load_digits
from torch import nn


def cross_entropy(scores, one_hot):
    probabilities = torch.exp(scores) / torch.exp(scores).sum(dim=1, keepdim=True)
    return -(one_hot * torch.log(probabilities)).sum(dim=1).mean()


torch.manual_seed(31)
digits = load_digits()
x = torch.tensor(digits.data * 255 / 16, dtype=torch.float32)
one_hot = torch.eye(10)[torch.tensor(digits.target)]

model = nn.Sequential(nn.Linear(64, 100), nn.ReLU(), nn.Linear(100, 10))
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
for epoch in range(6):
    for rows in torch.randperm(len(x)).split(60):
        optimizer.zero_grad()
        loss = cross_entropy(model(x[rows]), one_hot[rows])
        loss.backward()
        optimizer.step()
    print(f"epoch {epoch + 1}  loss {loss.item():.4f}")
accuracy = (model(x).argmax(1) == torch.tensor(digits.target)).float().mean()
print(f"accuracy {accuracy:.3f}")
