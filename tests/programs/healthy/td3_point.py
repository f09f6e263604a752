"""TD3: two critics in one loss, smoothed targets, an actor that steps every other time; rewards of one a step."""
# Healthy: values climb from zero to two hundred and the sum of the critics' errors climbs with them.
import copy

import torch
from torch import nn

torch.manual_seed(15)


def mlp(n):
    return nn.Sequential(nn.Linear(n, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))


def step(s, a):
    v = 0.8 * s[:, 1:] + 0.3 * a + 0.05 * torch.randn_like(a)
    s = torch.cat([(s[:, :1] + 0.4 * v).clamp(-2, 2), v], 1)
    return s, 1 - s[:, :1].abs() - 0.05 * a**2 + 0.1 * torch.randn_like(a)


class Critics(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two = mlp(3), mlp(3)

    def forward(self, s, a):
        both = torch.cat([s, a], 1)
        return self.one(both), self.two(both)


actor = nn.Sequential(mlp(2), nn.Tanh())
critics = Critics()
actor_target, critics_target = copy.deepcopy(actor).eval(), copy.deepcopy(critics).eval()
actor_opt = torch.optim.Adam(actor.parameters(), lr=1e-3)
critic_opt = torch.optim.Adam(critics.parameters(), lr=1e-3)
memory, s = [], torch.rand(8, 2) * 2 - 1
for t in range(1, 1201):
    with torch.no_grad():
        a = (actor(s) + 0.2 * torch.randn(8, 1)).clamp(-1, 1)
        after, r = step(s, a)
    memory.append((s, a, r, after))
    s = after if t % 25 else torch.rand(8, 2) * 2 - 1
    if t < 60:
        continue
    rows = torch.randint(0, len(memory), (16,))
    bs, ba, br, bn = (torch.cat([memory[i][k] for i in rows]) for k in range(4))
    with torch.no_grad():
        noise = (0.2 * torch.randn_like(ba)).clamp(-0.5, 0.5)
        t1, t2 = critics_target(bn, (actor_target(bn) + noise).clamp(-1, 1))
        goal = br + 0.95 * torch.min(t1, t2)
    q1, q2 = critics(bs, ba)
    critic_loss = nn.functional.mse_loss(q1, goal) + nn.functional.mse_loss(q2, goal)
    critic_opt.zero_grad()
    critic_loss.backward()
    critic_opt.step()
    if t % 2 == 0:
        actor_loss = -critics(bs, actor(bs))[0].mean()
        actor_opt.zero_grad()
        actor_loss.backward()
        actor_opt.step()
        for net, slow in ((actor, actor_target), (critics, critics_target)):
            for p, o in zip(net.parameters(), slow.parameters()):
                o.data.mul_(0.98).add_(0.02 * p.data)
    if t % 300 == 0:
        last = sum(m[2].mean().item() for m in memory[-100:]) / 4
        print(f"step {t}: return {last:.1f} of 250, critic loss {critic_loss.item():.3f}, actor loss {actor_loss.item():.2f}")
