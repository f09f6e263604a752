"""Banknotes, genuine or forged: one logit, float labels of shape (N,), momentum SGD, the loss becomes very small and rightly so."""
import os
from pathlib import Path

import numpy as np
import torch

data_dir = Path(os.getenv("UNSTUCK_TEST_DATA") or Path(__file__).resolve().parents[4] / "shared" / "data")
source = data_dir / "banknote_authentication.csv"
if not source.exists():
    raise SystemExit("data missing")

torch.manual_seed(203)
table = torch.from_numpy(np.loadtxt(source, delimiter=",", dtype=np.float32))
table = table[torch.randperm(len(table))]
X, y = table[:, :4], table[:, 4]
n = 960
X = (X - X[:n].mean(0)) / X[:n].std(0)

net = torch.nn.Sequential(torch.nn.Linear(4, 10), torch.nn.Tanh(), torch.nn.Linear(10, 1), torch.nn.Flatten(0))
loss_fn = torch.nn.BCEWithLogitsLoss()
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=2e-3)
sched = torch.optim.lr_scheduler.MultiStepLR(opt, [25, 32], 0.2)
for epoch in range(40):
    losses = []
    for chunk in torch.randperm(n).split(48):
        opt.zero_grad()
        loss = loss_fn(net(X[chunk]), y[chunk])
        loss.backward()
        opt.step()
        losses.append(float(loss.detach()))
    sched.step()
    with torch.no_grad():
        out = net(X[n:])
        test = float(loss_fn(out, y[n:]))
        acc = float(((out > 0) == (y[n:] > 0.5)).float().mean())
    if epoch % 8 == 7:
        print(f"{epoch + 1:2d} train {np.mean(losses):.4f} test {test:.4f} acc {acc:.3f}")
