"""Configuration by exec(open(...).read()), and key=value arguments over it, as in small language-model projects."""
# steps: 300
# optimizer-steps: 300
# losses: 1
import os
import sys
from ast import literal_eval

import torch
from torch import nn

batch_size = 8
max_steps = 10
learning_rate = 1e-3
hidden = 4
seed = 45
exec(open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "_configuration.py")).read())
for arg in sys.argv[1:]:
    key, _, value = arg.lstrip("-").partition("=")
    if key in globals():
        globals()[key] = literal_eval(value)
config = {k: v for k, v in globals().items() if not k.startswith("_") and isinstance(v, (int, float, str))}
print(config)

torch.manual_seed(seed)
x = torch.randn(800, 4)
y = (x.pow(2).sum(1) > 3.4).long()
model = nn.Sequential(nn.Linear(4, hidden), nn.GELU(), nn.Linear(hidden, 2))
optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate)
for step in range(max_steps):
    ix = torch.randint(len(x), (batch_size,))
    loss = nn.functional.cross_entropy(model(x[ix]), y[ix])
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    if step % 60 == 59:
        print(f"iter {step + 1}: loss {loss.item():.4f}")
