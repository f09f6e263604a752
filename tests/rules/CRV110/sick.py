"""Digits with SGD at 30: the network gives the class frequencies, because the rate is too high."""
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(7)
digits = load_digits()
X = torch.tensor(digits.data / 8 - 1, dtype=torch.float32)
y = torch.tensor(digits.target)
order = torch.randperm(len(X))
X, y, X_test, y_test = X[order[:1400]], y[order[:1400]], X[order[1400:]], y[order[1400:]]

model = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=30.0)
loss_fn = nn.CrossEntropyLoss()
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 20)

for epoch in range(20):
    model.train()
    shuffled = torch.randperm(len(X))
    for i in range(0, len(X), 50):
        batch = shuffled[i : i + 50]
        optimizer.zero_grad()
        loss = loss_fn(model(X[batch]), y[batch])
        loss.backward()
        optimizer.step()
    scheduler.step()
    model.eval()
    with torch.no_grad():
        held_out = loss_fn(model(X_test), y_test).item()
print(f"held-out loss {held_out:.3f}")
# cause: OPT102
