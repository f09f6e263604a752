"""A code is optimised through a fixed random generator; the generator is not to learn."""
import torch
from torch import nn

torch.manual_seed(0)
generator = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 16))
wanted = generator(torch.randn(20, 4)).detach()
code = torch.zeros(20, 4, requires_grad=True)
optimizer = torch.optim.Adam([code], lr=0.05)
decay = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 300)
for step in range(300):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(generator(code), wanted)
    loss.backward()
    optimizer.step()
    decay.step()
print(loss.item())
