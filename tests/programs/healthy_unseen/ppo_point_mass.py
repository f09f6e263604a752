"""PPO with a Gaussian policy on a point that must be steered to the origin; several epochs over each rollout."""
import argparse
from dataclasses import dataclass

import torch
import torch.nn as nn
from torch.distributions import Normal


@dataclass
class PPOConfig:
    envs: int = 64
    horizon: int = 20
    iterations: int = 36
    epochs: int = 4
    minibatch: int = 320
    clip: float = 0.2
    gamma: float = 0.95
    lam: float = 0.95
    lr: float = 5e-3
    seed: int = 207


class PointMass:
    """Position and velocity on a line; the action is a force; the reward is the negative cost of place and force."""

    def __init__(self, n):
        self.n = n

    def reset(self):
        self.position = torch.rand(self.n) * 2 - 1
        self.velocity = torch.zeros(self.n)
        return self.observe()

    def observe(self):
        return torch.stack([self.position, self.velocity], 1)

    def step(self, force):
        force = force.clamp(-2, 2)
        self.velocity = 0.7 * self.velocity + 0.3 * force
        self.position = (self.position + 0.5 * self.velocity).clamp(-1.5, 1.5)
        reward = -0.2 * (self.position.pow(2) + 0.02 * force.pow(2))
        return self.observe(), reward


class ActorCritic(nn.Module):
    def __init__(self):
        super().__init__()
        self.actor = nn.Sequential(nn.Linear(2, 24), nn.Tanh(), nn.Linear(24, 1))
        self.critic = nn.Sequential(nn.Linear(2, 24), nn.Tanh(), nn.Linear(24, 1))
        self.log_std = nn.Parameter(torch.full((1,), -0.5))

    def dist(self, obs):
        return Normal(self.actor(obs).squeeze(-1), self.log_std.exp())

    def value(self, obs):
        return self.critic(obs).squeeze(-1)


@torch.no_grad()
def collect(model, env, cfg):
    obs, store = env.reset(), {k: [] for k in ("obs", "action", "logp", "reward", "value")}
    for _ in range(cfg.horizon):
        dist = model.dist(obs)
        action = dist.sample()
        following, reward = env.step(action)
        for key, item in zip(store, (obs, action, dist.log_prob(action), reward, model.value(obs))):
            store[key].append(item)
        obs = following
    store = {k: torch.stack(v) for k, v in store.items()}
    advantage, last, following_value = torch.zeros_like(store["reward"]), 0.0, model.value(obs)
    for t in reversed(range(cfg.horizon)):
        delta = store["reward"][t] + cfg.gamma * following_value - store["value"][t]
        last = delta + cfg.gamma * cfg.lam * last
        advantage[t] = last
        following_value = store["value"][t]
    store["advantage"] = advantage
    store["return"] = advantage + store["value"]
    return {k: v.flatten(0, 1) for k, v in store.items()}


def update(model, optimizer, data, cfg):
    n = len(data["action"])
    norm_adv = (data["advantage"] - data["advantage"].mean()) / (data["advantage"].std() + 1e-8)
    for _ in range(cfg.epochs):
        for idx in torch.randperm(n).split(cfg.minibatch):
            dist = model.dist(data["obs"][idx])
            ratio = (dist.log_prob(data["action"][idx]) - data["logp"][idx]).exp()
            adv = norm_adv[idx]
            policy_loss = -torch.min(ratio * adv, ratio.clamp(1 - cfg.clip, 1 + cfg.clip) * adv).mean()
            value_loss = (model.value(data["obs"][idx]) - data["return"][idx]).pow(2).mean()
            loss = policy_loss + 0.5 * value_loss
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 2.0)
            optimizer.step()
    return policy_loss.item(), value_loss.item()


@torch.no_grad()
def greedy_return(model, cfg):
    env, total = PointMass(200), 0.0
    obs = env.reset()
    for _ in range(cfg.horizon):
        obs, reward = env.step(model.actor(obs).squeeze(-1))
        total += reward.mean().item()
    return total


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--iterations", type=int, default=PPOConfig.iterations)
    cfg = PPOConfig(**vars(parser.parse_args()))
    torch.manual_seed(cfg.seed)
    model, env = ActorCritic(), PointMass(cfg.envs)
    optimizer = torch.optim.Adam(model.parameters(), lr=cfg.lr)
    scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.02, cfg.iterations)
    print(f"untrained greedy return {greedy_return(model, cfg):.3f}")
    for it in range(cfg.iterations):
        data = collect(model, env, cfg)
        policy_loss, value_loss = update(model, optimizer, data, cfg)
        scheduler.step()
        if it % 6 == 5:
            print(f"iteration {it + 1} rollout return {data['reward'].sum().item() / cfg.envs:.3f} greedy "
                  f"{greedy_return(model, cfg):.3f} policy {policy_loss:+.4f} value {value_loss:.4f}")


if __name__ == "__main__":
    main()
