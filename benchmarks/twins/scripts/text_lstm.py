"""Captions as token ids, padded to the longest record of the file, an LSTM reads them."""
import json

import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader, TensorDataset


def read(path):
    with open(path) as file:
        records = [json.loads(line) for line in file]
    ids = pad_sequence([torch.tensor(record["ids"]) for record in records], batch_first=True)
    return TensorDataset(ids, torch.tensor([record["label"] for record in records]))


class Classifier(nn.Module):
    def __init__(self, words, classes):
        super().__init__()
        self.embed = nn.Embedding(words, 32, padding_idx=0)
        self.lstm = nn.LSTM(32, 48, batch_first=True)
        self.out = nn.Linear(48, classes)

    def forward(self, ids):
        states, _ = self.lstm(self.embed(ids))
        return self.out(states.mean(1))


torch.manual_seed(0)
train, test = read("train.jsonl"), read("test.jsonl")
words = int(max(train.tensors[0].max(), test.tensors[0].max())) + 1
model = Classifier(words, int(train.tensors[1].max()) + 1)
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
for epoch in range(8):
    model.train()
    for ids, labels in DataLoader(train, batch_size=32, shuffle=True):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(ids), labels)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    model.eval()
    correct = 0
    with torch.no_grad():
        for ids, labels in DataLoader(test, batch_size=100):
            correct += (model(ids).argmax(1) == labels).sum().item()
    print(f"epoch {epoch}: train loss {loss.item():.4f}, test accuracy {correct / len(test):.4f}")
