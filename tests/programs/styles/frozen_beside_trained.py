"""Random network distillation: a frozen target net beside the net that learns to predict it."""
# steps: 300
# optimizer-steps: 300
# losses: 1
import copy

import torch
from torch import nn

torch.manual_seed(21)
predictor = nn.Sequential(nn.Linear(6, 48), nn.ReLU(), nn.Linear(48, 4))
target = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 4))
with torch.no_grad():
    for p in target.parameters():
        p.mul_(2.0)
for p in target.parameters():
    p.requires_grad = False
target.eval()
before = copy.deepcopy(target.state_dict())
optimizer = torch.optim.Adam(predictor.parameters(), lr=0.01)
for step in range(300):
    seen = torch.randn(64, 6)
    loss = (predictor(seen) - target(seen)).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 60 == 59:
        print(f"{step + 1} surprise {loss.item():.4f}")
print("target untouched:", all(torch.equal(before[k], v) for k, v in target.state_dict().items()))
