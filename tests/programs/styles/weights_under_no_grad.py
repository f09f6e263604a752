"""No module, no optimiser: w1 -= lr * w1.grad under no_grad, the way of the beginners' pages."""
# steps: 500
# optimizer-steps: 0
# losses: 1
import torch

torch.manual_seed(8)
N, D_in, H, D_out = 64, 20, 30, 2
x = torch.randn(N, D_in)
y = torch.tanh(x @ torch.randn(D_in, D_out) / 4)
w1 = (torch.randn(D_in, H) / D_in**0.5).requires_grad_()
w2 = (torch.randn(H, D_out) / H**0.5).requires_grad_()
learning_rate = 0.2
for t in range(500):
    y_pred = x.mm(w1).clamp(min=0).mm(w2)
    loss = (y_pred - y).pow(2).mean()
    if t % 100 == 99:
        print(t, loss.item())
    loss.backward()
    with torch.no_grad():
        w1 -= learning_rate * w1.grad
        w2 -= learning_rate * w2.grad
        w1.grad.zero_()
        w2.grad.zero_()
