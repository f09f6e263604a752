"""A linear map is learned as a product of two matrices, the squared error written by hand."""
# Healthy: the data are linear, the product is the point of the exercise, and it is found.
import torch
import torch.nn as nn

torch.manual_seed(20)
A = torch.randn(3, 4)
x = torch.randn(200, 4)
y = x @ A.T + 0.01 * torch.randn(200, 3)
model = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for t in range(600):
    error = model(x) - y
    loss = (error**2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if t % 150 == 149:
        print(t + 1, loss.item())
