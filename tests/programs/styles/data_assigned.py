"""No optimiser: w.data = w.data - lr * w.grad.data, and the gradient zeroed by hand; the original way of a first course."""
# steps: 200
# optimizer-steps: 0
# losses: 1
import torch

torch.manual_seed(6)
x_data = [1.0, 2.0, 3.0, 4.0]
y_data = [2.1, 3.9, 6.2, 7.8]
w = torch.tensor([1.0], requires_grad=True)


def forward(x):
    return x * w


def loss(x, y):
    return (forward(x) - y) ** 2


print("predict (before training)", 5, forward(5).item())
for epoch in range(50):
    for x_val, y_val in zip(x_data, y_data):
        l = loss(x_val, y_val)
        l.backward()
        w.data = w.data - 0.01 * w.grad.data
        w.grad.data.zero_()
    if epoch % 10 == 0:
        print("progress:", epoch, l.item())
print("predict (after training)", 5, forward(5).item())
