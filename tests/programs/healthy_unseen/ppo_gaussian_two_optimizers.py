"""PPO with a Gaussian policy, actor and critic apart with an optimiser each; a pendulum is kept upright."""
# Healthy: neither the clipped surrogate nor the error of the returns must fall; the cost of an episode does.
import torch
import torch.nn as nn
from torch.distributions import Normal

torch.manual_seed(302)
N, T = 32, 60


def step(state, torque):
    angle, speed = state[:, 0], state[:, 1]
    torque = torque.clamp(-2, 2)
    speed = (speed + 0.05 * (12 * torch.sin(angle) + 6 * torque)).clamp(-8, 8)
    angle = angle + 0.05 * speed
    return torch.stack([angle, speed], 1), 1 - angle.abs().clamp(max=3.0) - 0.02 * speed**2 - 0.01 * torque**2


def see(state):
    return torch.stack([state[:, 0].cos(), state[:, 0].sin(), state[:, 1] / 4], 1)


class Actor(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(3, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 1))
        self.log_std = nn.Parameter(torch.zeros(1))

    def forward(self, obs):
        return Normal(self.net(obs), self.log_std.exp())


actor = Actor()
critic = nn.Sequential(nn.Linear(3, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 1))
pi_opt, v_opt = torch.optim.Adam(actor.parameters(), 1e-3), torch.optim.Adam(critic.parameters(), 1e-3)
for it in range(40):
    s = torch.stack([torch.rand(N) - 0.5, torch.rand(N) - 0.5], 1)
    buf = []
    with torch.no_grad():
        for _ in range(T):
            o = see(s)
            d = actor(o)
            a = d.sample()
            nxt, r = step(s, a[:, 0])
            buf.append((o, a, d.log_prob(a), r, critic(o)[:, 0]))
            s = nxt
        after, gae, advs = critic(see(s))[:, 0], 0.0, []
        for o, a, lp, r, v in reversed(buf):
            gae = r + 0.95 * after - v + 0.95 * 0.9 * gae
            advs.insert(0, gae)
            after = v
    obs, act, old = (torch.cat([b[k] for b in buf]) for k in range(3))
    adv = torch.cat(advs)
    ret = adv + torch.cat([b[4] for b in buf])
    adv = ((adv - adv.mean()) / adv.std())[:, None]
    for _ in range(10):
        ratio = torch.exp(actor(obs).log_prob(act) - old)
        pi_loss = -(torch.min(ratio * adv, torch.clamp(ratio, 0.8, 1.2) * adv)).mean()
        pi_opt.zero_grad()
        pi_loss.backward()
        pi_opt.step()
        v_loss = ((critic(obs)[:, 0] - ret) ** 2).mean()
        v_opt.zero_grad()
        v_loss.backward()
        v_opt.step()
    if it % 8 == 7:
        print(f"iteration {it + 1}: reward a step {sum(b[3].mean().item() for b in buf) / T:.3f} of 1, value loss {v_loss.item():.3f}")
