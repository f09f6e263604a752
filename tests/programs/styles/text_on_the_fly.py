"""Text generated on the fly: sums such as 17+25=42, a small GRU that learns to write the answer."""
# steps: 150
# optimizer-steps: 150
# losses: 1
import random

import torch
from torch import nn

random.seed(12)
torch.manual_seed(12)
CHARS = "0123456789+="


def example():
    a, b = random.randint(0, 4), random.randint(0, 4)
    return f"{a}+{b}={a + b}"


def batch(n):
    texts = [example() for _ in range(n)]
    ids = torch.tensor([[CHARS.index(c) for c in t] for t in texts])
    return ids[:, :-1], ids[:, -1]


class Adder(nn.Module):
    def __init__(self, size=32):
        super().__init__()
        self.embed = nn.Embedding(len(CHARS), size)
        self.gru = nn.GRU(size, size, batch_first=True)
        self.out = nn.Linear(size, len(CHARS))

    def forward(self, ids):
        h, _ = self.gru(self.embed(ids))
        return self.out(h[:, -1])


model = Adder()
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for step in range(150):
    ids, answer = batch(64)
    loss = nn.functional.cross_entropy(model(ids), answer)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 5.0)
    optimizer.step()
    if step % 30 == 29:
        print(step + 1, round(loss.item(), 3))
