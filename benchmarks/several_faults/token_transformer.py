"""Which symbol comes most often: a small transformer over generated tokens, Adam, a warm-up schedule."""

import argparse

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

parser = argparse.ArgumentParser()
parser.add_argument("--faults", default="")
faults = set(parser.parse_args().faults.split(","))

torch.manual_seed(4)
LENGTH, SYMBOLS, CLASSES = 12, 6, 6
tokens = torch.randint(0, SYMBOLS, (2000, LENGTH))
counts = nn.functional.one_hot(tokens, SYMBOLS).sum(1).float()
labels = (counts + torch.linspace(0, 0.5, SYMBOLS)).argmax(1)


class Classifier(nn.Module):
    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.embedding = nn.Embedding(SYMBOLS, width)
        self.position = nn.Parameter(torch.randn(LENGTH, width) * 0.1)
        layer = nn.TransformerEncoderLayer(width, 4, 64, dropout=0.9 if "dropout" in faults else 0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 1)
        self.head = nn.Linear(width, CLASSES)

    def forward(self, tokens):
        hidden = self.encoder(self.embedding(tokens) + self.position)
        pooled = hidden.mean(1)
        return self.head(pooled)


model = Classifier()
rate = 1e-6 if "low-rate" in faults else 0.3 if "high-rate" in faults else 2e-3
decay = 60.0 if "weight-decay" in faults else 0.0
optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=decay)
if "killing-schedule" in faults:
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.8)
else:
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / 20))
criterion = nn.CrossEntropyLoss()
loader = DataLoader(TensorDataset(tokens[:1600], labels[:1600]), batch_size=32, shuffle=True)

for epoch in range(30):
    model.train()
    for batch, target in loader:
        loss = criterion(model(batch), target)
        optimizer.zero_grad()
        loss.backward()
        if "clipped" in faults:
            nn.utils.clip_grad_value_(model.parameters(), 1e-12)
        optimizer.step()
        scheduler.step()
    print(f"epoch {epoch} | loss {loss.item():.4f}")

model.eval()
with torch.no_grad():
    score = (model(tokens[1600:]).argmax(1) == labels[1600:]).float().mean().item()
print(f"score {score:.4f}")
