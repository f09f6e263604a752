"""A GRU over characters tells the language of a snippet; records are padded in the collate function."""
import json

import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

torch.manual_seed(5)
alphabet = open("alphabet.txt", encoding="utf-8").read().split("\n")
index = {char: at + 2 for at, char in enumerate(alphabet)}   # 0 pads, 1 is unknown


def read(name):
    with open(name, encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    return [([index.get(char, 1) for char in one["text"]], one["lang"]) for one in records]


def collate(batch):
    ids = pad_sequence([torch.tensor(ids) for ids, _ in batch], batch_first=True, padding_value=0)
    return ids, torch.tensor([lang for _, lang in batch], dtype=torch.float)


class Language(nn.Module):
    def __init__(self, size, dim=16, hidden=32):
        super().__init__()
        self.embed = nn.Embedding(size, dim, padding_idx=0)
        self.gru = nn.GRU(dim, hidden, batch_first=True)
        self.score = nn.Linear(hidden, 1)

    def forward(self, ids):
        states, _ = self.gru(self.embed(ids))
        return self.score(states[:, -1]).squeeze(-1)


train, test = read("train.jsonl"), read("test.jsonl")
loader = DataLoader(train, 32, shuffle=True, collate_fn=collate)
model = Language(len(alphabet) + 2)
optimizer = torch.optim.Adam(model.parameters(), lr=8e-3)
schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.02, total_iters=10 * len(loader))
bce = nn.BCEWithLogitsLoss()
for epoch in range(10):
    model.train()
    total = 0.0
    for ids, lang in loader:
        loss = bce(model(ids), lang)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        schedule.step()
        total += loss.item()
    model.eval()
    right = 0
    with torch.no_grad():
        for ids, lang in DataLoader(test, 64, collate_fn=collate):
            right += ((model(ids) > 0).float() == lang).sum().item()
    print(f"epoch {epoch}: loss {total / len(loader):.4f}, test accuracy {right / len(test):.4f}")
