"""An autoencoder with a classifier on its code, both losses at once."""
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


class Both(nn.Module):
    def __init__(self, code=24):
        super().__init__()
        self.encode = nn.Sequential(nn.Linear(196, 80), nn.ELU(), nn.Linear(80, code))
        self.decode = nn.Sequential(nn.Linear(code, 80), nn.ELU(), nn.Linear(80, 196))
        self.classify = nn.Sequential(nn.ELU(), nn.Linear(code, 10))

    def forward(self, x):
        z = self.encode(x)
        return self.decode(z), self.classify(z)


def batches(x, y, size, generator):
    for at in torch.randperm(len(x), generator=generator).split(size):
        yield x[at], y[at]


torch.manual_seed(30)
generator = torch.Generator().manual_seed(30)
x, y = torch.from_numpy(np.load("x_train.npy")).flatten(1), torch.from_numpy(np.load("y_train.npy"))
xt, yt = torch.from_numpy(np.load("x_test.npy")).flatten(1), torch.from_numpy(np.load("y_test.npy"))
model = Both()
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.05)
EPOCHS = 12
for epoch in range(EPOCHS):
    for group in optimizer.param_groups:
        group["lr"] = 3e-3 * (1 - epoch / EPOCHS)
    model.train()
    for xb, yb in batches(x, y, 50, generator):
        rebuilt, logits = model(xb)
        loss = F.mse_loss(rebuilt, xb) + 0.5 * F.cross_entropy(logits, yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        rebuilt, logits = model(xt)
        error = F.mse_loss(rebuilt, xt).item()
        accuracy = (logits.argmax(1) == yt).float().mean().item()
    print(f"epoch {epoch}: loss {loss.item():.4f} test reconstruction {error:.4f} accuracy {accuracy:.4f}")
