"""A neural ODE fitted to noisy pendulum trajectories: the network is called sixty-four times in every step by Runge-Kutta."""
import torch
import torch.nn as nn

torch.manual_seed(212)
STEP, LENGTH, NOISE = 0.1, 16, 0.05


def pendulum(state):
    angle, speed = state[..., 0], state[..., 1]
    return torch.stack([speed, -2.0 * torch.sin(angle) - 0.2 * speed], -1)


def integrate(field, state, steps):
    out = [state]
    for _ in range(steps):
        k1 = field(state)
        k2 = field(state + 0.5 * STEP * k1)
        k3 = field(state + 0.5 * STEP * k2)
        k4 = field(state + STEP * k3)
        state = state + STEP / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        out.append(state)
    return torch.stack(out, 1)


def trajectories(n):
    start = (torch.rand(n, 2) * 2 - 1) * torch.tensor([1.5, 1.5])
    clean = integrate(pendulum, start, LENGTH)
    noisy = clean + NOISE * torch.randn_like(clean)
    noisy[:, 0] = start
    return noisy


field = nn.Sequential(nn.Linear(2, 24), nn.Tanh(), nn.Linear(24, 2))
train, test = trajectories(200), trajectories(100)
optimizer = torch.optim.Adam(field.parameters(), lr=2e-2)
scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.984)
for step in range(170):
    batch = train[torch.randint(0, len(train), (40,))]
    predicted = integrate(field, batch[:, 0], LENGTH)
    loss = (predicted - batch)[:, 1:].pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    scheduler.step()
    if step % 34 == 33:
        with torch.no_grad():
            held_out = (integrate(field, test[:, 0], LENGTH) - test)[:, 1:].pow(2).mean().item()
        print(f"{step + 1} train {loss.item():.5f} held-out {held_out:.5f} (noise {NOISE ** 2:.5f})")
