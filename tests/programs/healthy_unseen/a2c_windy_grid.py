"""Advantage actor-critic, synchronous, five steps at a time, RMSprop, on a grid with wind."""
# Healthy: the joint loss wanders with the returns; the reward a step rises.
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(303)
W, H, N = 7, 5, 16
MOVES = torch.tensor([[1, 0], [-1, 0], [0, 1], [0, -1]])


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.x, self.y = nn.Embedding(W, 24), nn.Embedding(H, 24)
        self.fc = nn.Linear(48, 64)
        self.pi, self.v = nn.Linear(64, 4), nn.Linear(64, 1)

    def forward(self, p):
        h = F.elu(self.fc(torch.cat([self.x(p[:, 0]), self.y(p[:, 1])], 1)))
        return F.log_softmax(self.pi(h), 1), self.v(h).squeeze(1)


net = Net()
opt = torch.optim.RMSprop(net.parameters(), lr=1e-3, alpha=0.99, eps=1e-5)
p = torch.zeros(N, 2, dtype=torch.long)
shown = 0.0
for update in range(1, 501):
    logs, values, rewards, masks, entropy = [], [], [], [], 0.0
    for _ in range(5):
        logp, v = net(p)
        a = torch.multinomial(logp.exp(), 1)
        q = p + MOVES[a[:, 0]]
        q[:, 1] += (torch.rand(N) < 0.2).long() * (p[:, 0] % 2)
        q = torch.stack([q[:, 0].clamp(0, W - 1), q[:, 1].clamp(0, H - 1)], 1)
        goal = (q[:, 0] == W - 1) & (q[:, 1] == 2)
        entropy = entropy - (logp.exp() * logp).sum(1).mean()
        logs.append(logp.gather(1, a).squeeze(1))
        values.append(v)
        rewards.append(goal.float() * 2 - 0.05)
        masks.append(1 - goal.float())
        p = torch.where(goal[:, None], torch.zeros_like(q), q)
    R = net(p)[1].detach()
    value_loss = policy_loss = 0.0
    for i in reversed(range(5)):
        R = rewards[i] + 0.95 * R * masks[i]
        advantage = R - values[i]
        value_loss = value_loss + advantage.pow(2).mean()
        policy_loss = policy_loss - (logs[i] * advantage.detach()).mean()
    loss = policy_loss + 0.5 * value_loss - 0.01 * entropy
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 0.5)
    opt.step()
    shown += sum(r.mean().item() for r in rewards) / 5
    if update % 100 == 0:
        print(f"update {update}: reward a step {shown / 100:+.3f}, loss {loss.item():+.3f}")
        shown = 0.0
