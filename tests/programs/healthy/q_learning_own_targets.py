"""Q-learning with neither replay nor target network: parallel walkers, the squared TD error written by hand."""
# Healthy: values begin at zero and grow to the rewards' sum, so the TD error grows first and stays above its start.
import torch
import torch.nn as nn

torch.manual_seed(17)
N, CELLS, GAMMA = 64, 10, 0.95


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(CELLS, 32)
        self.out = nn.Linear(32, 2)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, cells):
        return self.out(torch.relu(self.embed(cells)))


net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
cells = torch.randint(0, CELLS, (N,))
total = 0.0
for t in range(1, 2501):
    q = net(cells)
    greedy = q.argmax(1)
    actions = torch.where(torch.rand(N) < 0.15, torch.randint(0, 2, (N,)), greedy)
    slip = torch.rand(N) < 0.1
    moves = torch.where(slip, -(2 * actions - 1), 2 * actions - 1)
    after = (cells + moves).clamp(0, CELLS - 1)
    goal = after == CELLS - 1
    rewards = 5.0 * goal + 0.5 * torch.randn(N)
    after = torch.where(goal, torch.zeros_like(after), after)
    with torch.no_grad():
        target = rewards + GAMMA * net(after).max(1)[0]
    loss = ((q[torch.arange(N), actions] - target) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    cells, total = after, total + goal.float().mean().item()
    if t % 500 == 0:
        print(f"step {t}: goals per hundred moves {total / 5:.1f} (at random about 1), loss {loss.item():.3f}, value {target.mean():.2f}")
        total = 0.0
