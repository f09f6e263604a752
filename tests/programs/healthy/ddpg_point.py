"""DDPG: a deterministic actor that climbs its critic, replay, soft copies of both; steer a point to the origin."""
# Healthy: the actor's loss is -Q and moves with the critic's scale; the cost of an episode is what falls.
import copy

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(6)


class Actor(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2, self.mu = nn.Linear(2, 64), nn.Linear(64, 64), nn.Linear(64, 1)

    def forward(self, s):
        return torch.tanh(self.mu(F.relu(self.fc2(F.relu(self.fc1(s))))))


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2, self.q = nn.Linear(3, 64), nn.Linear(64, 64), nn.Linear(64, 1)

    def forward(self, s, a):
        return self.q(F.relu(self.fc2(F.relu(self.fc1(torch.cat([s, a], 1))))))


def step(s, a):
    v = 0.8 * s[:, 1:] + 0.3 * a
    s = torch.cat([(s[:, :1] + 0.4 * v).clamp(-2, 2), v], 1)
    return s, 1.0 - s[:, :1].abs() - 0.05 * a**2


actor, critic = Actor(), Critic()
target_actor, target_critic = copy.deepcopy(actor), copy.deepcopy(critic)
actor_opt = torch.optim.Adam(actor.parameters(), lr=5e-4)
critic_opt = torch.optim.Adam(critic.parameters(), lr=1e-3)
memory = []
for episode in range(70):
    s = torch.rand(8, 2) * 2 - 1
    total = 0.0
    for _ in range(25):
        with torch.no_grad():
            a = (actor(s) + 0.2 * torch.randn(8, 1)).clamp(-1, 1)
            after, r = step(s, a)
        memory.append((s, a, r, after))
        s, total = after, total + r.mean().item()
        if len(memory) < 50:
            continue
        rows = torch.randint(0, len(memory), (16,))
        bs, ba, br, bn = (torch.cat([memory[i][k] for i in rows]) for k in range(4))
        with torch.no_grad():
            goal = br + 0.95 * target_critic(bn, target_actor(bn))
        q_loss = F.mse_loss(critic(bs, ba), goal)
        critic_opt.zero_grad()
        q_loss.backward()
        critic_opt.step()
        actor_loss = -critic(bs, actor(bs)).mean()
        actor_opt.zero_grad()
        actor_loss.backward()
        actor_opt.step()
        for net, slow in ((actor, target_actor), (critic, target_critic)):
            for p, t in zip(net.parameters(), slow.parameters()):
                t.data.copy_(0.01 * p.data + 0.99 * t.data)
    if episode % 14 == 13:
        print(f"episode {episode + 1}: return {total:.2f} of 25, critic loss {q_loss.item():.4f}, actor loss {actor_loss.item():.3f}")
