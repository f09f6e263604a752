"""REINFORCE in a corridor: the examples come from the policy itself, one backward pass an episode."""
# steps: 200
# optimizer-steps: 200
# losses: 1
import torch
from torch import nn
from torch.distributions import Categorical


class Corridor:
    """Walk right to the end within twelve moves; every move costs a little."""

    def reset(self):
        self.place, self.moves = 0, 0
        return self.observe()

    def observe(self):
        return nn.functional.one_hot(torch.tensor(self.place), 6).float()

    def step(self, action):
        self.place = max(0, self.place + (1 if action else -1))
        self.moves += 1
        done = self.place == 5 or self.moves == 12
        return self.observe(), (1.0 if self.place == 5 else -0.05), done


torch.manual_seed(13)
policy = nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, 2))
optimizer = torch.optim.Adam(policy.parameters(), lr=0.01)
env = Corridor()
average = 0.0
for episode in range(200):
    state, done, logs, rewards = env.reset(), False, [], []
    while not done:
        choice = Categorical(logits=policy(state))
        action = choice.sample()
        logs.append(choice.log_prob(action))
        state, reward, done = env.step(action.item())
        rewards.append(reward)
    returns, total = [], 0.0
    for r in reversed(rewards):
        total = r + 0.95 * total
        returns.insert(0, total)
    average = 0.9 * average + 0.1 * sum(rewards)
    loss = -(torch.stack(logs) * (torch.tensor(returns) - average)).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if episode % 40 == 39:
        print(f"episode {episode + 1} average reward {average:.3f}")
