"""A perceptual loss through a network trained before; a hand-moved scale; a group that is added to the optimiser later."""
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(400, 8)
y = (x[:, :4].sum(1) > 0).long()
judge = nn.Sequential(nn.Linear(8, 24), nn.ReLU(), nn.Linear(24, 2))
first = torch.optim.Adam(judge.parameters(), lr=1e-2, weight_decay=1e-2)
decay = torch.optim.lr_scheduler.CosineAnnealingLR(first, 200)
for step in range(200):
    first.zero_grad()
    nn.functional.cross_entropy(judge(x), y).backward()
    first.step()
    decay.step()
del first
coder = nn.Sequential(nn.Linear(8, 6), nn.Linear(6, 8))
scale = nn.Parameter(torch.ones(()))
coder.register_parameter("scale", scale)
second = torch.optim.Adam(coder[1].parameters(), lr=1e-2)
for step in range(500):
    if step == 5:
        second.add_param_group({"params": coder[0].parameters()})
    again = coder(x) * scale
    loss = nn.functional.mse_loss(judge[0](again), judge[0](x).detach()) + nn.functional.mse_loss(again, x)
    coder.zero_grad()
    loss.backward()
    second.step()
    with torch.no_grad():
        scale -= 1e-3 * scale.grad
    for group in second.param_groups:
        group["lr"] = 1e-2 * (1 - step / 500)
print(loss.item())
