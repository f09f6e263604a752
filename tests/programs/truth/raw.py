"""No module and no optimiser: tensors moved by hand."""
import torch
from _truth import Truth

torch.manual_seed(7)
x = torch.randn(128, 4)
y = (x @ torch.randn(4, 1)).sign()
W1 = (0.5 * torch.randn(4, 9)).requires_grad_()
b1 = torch.zeros(9, requires_grad=True)
W2 = (0.5 * torch.randn(9, 1)).requires_grad_()
named = [("W1", W1), ("b1", b1), ("W2", W2)]


class Hand:
    param_groups = [{"params": [W1, b1, W2]}]


truth = Truth()
for step in range(30):
    hidden = torch.relu(x @ W1 + b1)
    truth.rectified("?", hidden)
    loss = ((hidden @ W2 - y) ** 2).mean()
    truth.loss(loss)
    loss.backward()
    truth.backward_done()
    truth.before_step(named)
    with torch.no_grad():
        for _, w in named:
            w -= 0.05 * w.grad
    truth.after_step(Hand, named)
    for _, w in named:
        w.grad.zero_()
    truth.stepped()
truth.save()
