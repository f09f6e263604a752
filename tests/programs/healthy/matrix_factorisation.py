"""Recommender by matrix factorisation: two embeddings and biases, Adagrad, ratings centred and scaled."""
import numpy as np
import torch
from torch import nn

rng = np.random.default_rng(2024)
torch.manual_seed(2024)
USERS, ITEMS, RANK, NOISE = 150, 100, 3, 0.4

p, q = rng.normal(size=(USERS, RANK)), rng.normal(size=(ITEMS, RANK))
user_bias, item_bias = rng.normal(0, 0.5, USERS), rng.normal(0, 0.5, ITEMS)
pairs = rng.permutation(USERS * ITEMS)[:11000]
u, i = pairs // ITEMS, pairs % ITEMS
stars = 3.2 + (p[u] * q[i]).sum(1) * 0.6 + user_bias[u] + item_bias[i] + rng.normal(0, NOISE, len(u))
u, i, stars = torch.as_tensor(u), torch.as_tensor(i), torch.as_tensor(stars, dtype=torch.float32)
train, test = slice(0, 9000), slice(9000, None)
mean, std = stars[train].mean(), stars[train].std()
ratings = (stars - mean) / std


class Factorisation(nn.Module):
    def __init__(self, users, items, rank):
        super().__init__()
        self.user, self.item = nn.Embedding(users, rank), nn.Embedding(items, rank)
        self.user_bias, self.item_bias = nn.Embedding(users, 1), nn.Embedding(items, 1)
        for e in (self.user, self.item):
            nn.init.normal_(e.weight, std=0.3)
        for e in (self.user_bias, self.item_bias):
            nn.init.zeros_(e.weight)

    def forward(self, users, items):
        dot = (self.user(users) * self.item(items)).sum(-1)
        return dot + self.user_bias(users).squeeze(-1) + self.item_bias(items).squeeze(-1)


model = Factorisation(USERS, ITEMS, RANK)
optimizer = torch.optim.Adagrad(model.parameters(), lr=0.15)
for epoch in range(25):
    model.train()
    order, total = torch.randperm(9000), 0.0
    for batch in order.split(300):
        prediction = model(u[train][batch], i[train][batch])
        loss = nn.functional.mse_loss(prediction, ratings[train][batch])
        loss = loss + 1e-3 * (model.user(u[train][batch]).pow(2) + model.item(i[train][batch]).pow(2)).sum(-1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch) / 9000
    model.eval()
    with torch.no_grad():
        held_out = nn.functional.mse_loss(model(u[test], i[test]), ratings[test]).item()
    if epoch % 6 == 0:
        print(f"{epoch:2d} train {total:.4f} held-out {held_out:.4f}")
print(f"train {total:.4f} held-out {held_out:.4f}, noise floor {(NOISE / std.item()) ** 2:.4f}")
