"""German and English captions brought together: two bags of words, contrastive loss."""
import torch
import torch.nn.functional as F
from torch import nn


def read(path, size=3000):
    rows = [[hash_word(word, size) for word in line.lower().split()] for line in open(path, encoding="utf-8")]
    width = 20
    return torch.tensor([(row + [0] * width)[:width] for row in rows])


def hash_word(word, size):
    value = 7
    for letter in word.strip(".,"):
        value = (value * 31 + ord(letter)) % 1_000_003
    return 1 + value % (size - 1)


class Bag(nn.Module):
    def __init__(self, size=3000, width=64):
        super().__init__()
        self.bag = nn.EmbeddingBag(size, width, mode="mean", padding_idx=0)

    def forward(self, ids):
        return F.normalize(self.bag(ids), dim=1)


torch.manual_seed(0)
german, english = read("train.de"), read("train.en")
val_german, val_english = read("val.de"), read("val.en")
left, right = Bag(), Bag()
optimizer = torch.optim.Adam([*left.parameters(), *right.parameters()], lr=5e-3)
for epoch in range(12):
    for rows in torch.randperm(len(german)).split(64):
        logits = left(german[rows]) @ right(english[rows]).T / 0.1
        loss = F.cross_entropy(logits, torch.arange(len(rows)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        scores = left(val_german) @ right(val_english).T
        rank = (scores > scores.diag()[:, None]).sum(1)
    print(f"epoch {epoch}: loss {loss.item():.3f}, recall at 10 {(rank < 10).float().mean().item():.4f}")
