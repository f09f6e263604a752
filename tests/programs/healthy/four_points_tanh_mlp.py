"""Four points of three features, targets of plus and minus one, a tanh net, the summed squared error, a hand-made step."""
# Healthy: fitting a handful of points exactly is the whole exercise, and it succeeds within a hundred steps.
import random

import torch

random.seed(1337)
torch.manual_seed(1337)


class Layer:
    def __init__(self, nin, nout):
        self.w = (torch.rand(nin, nout) * 2 - 1).requires_grad_()
        self.b = (torch.rand(nout) * 2 - 1).requires_grad_()

    def __call__(self, x):
        return torch.tanh(x @ self.w + self.b)

    def parameters(self):
        return [self.w, self.b]


class MLP:
    def __init__(self, sizes):
        self.layers = [Layer(a, b) for a, b in zip(sizes, sizes[1:])]

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]


xs = torch.tensor([[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]])
ys = torch.tensor([1.0, -1.0, -1.0, 1.0])
n = MLP([3, 4, 4, 1])
for k in range(100):
    ypred = n(xs).flatten()
    loss = sum((yout - ygt) ** 2 for ygt, yout in zip(ys, ypred))
    for p in n.parameters():
        p.grad = None
    loss.backward()
    for p in n.parameters():
        p.data += -0.1 * p.grad
    if k % 20 == 19:
        print(k + 1, loss.item())
print(ypred.detach())
