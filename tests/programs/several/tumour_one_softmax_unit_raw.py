"""Breast cancer with features from 0.001 to 4000 and a softmax over the only output unit."""
# expects: LOS105 SCL101
import torch
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from torch import nn

torch.manual_seed(1)
data = load_breast_cancer()
X_train, X_test, y_train, y_test = train_test_split(data.data, data.target, test_size=0.2, random_state=42)
X_train, X_test = (torch.tensor(a, dtype=torch.float32) for a in (X_train, X_test))
y_train, y_test = (torch.tensor(a, dtype=torch.float32).reshape(-1, 1) for a in (y_train, y_test))

model = nn.Sequential(
    nn.Linear(30, 16),
    nn.ReLU(),
    nn.Linear(16, 8),
    nn.ReLU(),
    nn.Linear(8, 1),
    nn.Softmax(dim=1),
)
loss_fn = nn.BCELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.001)

batch_size = 10
for epoch in range(8):
    permutation = torch.randperm(X_train.size(0))
    for i in range(0, X_train.size(0), batch_size):
        indices = permutation[i : i + batch_size]
        y_pred = model(X_train[indices])
        loss = loss_fn(y_pred, y_train[indices])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"Finished epoch {epoch}, latest loss {loss.item():.4f}")

with torch.no_grad():
    y_pred = model(X_test)
print(f"Accuracy {(y_pred.round() == y_test).float().mean():.3f}")
