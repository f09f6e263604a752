"""BYOL-like self-supervision: two noisy views, a predictor, a target network that only follows; then a linear probe."""
import copy

import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits

torch.manual_seed(15)
x, y = load_digits(return_X_y=True)
perm = torch.randperm(len(y))
x, y = torch.tensor(x, dtype=torch.float32)[perm] / 8 - 1, torch.tensor(y)[perm]
x_tr, y_tr, x_te, y_te = x[:1300], y[:1300], x[1300:], y[1300:]


def view(batch):
    keep = (torch.rand_like(batch) > 0.15).float()
    return batch * keep + 0.15 * torch.randn_like(batch)


def mlp(i, h, o):
    return nn.Sequential(nn.Linear(i, h), nn.BatchNorm1d(h), nn.ReLU(), nn.Linear(h, o))


class Online(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = mlp(64, 64, 32)
        self.predictor = mlp(32, 32, 32)

    def forward(self, v):
        return self.predictor(self.encoder(v))


online = Online()
target = copy.deepcopy(online.encoder)
for p in target.parameters():
    p.requires_grad = False
optimizer = torch.optim.Adam(online.parameters(), lr=3e-3, weight_decay=1e-4)
EPOCHS = 24
total_steps, done = EPOCHS * 13, 0
for epoch in range(EPOCHS):
    online.train()
    epoch_loss = 0.0
    for ids in torch.randperm(len(x_tr)).split(100):
        a, b = view(x_tr[ids]), view(x_tr[ids])
        with torch.no_grad():
            ta, tb = target(a), target(b)
        loss = 2 - F.cosine_similarity(online(a), tb).mean() - F.cosine_similarity(online(b), ta).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        done += 1
        optimizer.param_groups[0]["lr"] = 3e-3 * max(0.02, 1 - done / total_steps)
        with torch.no_grad():
            for t, o in zip(target.parameters(), online.encoder.parameters()):
                t.lerp_(o, 0.02)
        epoch_loss += loss.item() / 13
    if epoch % 4 == 3:
        print(f"pretext epoch {epoch + 1}: {epoch_loss:.4f}")

online.eval()
with torch.no_grad():
    h_tr, h_te = online.encoder(x_tr), online.encoder(x_te)
h_mean, h_std = h_tr.mean(0), h_tr.std(0)
h_tr, h_te = (h_tr - h_mean) / h_std, (h_te - h_mean) / h_std
probe = nn.Linear(32, 10)
probe_opt = torch.optim.SGD(probe.parameters(), lr=0.2, momentum=0.9, weight_decay=5e-3)
probe_sched = torch.optim.lr_scheduler.CosineAnnealingLR(probe_opt, 20)
for epoch in range(20):
    for ids in torch.randperm(len(h_tr)).split(130):
        loss = F.cross_entropy(probe(h_tr[ids]), y_tr[ids])
        probe_opt.zero_grad()
        loss.backward()
        probe_opt.step()
    probe_sched.step()
    with torch.no_grad():
        test = F.cross_entropy(probe(h_te), y_te).item()
        acc = (probe(h_te).argmax(1) == y_te).float().mean().item()
print(f"linear probe: train {loss.item():.4f} held-out {test:.4f} accuracy {acc:.3f}")
