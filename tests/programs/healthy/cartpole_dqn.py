"""Deep Q-learning on a cart-pole written in ten lines: replay, a target network copied now and then."""
# Healthy: the targets are bootstrapped and grow with the policy, so the loss rises while the return does too.
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

rng = np.random.default_rng(1)
torch.manual_seed(1)


def physics(s, action):
    x, v, angle, spin = s
    push = 10.0 if action == 1 else -10.0
    sin, cos = np.sin(angle), np.cos(angle)
    pull = (push + 0.05 * spin**2 * sin) / 1.1
    turn = (9.8 * sin - cos * pull) / (0.5 * (4 / 3 - 0.1 * cos**2 / 1.1))
    s = s + 0.02 * np.array([v, pull - 0.05 * turn * cos / 1.1, spin, turn])
    return s, bool(abs(s[0]) > 2.4 or abs(s[2]) > 0.21)


class QNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.network = nn.Sequential(nn.Linear(4, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 2))

    def forward(self, x):
        return self.network(x)


q, target = QNetwork(), QNetwork()
target.load_state_dict(q.state_dict())
optimizer = torch.optim.Adam(q.parameters(), lr=1e-3)
size, total = 4000, 6500
obs, nxt = np.zeros((size, 4), np.float32), np.zeros((size, 4), np.float32)
acts, rews, dones = np.zeros(size, np.int64), np.zeros(size, np.float32), np.zeros(size, np.float32)
state, length, lengths = rng.uniform(-0.05, 0.05, 4), 0, []
for step in range(total):
    epsilon = max(0.05, 1 - step / 3000)
    if rng.random() < epsilon:
        action = int(rng.integers(2))
    else:
        action = int(q(torch.tensor(state, dtype=torch.float32)).argmax())
    after, done = physics(state, action)
    at = step % size
    obs[at], nxt[at], acts[at], rews[at], dones[at] = state, after, action, 1.0, done
    state, length = after, length + 1
    if done or length >= 200:
        lengths.append(length)
        state, length = rng.uniform(-0.05, 0.05, 4), 0
    if step >= 500 and step % 2 == 0:
        rows = rng.integers(0, min(step, size), 64)
        with torch.no_grad():
            best = target(torch.tensor(nxt[rows])).max(dim=1).values
            td_target = torch.tensor(rews[rows]) + 0.98 * best * (1 - torch.tensor(dones[rows]))
        old = q(torch.tensor(obs[rows])).gather(1, torch.tensor(acts[rows])[:, None]).squeeze()
        loss = F.mse_loss(td_target, old)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if step % 250 == 0:
        target.load_state_dict(q.state_dict())
    if step % 1000 == 999:
        print(f"step {step + 1}: mean length of the last episodes {np.mean(lengths[-10:]):.0f} (a random policy: 22)")
