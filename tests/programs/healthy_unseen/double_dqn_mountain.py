"""Double Q-learning with dueling heads and a Huber loss on a hill that is climbed by swinging."""
# Healthy: the network's own values are its targets; the moves to the top fall.
import numpy as np
import torch
from torch import nn

rng = np.random.default_rng(301)
torch.manual_seed(301)


class Dueling(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(2, 64), nn.SiLU(), nn.Linear(64, 64), nn.SiLU())
        self.value, self.advantage = nn.Linear(64, 1), nn.Linear(64, 3)

    def forward(self, s):
        h = self.body(s)
        a = self.advantage(h)
        return self.value(h) + a - a.mean(1, keepdim=True)


def move(s, a):
    v = np.clip(s[:, 1] + 0.004 * (a - 1) - 0.0025 * np.cos(3 * s[:, 0]), -0.07, 0.07)
    x = np.clip(s[:, 0] + v, -1.2, 0.6)
    v = np.where((x <= -1.2) & (v < 0), 0, v)
    return np.stack([x, v], 1), x >= 0.5


def scaled(s):
    return torch.tensor((s + [0.3, 0]) * [1.5, 20], dtype=torch.float32)


online, slow = Dueling(), Dueling()
slow.load_state_dict(online.state_dict())
slow.eval()
opt = torch.optim.AdamW(online.parameters(), lr=1e-3, amsgrad=True)
huber = nn.SmoothL1Loss()
N, store, tops, clock = 16, [], [], np.zeros(16)
s = np.stack([rng.uniform(-0.6, -0.4, N), np.zeros(N)], 1)
for t in range(1800):
    with torch.no_grad():
        a = online(scaled(s)).argmax(1).numpy()
    a = np.where(rng.random(N) < max(0.08, 0.6 - t / 1500), rng.integers(0, 3, N), a)
    after, top = move(s, a)
    store.append((s, a, -0.1 + 10 * np.abs(after[:, 1]) + 5.0 * top, after, top))
    clock += 1
    tops += clock[top].tolist()
    over = top | (clock >= 150)
    s, clock[over] = after.copy(), 0
    s[over] = np.stack([rng.uniform(-0.6, -0.4, over.sum()), np.zeros(over.sum())], 1)
    if t < 60:
        continue
    b = [np.concatenate(x) for x in zip(*(store[i] for i in rng.integers(0, len(store), 8)))]
    with torch.no_grad():
        best = online(scaled(b[3])).argmax(1, keepdim=True)
        goal = torch.tensor(b[2], dtype=torch.float32) + 0.98 * slow(scaled(b[3])).gather(1, best)[:, 0] * torch.tensor(~b[4])
    loss = huber(online(scaled(b[0])).gather(1, torch.tensor(b[1])[:, None]), goal[:, None])
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_value_(online.parameters(), 100)
    opt.step()
    kept, new = slow.state_dict(), online.state_dict()
    slow.load_state_dict({k: 0.99 * kept[k] + 0.01 * new[k] for k in kept})
    if t % 300 == 299:
        print(f"{t + 1}: tops {len(tops)}, moves to the last of them {np.mean(tops[-30:] or [150]):.0f}, loss {loss.item():.4f}")
