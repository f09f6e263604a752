"""REINFORCE with a learned baseline on a 4x4 grid; the surrogate loss says nothing, the return does."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.distributions import Categorical

torch.manual_seed(12)
SIDE, GOAL, HORIZON, PARALLEL = 4, 15, 16, 32
MOVES = torch.tensor([[-1, 0], [1, 0], [0, -1], [0, 1]])


def step(cells, actions):
    rows, cols = cells // SIDE, cells % SIDE
    rows = (rows + MOVES[actions, 0]).clamp(0, SIDE - 1)
    cols = (cols + MOVES[actions, 1]).clamp(0, SIDE - 1)
    return rows * SIDE + cols


policy = nn.Sequential(nn.Linear(SIDE * SIDE, 32), nn.Tanh(), nn.Linear(32, 4))
value = nn.Sequential(nn.Linear(SIDE * SIDE, 32), nn.Tanh(), nn.Linear(32, 1))
pi_opt = torch.optim.Adam(policy.parameters(), lr=8e-3)
v_opt = torch.optim.Adam(value.parameters(), lr=8e-3)


def rollout():
    cells = torch.randint(0, GOAL, (PARALLEL,))
    alive = torch.ones(PARALLEL)
    states, log_probs, rewards, masks, entropies = [], [], [], [], []
    for _ in range(HORIZON):
        one_hot = F.one_hot(cells, SIDE * SIDE).float()
        dist = Categorical(logits=policy(one_hot))
        actions = dist.sample()
        cells = step(cells, actions)
        reached = (cells == GOAL).float()
        states.append(one_hot)
        log_probs.append(dist.log_prob(actions))
        entropies.append(dist.entropy())
        rewards.append((reached - 0.04) * alive)
        masks.append(alive)
        alive = alive * (1 - reached)
    return [torch.stack(v) for v in (states, log_probs, rewards, masks, entropies)]


ITERATIONS = 150
for it in range(ITERATIONS):
    states, log_probs, rewards, masks, entropies = rollout()
    returns, running = torch.zeros_like(rewards), torch.zeros(PARALLEL)
    for t in reversed(range(HORIZON)):
        running = rewards[t] + running
        returns[t] = running
    baseline = value(states).squeeze(-1)
    advantage = (returns - baseline).detach()
    pi_loss = -(log_probs * advantage * masks).sum() / masks.sum() - 0.003 * (entropies * masks).sum() / masks.sum()
    v_loss = ((baseline - returns).pow(2) * masks).sum() / masks.sum()
    pi_opt.zero_grad()
    v_opt.zero_grad()
    pi_loss.backward()
    v_loss.backward()
    pi_opt.step()
    v_opt.step()
    for opt in (pi_opt, v_opt):
        opt.param_groups[0]["lr"] = 8e-3 * max(0.03, 1 - it / ITERATIONS)
    if it % 30 == 29:
        print(f"{it + 1:3d} mean return {rewards.sum(0).mean():.3f} policy loss {pi_loss.item():+.4f} value loss {v_loss.item():.4f}")
