"""A new tensor after every step, as functional code writes it; the names stay, the tensors do not."""
import torch

torch.manual_seed(0)
x = torch.randn(200, 4)
y = x @ torch.randn(4, 1) + 0.1 * torch.randn(200, 1)
w = torch.zeros(4, 1, requires_grad=True)
for step in range(150):
    loss = (x @ w - y).pow(2).mean()
    loss.backward()
    w = (w - 0.1 * w.grad).detach().requires_grad_()
print(loss.item())
