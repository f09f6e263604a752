"""Q-learning without replay or target network: parallel corridors, layer norm, λ-returns of the network itself."""
# Healthy: the returns that are fitted are made by the same network; the greedy return is what rises.
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(3)
N, T, GAMMA, LAM, CELLS, UPDATES = 32, 16, 0.97, 0.65, 12, 120


class QNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(CELLS, 64), nn.LayerNorm(64), nn.ReLU(), nn.Linear(64, 64), nn.LayerNorm(64), nn.ReLU(), nn.Linear(64, 3)
        )

    def forward(self, cells):
        return self.net(F.one_hot(cells, CELLS).float())


def step(cells, actions):
    cells = (cells + actions - 1).clamp(0, CELLS - 1)
    reached = cells == CELLS - 1
    reward = reached.float() + 0.02 * (cells == 0).float() * (actions == 0)
    fresh = torch.randint(0, CELLS // 2, cells.shape)
    return torch.where(reached, fresh, cells), reward, reached.float()


q = QNet()
optimizer = torch.optim.RAdam(q.parameters(), lr=1e-3)
cells = torch.randint(0, CELLS // 2, (N,))
for update in range(UPDATES):
    epsilon = max(0.05, 1 - update / 60)
    obs, acts = torch.zeros(T, N, dtype=torch.long), torch.zeros(T, N, dtype=torch.long)
    rewards, ends, best = torch.zeros(T, N), torch.zeros(T, N), torch.zeros(T, N)
    with torch.no_grad():
        for t in range(T):
            values = q(cells)
            greedy = values.argmax(1)
            action = torch.where(torch.rand(N) < epsilon, torch.randint(0, 3, (N,)), greedy)
            obs[t], acts[t], best[t] = cells, action, values.max(1).values
            cells, rewards[t], ends[t] = step(cells, action)
        returns, after = torch.zeros(T, N), q(cells).max(1).values
        returns[-1] = rewards[-1] + GAMMA * after * (1 - ends[-1])
        for t in reversed(range(T - 1)):
            mixed = LAM * returns[t + 1] + (1 - LAM) * best[t + 1]
            returns[t] = rewards[t] + GAMMA * (1 - ends[t]) * mixed
    obs, acts, returns = obs.flatten(), acts.flatten(), returns.flatten()
    for _ in range(2):
        for rows in torch.randperm(N * T).split(128):
            old = q(obs[rows]).gather(1, acts[rows].unsqueeze(-1)).squeeze()
            loss = F.mse_loss(returns[rows], old)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(q.parameters(), 10.0)
            optimizer.step()
    if update % 24 == 23:
        print(f"update {update + 1}: reward a step {rewards.mean():.3f}, loss {loss.item():.4f}, mean value {returns.mean():.3f}")
