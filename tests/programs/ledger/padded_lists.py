"""Sequences in Python lists, padded batch by batch; two held-out sets in larger batches, one of them once."""
import random

import torch
from torch import nn

random.seed(0)
torch.manual_seed(0)


def made(count):
    texts = [[random.randint(1, 60) for _ in range(random.randint(5, 12))] for _ in range(count)]
    return [(text, int(text[0] > 30)) for text in texts]


def batches(examples, size):
    for start in range(0, len(examples), size):
        some = examples[start : start + size]
        longest = max(len(text) for text, _ in some)
        ids = torch.tensor([text + [0] * (longest - len(text)) for text, _ in some])
        yield ids, torch.tensor([label for _, label in some])


class Mean(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.score = nn.Embedding(61, 8, padding_idx=0), nn.Linear(8, 2)

    def forward(self, ids):
        return self.score(self.words(ids).mean(1))


@torch.no_grad()
def accuracy(examples):
    return sum((model(ids).argmax(1) == labels).sum().item() for ids, labels in batches(examples, 50))


train, valid, test = made(200), made(120), made(90)
test[:30] = train[:30]
model = Mean()
optimizer = torch.optim.Adam(model.parameters(), 0.01)
for _ in range(3):
    for ids, labels in batches(random.sample(train, len(train)), 20):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(ids), labels).backward()
        optimizer.step()
    accuracy(valid)
accuracy(test)
