"""Film reviews: mean and maximum of the word vectors; the epoch with the best validation accuracy is kept."""
import copy
import random

import torch
from torch import nn

random.seed(3)
torch.manual_seed(3)
vocabulary = {word.strip(): at for at, word in enumerate(open("words.txt", encoding="utf-8"), 2)}


def load(path):
    examples = []
    for line in open(path, encoding="utf-8"):
        kind, text = line.rstrip("\n").split("\t")
        examples.append(([vocabulary.get(word, 1) for word in text.split()[:200]], int(kind == "pos")))
    return examples


def batches(examples, size, mix=False):
    if mix:
        examples = random.sample(examples, len(examples))
    for start in range(0, len(examples), size):
        some = examples[start:start + size]
        longest = max(len(ids) for ids, _ in some)
        ids = torch.tensor([one + [0] * (longest - len(one)) for one, _ in some])
        yield ids, torch.tensor([kind for _, kind in some])


class Reader(nn.Module):
    def __init__(self, words, dim=24):
        super().__init__()
        self.embed = nn.Embedding(words, dim, padding_idx=0)
        self.drop = nn.Dropout(0.4)
        self.score = nn.Linear(2 * dim, 2)

    def forward(self, ids):
        there = (ids != 0).unsqueeze(2)
        vectors = self.embed(ids)
        mean = (vectors * there).sum(1) / there.sum(1).clamp(min=1)
        most = vectors.masked_fill(~there, -1e4).amax(1)
        return self.score(self.drop(torch.cat([4 * mean, most], 1)))


@torch.no_grad()
def accuracy(model, examples):
    model.eval()
    hits = sum((model(ids).argmax(1) == kinds).sum().item() for ids, kinds in batches(examples, 100))
    return hits / len(examples)


train, valid, test = load("train.tsv"), load("valid.tsv"), load("test.tsv")
model = Reader(len(vocabulary) + 2)
optimizer = torch.optim.Adam(model.parameters(), lr=4e-3, weight_decay=1e-5)
criterion = nn.CrossEntropyLoss()
best, kept = -1.0, None
for epoch in range(12):
    model.train()
    losses = []
    for ids, kinds in batches(train, 25, mix=True):
        optimizer.zero_grad()
        loss = criterion(model(ids), kinds)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    score = accuracy(model, valid)
    if score > best:
        best, kept = score, copy.deepcopy(model.state_dict())
    print(f"epoch {epoch + 1:2d}  loss {sum(losses) / len(losses):.3f}  valid {score:.3f}")
model.load_state_dict(kept)
print(f"best valid {best:.3f}  test accuracy {accuracy(model, test):.4f}")
