"""The run ends when the loss has become level."""
import torch
from torch import nn

torch.manual_seed(0)
X = torch.randn(400, 6)
y = X @ torch.randn(6, 1) + 1.5 * torch.randn(400, 1)

model = nn.Linear(6, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.005)
for epoch in range(40):
    for rows in torch.randperm(400).split(40):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(X[rows]), y[rows])
        loss.backward()
        optimizer.step()
    print(f"epoch {epoch}: loss {loss.item():.4f}")
