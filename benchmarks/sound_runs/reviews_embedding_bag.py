"""Film reviews: an embedding bag over the 2,000 most frequent words, offsets made in the collate function."""
import os
import re
import tarfile
from collections import Counter
from pathlib import Path

import torch
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader

DATA = Path(os.environ.get("UNSTUCK_SHARED", "shared/data"))
records = []
with tarfile.open(DATA / "review_polarity.tar.gz") as archive:
    for member in archive:
        if member.name.endswith(".txt") and "txt_sentoken" in member.name:
            words = re.findall(r"[a-z']+", archive.extractfile(member).read().decode("latin-1"))
            records.append((words, int("/pos/" in member.name)))
train, test = train_test_split(records, test_size=0.25, stratify=[y for _, y in records], random_state=1)
counts = Counter(word for words, _ in train for word in set(words))
index = {word: at for at, (word, _) in enumerate(counts.most_common(2100)[100:])}


def collate(batch):
    ids = [[index[word] for word in set(words) if word in index] for words, _ in batch]
    offsets = torch.tensor([0, *(len(one) for one in ids[:-1])]).cumsum(0)
    return torch.tensor([at for one in ids for at in one]), offsets, torch.tensor([y for _, y in batch])


class Bag(nn.Module):
    def __init__(self):
        super().__init__()
        self.bag = nn.EmbeddingBag(len(index), 16, mode="mean")
        self.drop = nn.Dropout(0.3)
        self.out = nn.Linear(16, 2)

    def forward(self, ids, offsets):
        return self.out(self.drop(self.bag(ids, offsets)))


torch.manual_seed(22)
net = Bag()
optimizer = torch.optim.AdamW(net.parameters(), lr=0.01, weight_decay=0.1)
loader = DataLoader(train, 40, shuffle=True, collate_fn=collate)
held = DataLoader(test, 125, collate_fn=collate)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 5 * len(loader))
for epoch in range(5):
    net.train()
    for ids, offsets, y in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(ids, offsets), y)
        loss.backward()
        optimizer.step()
        schedule.step()
    net.eval()
    with torch.no_grad():
        hits = sum((net(ids, offsets).argmax(1) == y).sum().item() for ids, offsets, y in held)
    print(epoch, round(loss.item(), 4), hits / len(test))
