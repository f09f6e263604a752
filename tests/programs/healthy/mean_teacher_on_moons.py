"""Mean teacher on two moons: 24 labels a class, an EMA teacher that no optimiser holds, consistency on the rest."""
import copy

import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import make_moons

torch.manual_seed(2)
X, y = make_moons(2600, noise=0.12, random_state=2)
X = torch.tensor(X, dtype=torch.float32)
y = torch.tensor(y)
X = (X - X[:2000].mean(0)) / X[:2000].std(0)
pool, x_test, y_test = X[:2000], X[2000:], y[2000:]
labelled = torch.cat([(y[:2000] == c).nonzero().flatten()[:24] for c in (0, 1)])
x_lab, y_lab = pool[labelled], y[labelled]

student = nn.Sequential(nn.Linear(2, 32), nn.SiLU(), nn.Linear(32, 32), nn.SiLU(), nn.Linear(32, 2))
teacher = copy.deepcopy(student)
teacher.requires_grad_(False)
optimizer = torch.optim.Adam(student.parameters(), lr=5e-3, weight_decay=2e-3)
STEPS = 700
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)


def jitter(x):
    return x + 0.08 * torch.randn_like(x)


for step in range(STEPS):
    unlabelled = pool[torch.randint(0, len(pool), (96,))]
    supervised = F.cross_entropy(student(jitter(x_lab)), y_lab)
    with torch.no_grad():
        belief = teacher(jitter(unlabelled)).softmax(1)
    consistency = F.mse_loss(student(jitter(unlabelled)).softmax(1), belief)
    loss = supervised + 4.0 * min(1.0, step / 150) * consistency
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    scheduler.step()
    with torch.no_grad():
        for slow, fast in zip(teacher.parameters(), student.parameters()):
            slow.mul_(0.98).add_(fast, alpha=0.02)
    if (step + 1) % 100 == 0:
        with torch.no_grad():
            logits = teacher(x_test)
            test = F.cross_entropy(logits, y_test).item()
            acc = (logits.argmax(1) == y_test).float().mean().item()
        print(f"step {step + 1:4d} supervised {supervised.item():.4f} consistency {consistency.item():.5f} "
              f"| teacher on held-out: {test:.4f} accuracy {acc:.3f}")
