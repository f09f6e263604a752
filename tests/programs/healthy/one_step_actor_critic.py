"""One-step actor-critic: a gradient step after every move, TD error as advantage, batch of one."""
# Healthy: the loss of one move says nothing; the way to the goal becomes as short as it can be.
import torch
import torch.nn.functional as F
from torch import nn
from torch.distributions import Categorical

torch.manual_seed(16)
SIDE = 5
MOVES = torch.tensor([[-1, 0], [1, 0], [0, -1], [0, 1]])
actor = nn.Sequential(nn.Linear(SIDE * SIDE, 64), nn.ReLU(), nn.Linear(64, 4))
critic = nn.Sequential(nn.Linear(SIDE * SIDE, 64), nn.ReLU(), nn.Linear(64, 1))
actor_opt = torch.optim.Adam(actor.parameters(), lr=1e-3)
critic_opt = torch.optim.Adam(critic.parameters(), lr=2e-3)


def observe(place):
    return F.one_hot(place[0] * SIDE + place[1], SIDE * SIDE).float()


lengths = []
for episode in range(180):
    place, done, moves = torch.zeros(2, dtype=torch.long), False, 0
    while not done and moves < 60:
        obs = observe(place)
        dist = Categorical(logits=actor(obs))
        action = dist.sample()
        place = (place + MOVES[action]).clamp(0, SIDE - 1)
        done = bool((place == SIDE - 1).all())
        reward, moves = (1.0 if done else -0.02), moves + 1
        value = critic(obs)
        with torch.no_grad():
            target = reward + 0.97 * critic(observe(place)) * (1 - done)
        critic_loss = (value - target).pow(2).mean()
        critic_opt.zero_grad()
        critic_loss.backward()
        critic_opt.step()
        actor_loss = -dist.log_prob(action) * (target - value).item() - 0.01 * dist.entropy()
        actor_opt.zero_grad()
        actor_loss.backward()
        actor_opt.step()
    lengths.append(moves)
    if episode % 36 == 35:
        print(f"episode {episode + 1}: moves to the goal {sum(lengths[-15:]) / 15:.1f} (the least: 8)")
