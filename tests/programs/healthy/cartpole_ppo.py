"""PPO on eight cart-poles at once: clipped ratio, clipped value loss and entropy in one loss, one optimiser."""
# Healthy: the loss is a surrogate plus the error of a moving return; the episode length is what rises.
import numpy as np
import torch
import torch.nn as nn
from torch.distributions.categorical import Categorical

np.random.seed(2)
torch.manual_seed(2)
N, T, UPDATES, GAMMA, LAM, CLIP = 8, 128, 30, 0.99, 0.95, 0.2


def physics(s, a):
    push = np.where(a == 1, 10.0, -10.0)
    sin, cos = np.sin(s[:, 2]), np.cos(s[:, 2])
    pull = (push + 0.05 * s[:, 3] ** 2 * sin) / 1.1
    turn = (9.8 * sin - cos * pull) / (0.5 * (4 / 3 - 0.1 * cos**2 / 1.1))
    s = s + 0.02 * np.stack([s[:, 1], pull - 0.05 * turn * cos / 1.1, s[:, 3], turn], 1)
    return s, (abs(s[:, 0]) > 2.4) | (abs(s[:, 2]) > 0.21)


def layer_init(layer, std=np.sqrt(2)):
    nn.init.orthogonal_(layer.weight, std)
    nn.init.constant_(layer.bias, 0.0)
    return layer


class Agent(nn.Module):
    def __init__(self):
        super().__init__()
        self.critic = nn.Sequential(layer_init(nn.Linear(4, 64)), nn.Tanh(), layer_init(nn.Linear(64, 64)), nn.Tanh(), layer_init(nn.Linear(64, 1), 1.0))
        self.actor = nn.Sequential(layer_init(nn.Linear(4, 64)), nn.Tanh(), layer_init(nn.Linear(64, 64)), nn.Tanh(), layer_init(nn.Linear(64, 2), 0.01))

    def both(self, x, action=None):
        probs = Categorical(logits=self.actor(x))
        action = probs.sample() if action is None else action
        return action, probs.log_prob(action), probs.entropy(), self.critic(x)


agent = Agent()
optimizer = torch.optim.Adam(agent.parameters(), lr=2.5e-3, eps=1e-5)
state, age, ages, done = np.random.uniform(-0.05, 0.05, (N, 4)), np.zeros(N), [], torch.zeros(N)
for update in range(UPDATES):
    optimizer.param_groups[0]["lr"] = 2.5e-3 * (1 - update / UPDATES)
    obs, acts, logs, dones, vals = (torch.zeros(T, N, *tail) for tail in ((4,), (), (), (), ()))
    for t in range(T):
        obs[t], dones[t] = torch.tensor(state), done
        with torch.no_grad():
            acts[t], logs[t], _, value = agent.both(obs[t])
        vals[t] = value.flatten()
        state, over = physics(state, acts[t].numpy())
        age += 1
        over |= age >= 200
        ages += age[over].tolist()
        state[over], age[over], done = np.random.uniform(-0.05, 0.05, (over.sum(), 4)), 0, torch.tensor(over).float()
    with torch.no_grad():
        advantages, last, after, live = torch.zeros(T, N), 0, agent.critic(torch.tensor(state).float()).flatten(), 1 - done
        for t in reversed(range(T)):
            last = 1 + GAMMA * after * live - vals[t] + GAMMA * LAM * live * last
            advantages[t], after, live = last, vals[t], 1 - dones[t]
    b_obs, b_acts, b_logs, b_adv, b_vals = (x.flatten(0, 1) for x in (obs, acts, logs, advantages, vals))
    b_ret = b_adv + b_vals
    for _ in range(4):
        for rows in torch.randperm(N * T).split(256):
            _, newlog, entropy, newvalue = agent.both(b_obs[rows], b_acts[rows].long())
            ratio, adv = (newlog - b_logs[rows]).exp(), b_adv[rows]
            adv = (adv - adv.mean()) / (adv.std() + 1e-8)
            pg_loss = torch.max(-adv * ratio, -adv * torch.clamp(ratio, 1 - CLIP, 1 + CLIP)).mean()
            newvalue = newvalue.view(-1)
            clipped = b_vals[rows] + torch.clamp(newvalue - b_vals[rows], -CLIP, CLIP)
            v_loss = 0.5 * torch.max((newvalue - b_ret[rows]) ** 2, (clipped - b_ret[rows]) ** 2).mean()
            loss = pg_loss - 0.01 * entropy.mean() + v_loss * 0.5
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(agent.parameters(), 0.5)
            optimizer.step()
    if update % 6 == 5:
        print(f"update {update + 1}: mean length {np.mean(ages[-20:]):.0f} (a random policy: 22), loss {loss.item():.3f}")
