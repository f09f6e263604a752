"""Batches by slicing a tensor that was permuted once an epoch; a last short batch."""
# steps: 340
# optimizer-steps: 340
# losses: 1
import torch
from torch import nn

torch.manual_seed(23)
X = torch.randn(660, 7)
y = (X @ torch.randn(7, 1) + 0.1 * torch.randn(660, 1)) / 7**0.5
model = nn.Sequential(nn.Linear(7, 20), nn.ReLU(), nn.Linear(20, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
batch_size = 40
for epoch in range(20):
    permutation = torch.randperm(X.size(0))
    X, y = X[permutation], y[permutation]
    for i in range(0, X.size(0), batch_size):
        batch_x, batch_y = X[i : i + batch_size], y[i : i + batch_size]
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(batch_x), batch_y)
        loss.backward()
        optimizer.step()
    if epoch % 4 == 3:
        print("Epoch: %d, loss: %.4f" % (epoch + 1, loss))
