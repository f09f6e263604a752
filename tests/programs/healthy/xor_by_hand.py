"""Exclusive or by hand: four points, raw tensors, sigmoids, the squared error, the update written out."""
# Healthy: four points are all there is; after a long plateau the net answers all of them.
import torch

torch.manual_seed(0)
X = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
y = torch.tensor([[0.0], [1.0], [1.0], [0.0]])
w1 = torch.randn(2, 4, requires_grad=True)
b1 = torch.zeros(4, requires_grad=True)
w2 = torch.randn(4, 1, requires_grad=True)
b2 = torch.zeros(1, requires_grad=True)
lr = 1.0
for epoch in range(3000):
    hidden = torch.sigmoid(X @ w1 + b1)
    out = torch.sigmoid(hidden @ w2 + b2)
    loss = ((out - y) ** 2).sum()
    loss.backward()
    with torch.no_grad():
        for p in (w1, b1, w2, b2):
            p -= lr * p.grad
            p.grad.zero_()
    if epoch % 600 == 599:
        print(f"epoch {epoch + 1}: loss {loss.item():.4f}")
print("answers", [round(v, 2) for v in out.flatten().tolist()])
