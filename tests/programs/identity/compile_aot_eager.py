"""torch.compile with the backend aot_eager."""
import torch
from _fingerprint import fingerprint, seed
from torch import nn

seed(7)
model = nn.Sequential(nn.Linear(6, 24), nn.ReLU(), nn.Linear(24, 1))
compiled = torch.compile(model, backend="aot_eager")
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for step in range(80):
    x = torch.randn(32, 6)
    loss = nn.functional.mse_loss(compiled(x), x[:, :1] - x[:, 1:2].abs())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 20 == 19:
        print(step, loss.item())
fingerprint(model, optimizer)
