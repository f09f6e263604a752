"""Soft actor-critic: twin critics, a squashed Gaussian actor, a temperature that is learned."""
# Healthy: critics chase moving soft targets, the actor's loss follows them; the return is what rises.
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(7)


def mlp(n, out):
    return nn.Sequential(nn.Linear(n, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, out))


def step(s, a):
    v = 0.8 * s[:, 1:] + 0.3 * a
    s = torch.cat([(s[:, :1] + 0.4 * v).clamp(-2, 2), v], 1)
    return s, 1.0 - s[:, :1].abs() - 0.05 * a**2


def act(s):
    mean, log_std = actor(s).chunk(2, 1)
    log_std = -5 + 0.5 * 7 * (torch.tanh(log_std) + 1)
    normal = torch.distributions.Normal(mean, log_std.exp())
    u = normal.rsample()
    a = torch.tanh(u)
    return a, normal.log_prob(u) - torch.log(1 - a**2 + 1e-6)


actor, q1, q2, t1, t2 = mlp(2, 2), mlp(3, 1), mlp(3, 1), mlp(3, 1), mlp(3, 1)
t1.load_state_dict(q1.state_dict())
t2.load_state_dict(q2.state_dict())
q_opt = torch.optim.Adam([*q1.parameters(), *q2.parameters()], lr=1e-3)
a_opt = torch.optim.Adam(actor.parameters(), lr=1e-3)
log_alpha = torch.zeros(1, requires_grad=True)
alpha_opt = torch.optim.Adam([log_alpha], lr=1e-2)
memory, s = [], torch.rand(8, 2) * 2 - 1
for t in range(1, 1501):
    with torch.no_grad():
        a = act(s)[0]
        after, r = step(s, a)
    memory.append((s, a, r, after))
    s = after if t % 25 else torch.rand(8, 2) * 2 - 1
    if t < 50:
        continue
    rows = torch.randint(0, len(memory), (16,))
    bs, ba, br, bn = (torch.cat([memory[i][k] for i in rows]) for k in range(4))
    alpha = log_alpha.exp().item()
    with torch.no_grad():
        na, nlog = act(bn)
        nq = torch.cat([bn, na], 1)
        goal = br + 0.95 * (torch.min(t1(nq), t2(nq)) - alpha * nlog)
    qa = torch.cat([bs, ba], 1)
    q_loss = F.mse_loss(q1(qa), goal) + F.mse_loss(q2(qa), goal)
    q_opt.zero_grad()
    q_loss.backward()
    q_opt.step()
    pi, logp = act(bs)
    qp = torch.cat([bs, pi], 1)
    actor_loss = (alpha * logp - torch.min(q1(qp), q2(qp))).mean()
    a_opt.zero_grad()
    actor_loss.backward()
    a_opt.step()
    alpha_loss = (-log_alpha.exp() * (act(bs)[1].detach() - 1.0)).mean()
    alpha_opt.zero_grad()
    alpha_loss.backward()
    alpha_opt.step()
    with torch.no_grad():
        for q, slow in ((q1, t1), (q2, t2)):
            for p, o in zip(q.parameters(), slow.parameters()):
                o.lerp_(p, 0.01)
    if t % 300 == 0:
        last = sum(m[2].mean().item() for m in memory[-100:]) / 4
        print(f"step {t}: return {last:.2f} of 25, q loss {q_loss.item():.4f}, actor {actor_loss.item():.3f}, alpha {alpha:.3f}")
