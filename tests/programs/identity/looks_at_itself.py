"""Prints what a program can see of its own objects: a recorder that leaves a trace on them shows here."""
import copy
import warnings

import torch
import torch.nn.functional as F
from _fingerprint import fingerprint, seed
from torch import nn

seed(17)
model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    F.mse_loss(model(torch.randn(6, 4)), torch.randn(6))
for step in range(60):
    x = torch.randn(16, 4)
    loss = F.mse_loss(model(x), x[:, :1])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(model)
print(optimizer)
print([w.category.__name__ for w in caught], [w.filename.endswith("looks_at_itself.py") for w in caught])
for module in model.modules():
    print(type(module).__name__, sorted(vars(module)), len(module._forward_hooks), len(module._backward_hooks))
print(type(optimizer).__qualname__, sorted(vars(optimizer)), sorted(optimizer.param_groups[0]))
print(all(p._backward_hooks is None for p in model.parameters()), loss.grad_fn.name(), loss.requires_grad)
print(F.mse_loss.__name__, torch.is_grad_enabled(), torch.get_num_threads(), torch.get_default_dtype())
fingerprint(model, optimizer, copy.deepcopy(model))
