"""Sigmoid head with squared error on click rates in [0, 1]: bounded output for a bounded target, a right pairing."""
import numpy as np
import torch
import torch.nn as nn

torch.manual_seed(70)
rng = np.random.default_rng(70)
features = rng.normal(size=(6000, 6)).astype(np.float32)
true_rate = 1 / (1 + np.exp(-(1.2 * features[:, 0] - features[:, 1] * features[:, 2] + 0.5 * np.sin(3 * features[:, 3]) - 0.3)))
observed = rng.binomial(40, true_rate) / 40
x, t = torch.tensor(features), torch.tensor(observed, dtype=torch.float32)


class RateModel(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.hidden1 = nn.Linear(n_in, n_hidden)
        self.hidden2 = nn.Linear(n_hidden, n_hidden)
        self.out = nn.Linear(n_hidden, 1)

    def forward(self, x):
        x = torch.relu(self.hidden1(x))
        x = torch.relu(self.hidden2(x))
        return torch.sigmoid(self.out(x)).squeeze(-1)


def train_one_epoch(model, optimizer, rows, batch_size=60):
    model.train()
    losses = 0.0
    for piece in rows[torch.randperm(len(rows))].split(batch_size):
        loss = ((model(x[piece]) - t[piece]) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses += loss.item() * len(piece)
    return losses / len(rows)


model = RateModel(6, 24)
optimizer = torch.optim.Adam(model.parameters(), lr=6e-3, weight_decay=1e-5)
scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.8)
train_rows, test_rows = torch.arange(4800), torch.arange(4800, 6000)
print("variance of the rates", round(t.var().item(), 4))
for epoch in range(18):
    train = train_one_epoch(model, optimizer, train_rows)
    scheduler.step()
    model.eval()
    with torch.no_grad():
        test = ((model(x[test_rows]) - t[test_rows]) ** 2).mean().item()
    if epoch % 4 == 1:
        print(f"epoch {epoch + 1}: train {train:.5f} held-out {test:.5f}")
