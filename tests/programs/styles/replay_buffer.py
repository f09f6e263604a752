"""Deep Q-learning on a chain: batches from a buffer of experience, a target net that is copied from time to time."""
# steps: 437
# optimizer-steps: 437
# losses: 1
import random
from collections import deque, namedtuple

import torch
import torch.nn as nn

Transition = namedtuple("Transition", "state action reward next_state done")


class Chain:
    def reset(self):
        self.at, self.age = 0, 0
        return self.at

    def step(self, action):
        self.at = min(4, self.at + 1) if action == 1 else 0
        self.age += 1
        return self.at, 1.0 if self.at == 4 else 0.0, self.age == 10


class Memory:
    def __init__(self, size):
        self.items = deque(maxlen=size)

    def push(self, *args):
        self.items.append(Transition(*args))

    def sample(self, n):
        return Transition(*zip(*random.sample(self.items, n)))

    def __len__(self):
        return len(self.items)


def encode(states):
    return nn.functional.one_hot(torch.as_tensor(states), 5).float()


random.seed(28)
torch.manual_seed(28)
policy = nn.Sequential(nn.Linear(5, 24), nn.ReLU(), nn.Linear(24, 2))
target = nn.Sequential(nn.Linear(5, 24), nn.ReLU(), nn.Linear(24, 2))
target.load_state_dict(policy.state_dict())
optimizer = torch.optim.AdamW(policy.parameters(), lr=5e-3)
memory, env, steps, gamma = Memory(300), Chain(), 0, 0.8


def optimise():
    if len(memory) < 64:
        return
    batch = memory.sample(32)
    action = torch.tensor(batch.action).unsqueeze(1)
    value = policy(encode(batch.state)).gather(1, action).squeeze(1)
    with torch.no_grad():
        future = target(encode(batch.next_state)).max(1).values
    expected = torch.tensor(batch.reward) + gamma * future * (1 - torch.tensor(batch.done).float())
    loss = nn.functional.smooth_l1_loss(value, expected)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_value_(policy.parameters(), 100)
    optimizer.step()


for episode in range(50):
    state, done, total = env.reset(), False, 0.0
    while not done:
        greedy = random.random() > max(0.1, 1 - steps / 250)
        action = policy(encode([state])).argmax().item() if greedy else random.randrange(2)
        following, reward, done = env.step(action)
        memory.push(state, action, reward, following, done)
        state, total, steps = following, total + reward, steps + 1
        optimise()
        if steps % 20 == 0:
            target.load_state_dict(policy.state_dict())
    if episode % 10 == 9:
        print(f"episode {episode + 1} reward {total:.0f}")
