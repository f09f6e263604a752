"""REINFORCE on a cart-pole, the mean return of the batch as a baseline; one loss a batch of episodes."""
# Healthy: the surrogate hovers about zero whatever happens; the episodes grow longer.
import numpy as np
import torch
from torch import nn

np.random.seed(5)
torch.manual_seed(5)


def physics(s, a):
    push = np.where(a == 1, 10.0, -10.0)
    sin, cos = np.sin(s[:, 2]), np.cos(s[:, 2])
    pull = (push + 0.05 * s[:, 3] ** 2 * sin) / 1.1
    turn = (9.8 * sin - cos * pull) / (0.5 * (4 / 3 - 0.1 * cos**2 / 1.1))
    s = s + 0.02 * np.stack([s[:, 1], pull - 0.05 * turn * cos / 1.1, s[:, 3], turn], 1)
    return s, (abs(s[:, 0]) > 2.4) | (abs(s[:, 2]) > 0.21)


policy = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 2))
optimizer = torch.optim.Adam(policy.parameters(), lr=8e-3)
for batch in range(70):
    states, alive = np.random.uniform(-0.05, 0.05, (16, 4)), np.ones(16, bool)
    observations, actions, masks = [], [], []
    for _ in range(200):
        x = torch.tensor(states, dtype=torch.float32)
        with torch.no_grad():
            a = torch.multinomial(torch.softmax(policy(x), 1), 1)[:, 0]
        observations.append(x)
        actions.append(a)
        masks.append(torch.tensor(alive, dtype=torch.float32))
        states, over = physics(states, a.numpy())
        alive &= ~over
        if not alive.any():
            break
    mask = torch.stack(masks)
    togo = mask.flip(0).cumsum(0).flip(0)
    advantage = (togo - (togo * mask).sum() / mask.sum()) * mask / togo[mask > 0].std()
    logp = torch.log_softmax(policy(torch.stack(observations)), -1)
    chosen = logp.gather(-1, torch.stack(actions)[..., None])[..., 0]
    loss = -(chosen * advantage).sum() / mask.sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if batch % 14 == 13:
        print(f"batch {batch + 1}: mean length {mask.sum() / 16:.0f} (a random policy: 22), loss {loss.item():+.4f}")
