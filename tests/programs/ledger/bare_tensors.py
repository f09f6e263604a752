"""No module and no optimiser."""
import torch
from _data import split

x, y, x_test, y_test = (torch.from_numpy(part) for part in split())
weight = torch.zeros(64, 10, requires_grad=True)
for _ in range(3):
    for start in range(0, 600, 60):
        loss = torch.nn.functional.cross_entropy(x[start : start + 60] @ weight, y[start : start + 60])
        loss.backward()
        with torch.no_grad():
            weight -= 0.1 * weight.grad
            weight.grad = None
