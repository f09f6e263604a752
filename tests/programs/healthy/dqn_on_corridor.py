"""Deep Q-learning with replay buffer and target network on a hand-written corridor with a pit."""
import collections
import random

import numpy as np
import torch
import torch.nn as nn


class Corridor:
    """Walk from the left to the goal on the right; falling into the pit in the middle needs a jump to avoid."""

    n_states, n_actions = 8, 3  # left, right, jump two to the right

    def reset(self):
        self.pos, self.t = 0, 0
        return self._observe()

    def _observe(self):
        state = np.zeros(self.n_states, dtype=np.float32)
        state[self.pos] = 1.0
        return state

    def step(self, action):
        self.t += 1
        self.pos = max(0, self.pos + (-1, 1, 2)[action])
        if self.pos == 4:
            return np.zeros(self.n_states, dtype=np.float32), -1.0, True
        if self.pos >= self.n_states - 1:
            self.pos = self.n_states - 1
            return self._observe(), 1.0, True
        return self._observe(), (-0.05 if action == 2 else -0.02), self.t >= 30


Transition = collections.namedtuple("Transition", "state action reward next_state done")


class ReplayBuffer:
    def __init__(self, capacity):
        self.memory = collections.deque(maxlen=capacity)

    def push(self, *args):
        self.memory.append(Transition(*args))

    def sample(self, n):
        batch = Transition(*zip(*random.sample(self.memory, n)))
        return (torch.from_numpy(np.stack(batch.state)), torch.tensor(batch.action),
                torch.tensor(batch.reward), torch.from_numpy(np.stack(batch.next_state)),
                torch.tensor(batch.done, dtype=torch.float32))

    def __len__(self):
        return len(self.memory)


class QNet(nn.Module):
    def __init__(self, n_states, n_actions, hidden=32):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(n_states, hidden), nn.LeakyReLU(0.05), nn.Linear(hidden, n_actions))

    def forward(self, x):
        return self.net(x)


class Agent:
    gamma, batch, sync_every = 0.95, 32, 50

    def __init__(self, env):
        self.env = env
        self.online = QNet(env.n_states, env.n_actions)
        self.target = QNet(env.n_states, env.n_actions)
        self.target.load_state_dict(self.online.state_dict())
        self.optimizer = torch.optim.RMSprop(self.online.parameters(), lr=2e-3)
        self.buffer = ReplayBuffer(2000)
        self.loss_fn = nn.SmoothL1Loss()
        self.updates = 0

    def act(self, state, epsilon):
        if random.random() < epsilon:
            return random.randrange(self.env.n_actions)
        with torch.no_grad():
            return int(self.online(torch.from_numpy(state)[None]).argmax(1))

    def learn(self):
        states, actions, rewards, next_states, done = self.buffer.sample(self.batch)
        q = self.online(states).gather(1, actions[:, None]).squeeze(1)
        with torch.no_grad():
            best_next = self.target(next_states).max(1).values
            goal = rewards + self.gamma * best_next * (1 - done)
        loss = self.loss_fn(q, goal)
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_value_(self.online.parameters(), 1.0)
        self.optimizer.step()
        self.updates += 1
        if self.updates % self.sync_every == 0:
            self.target.load_state_dict(self.online.state_dict())
        return loss.item()

    def play(self, epsilon, train=True):
        state, total, done = self.env.reset(), 0.0, False
        while not done:
            action = self.act(state, epsilon)
            next_state, reward, done = self.env.step(action)
            total += reward
            if train:
                self.buffer.push(state, action, reward, next_state, done)
                if len(self.buffer) >= 200:
                    self.learn()
            state = next_state
        return total


def main():
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)
    agent = Agent(Corridor())
    returns = []
    episodes = 500
    for episode in range(episodes):
        epsilon = max(0.1, 1 - episode / 200)
        returns.append(agent.play(epsilon))
        for group in agent.optimizer.param_groups:
            group["lr"] = 2e-3 * max(0.02, 1 - episode / episodes)
        if episode % 100 == 99:
            print(f"episode {episode + 1}: mean return {np.mean(returns[-50:]):.3f} updates {agent.updates}")
    print("greedy return", np.mean([agent.play(0.0, train=False) for _ in range(5)]), "best possible 0.88")


if __name__ == "__main__":
    main()
