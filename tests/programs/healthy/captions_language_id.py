"""German or English? Character trigram hashing of real captions into an embedding bag, then a small network."""
import gzip
import os
import random
import zlib
from pathlib import Path

import torch
import torch.nn as nn

folder = Path(os.environ.get("UNSTUCK_TEST_DATA") or Path(__file__).resolve().parents[4] / "shared" / "data") / "multi30k"
if not (folder / "train.de.gz").exists():
    raise SystemExit("data missing")

random.seed(3)
torch.manual_seed(3)
BUCKETS = 2000


def lines(name, n):
    with gzip.open(folder / name, "rt", encoding="utf-8") as f:
        return [next(f).strip().lower()[5:17] for _ in range(n)]  # short pieces, otherwise it is too easy


def encode(text):
    text = f" {text} "
    return torch.tensor([zlib.crc32(text[i:i + 3].encode()) % BUCKETS for i in range(len(text) - 2)])


def dataset(split, n):
    pairs = [(encode(t), 0) for t in lines(f"{split}.de.gz", n)] + [(encode(t), 1) for t in lines(f"{split}.en.gz", n)]
    random.shuffle(pairs)
    return pairs


def collate(batch):
    ids = torch.cat([i for i, _ in batch])
    sizes = torch.tensor([0] + [len(i) for i, _ in batch[:-1]])
    return ids, sizes.cumsum(0), torch.tensor([label for _, label in batch], dtype=torch.float32)


class LanguageId(nn.Module):
    def __init__(self):
        super().__init__()
        self.bag = nn.EmbeddingBag(BUCKETS, 16, mode="mean")
        self.drop = nn.Dropout(0.2)
        self.score = nn.Linear(16, 1)

    def forward(self, ids, offsets):
        return self.score(self.drop(torch.tanh(self.bag(ids, offsets)))).squeeze(1)


train, valid = dataset("train", 5000), collate(dataset("val", 1000))
net = LanguageId()
nn.init.normal_(net.bag.weight, std=0.3)
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.AdamW(net.parameters(), lr=8e-3, weight_decay=0.05)
EPOCHS, BATCH = 7, 125
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS * len(train) // BATCH)
for epoch in range(EPOCHS):
    net.train()
    random.shuffle(train)
    total = 0.0
    for k in range(0, len(train), BATCH):
        ids, offsets, labels = collate(train[k:k + BATCH])
        loss = criterion(net(ids, offsets), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        total += loss.item()
    net.eval()
    with torch.no_grad():
        scores = net(*valid[:2])
        val = criterion(scores, valid[2]).item()
        acc = ((scores > 0) == (valid[2] > 0)).float().mean().item()
    print(f"epoch {epoch + 1} train {total * BATCH / len(train):.4f} valid {val:.4f} acc {acc:.4f}")
