"""No module and no optimiser: three raw tensors, the update written by hand, six thousand small steps."""
import torch

torch.manual_seed(60)
n = 3000
X = torch.randn(n, 2)
labels = torch.bernoulli(torch.sigmoid(5 * ((X ** 2).sum(1) - 1.4)))
X_train, t_train, X_test, t_test = X[:2200], labels[:2200], X[2200:], labels[2200:]

W1 = (torch.randn(2, 12) * 0.7).requires_grad_()
b1 = torch.zeros(12, requires_grad=True)
w2 = (torch.randn(12) * 0.3).requires_grad_()
b2 = torch.zeros((), requires_grad=True)
params = [W1, b1, w2, b2]
velocity = [torch.zeros_like(p) for p in params]


def predict(x):
    return torch.sigmoid(torch.tanh(x @ W1 + b1) @ w2 + b2)


def entropy(p, t):
    return -(t * torch.log(p + 1e-7) + (1 - t) * torch.log(1 - p + 1e-7)).mean()


lr = 0.1
for i in range(6000):
    rows = torch.randint(0, 2200, (50,))
    loss = entropy(predict(X_train[rows]), t_train[rows])
    loss.backward()
    with torch.no_grad():
        for p, v in zip(params, velocity):
            v.mul_(0.8).add_(p.grad + 3e-4 * p)
            p -= lr * v
            p.grad = None
    if i in (3000, 4500):
        lr *= 0.25
    if i % 1000 == 999:
        with torch.no_grad():
            train, test = entropy(predict(X_train), t_train).item(), entropy(predict(X_test), t_test).item()
            acc = ((predict(X_test) > 0.5).float() == t_test).float().mean().item()
        print(f"step {i + 1}: train {train:.4f} test {test:.4f} accuracy {acc:.3f}")
