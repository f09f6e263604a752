"""Tensors moved by hand; nobody clears w.grad."""
import torch

torch.manual_seed(0)
x = torch.randn(300, 5)
y = x @ torch.randn(5, 1) + 0.1 * torch.randn(300, 1)
w = torch.randn(5, 1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
for step in range(120):
    loss = (x @ w + b - y).pow(2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.01 * w.grad
        b -= 0.01 * b.grad
print(loss.item())
