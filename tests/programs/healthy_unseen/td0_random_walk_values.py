"""TD(0): the values of a policy on a random walk, from features, the network's own next value in the target."""
# Healthy: the TD error ends at the noise of the rewards; the values come out right.
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(304)
CELLS = 9


class ValueNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(1, 32)
        self.l2 = nn.Linear(32, 1)

    def forward(self, s):
        return self.l2(torch.tanh(self.l1(s)))


def feature(cells):
    return (cells.float() - 4)[:, None] / 4


value = ValueNet()
optimizer = torch.optim.SGD(value.parameters(), lr=0.05)
scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.02, 2500)
cells = torch.randint(0, CELLS, (64,))
for t in range(1, 2501):
    moved = cells + 2 * torch.randint(0, 2, (64,)) - 1
    left, right = moved < 0, moved >= CELLS
    reward = right.float() - left.float() + 0.3 * torch.randn(64)
    over = left | right
    after = moved.clamp(0, CELLS - 1)
    with torch.no_grad():
        target = reward + value(feature(after)).squeeze(1) * ~over
    loss = F.mse_loss(value(feature(cells)).squeeze(1), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    scheduler.step()
    cells = torch.where(over, torch.randint(0, CELLS, (64,)), after)
    if t % 500 == 0:
        with torch.no_grad():
            error = (value(feature(torch.arange(CELLS))).squeeze(1) - (torch.arange(CELLS) - 4) / 5).abs().mean()
        print(f"step {t}: loss {loss.item():.3f}, error of the values {error:.3f}")
