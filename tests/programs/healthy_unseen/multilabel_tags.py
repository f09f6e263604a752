"""Multi-label tagging with BCEWithLogitsLoss: several of six tags may be on at once, some of them rarely."""
import argparse

import numpy as np
import torch
from torch.utils.data import DataLoader, TensorDataset

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=15)
parser.add_argument("--lr", type=float, default=5e-3)
args = parser.parse_args()

torch.manual_seed(17)
rng = np.random.default_rng(17)
n, d, tags = 5000, 20, 6
latent = rng.normal(size=(n, 5))
x = latent @ rng.normal(size=(5, d)) / np.sqrt(5) + 0.3 * rng.normal(size=(n, d))
score = 3.5 * np.tanh(latent @ rng.normal(size=(5, tags))) - np.array([0, 0.5, 1, 1.5, 2, 2.5])
y = (rng.random((n, tags)) < 1 / (1 + np.exp(-score))).astype(np.float32)
x = (x - x[:4000].mean(0)) / x[:4000].std(0)
x, y = torch.tensor(x, dtype=torch.float32), torch.from_numpy(y)
loader = DataLoader(TensorDataset(x[:4000], y[:4000]), batch_size=80, shuffle=True)

model = torch.nn.Sequential(torch.nn.Linear(d, 24), torch.nn.ELU(), torch.nn.Linear(24, tags))
criterion = torch.nn.BCEWithLogitsLoss()
optimizer = torch.optim.NAdam(model.parameters(), lr=args.lr)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, args.epochs)

for epoch in range(args.epochs):
    model.train()
    seen = 0.0
    for features, labels in loader:
        optimizer.zero_grad()
        loss = criterion(model(features), labels)
        loss.backward()
        optimizer.step()
        seen += loss.item() / len(loader)
    scheduler.step()
    model.eval()
    with torch.no_grad():
        logits = model(x[4000:])
        test = criterion(logits, y[4000:]).item()
        exact = ((logits > 0).float() == y[4000:]).float().mean().item()
print(f"tags on: {y.mean(0).numpy().round(2)}")
print(f"train {seen:.4f} held-out {test:.4f} tag accuracy {exact:.3f}")
