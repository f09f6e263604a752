"""Actor-critic after every episode: one trunk, two heads, the sum of policy and value losses of the episode."""
# Healthy: longer episodes make a larger sum, so the loss grows as the cart is balanced longer.
from collections import namedtuple

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.distributions import Categorical

np.random.seed(4)
torch.manual_seed(4)
SavedAction = namedtuple("SavedAction", ["log_prob", "value"])


def physics(s, action):
    x, v, angle, spin = s
    push = 10.0 if action == 1 else -10.0
    sin, cos = np.sin(angle), np.cos(angle)
    pull = (push + 0.05 * spin**2 * sin) / 1.1
    turn = (9.8 * sin - cos * pull) / (0.5 * (4 / 3 - 0.1 * cos**2 / 1.1))
    s = s + 0.02 * np.array([v, pull - 0.05 * turn * cos / 1.1, spin, turn])
    return s, bool(abs(s[0]) > 2.4 or abs(s[2]) > 0.21)


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.affine1 = nn.Linear(4, 128)
        self.action_head = nn.Linear(128, 2)
        self.value_head = nn.Linear(128, 1)

    def forward(self, x):
        x = F.relu(self.affine1(x))
        return F.softmax(self.action_head(x), dim=-1), self.value_head(x)


model = Policy()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
running = 10.0
for episode in range(160):
    state, rewards, saved = np.random.uniform(-0.05, 0.05, 4), [], []
    for _ in range(100):
        probs, value = model(torch.from_numpy(state).float())
        m = Categorical(probs)
        action = m.sample()
        saved.append(SavedAction(m.log_prob(action), value))
        state, done = physics(state, action.item())
        rewards.append(1.0)
        if done:
            break
    R, returns = 0.0, []
    for r in rewards[::-1]:
        R = r + 0.99 * R
        returns.insert(0, R)
    returns = torch.tensor(returns)
    returns = (returns - returns.mean()) / (returns.std() + 1e-8)
    policy_losses, value_losses = [], []
    for (log_prob, value), R in zip(saved, returns):
        policy_losses.append(-log_prob * (R - value.item()))
        value_losses.append(F.smooth_l1_loss(value, torch.tensor([R])))
    optimizer.zero_grad()
    loss = torch.stack(policy_losses).sum() + torch.stack(value_losses).sum()
    loss.backward()
    optimizer.step()
    running = 0.05 * len(rewards) + 0.95 * running
    if episode % 40 == 39:
        print(f"episode {episode + 1}: mean length {running:.1f} (a random policy: 22)")
