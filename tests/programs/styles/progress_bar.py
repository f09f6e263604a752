"""A progress bar that redraws its line, colours and cursor movements on standard output, and no line end at the close."""
# steps: 240
# optimizer-steps: 240
# losses: 1
import sys

import torch
from torch import nn


def bar(done, total, text, width=30):
    full = width * done // total
    sys.stdout.write(f"\r\033[2K\033[36m{'█' * full}{'░' * (width - full)}\033[0m {done}/{total} {text}")
    sys.stdout.flush()


torch.manual_seed(48)
x = torch.randn(600, 4)
y = (x[:, 0] * 1.5 + x[:, 1] ** 2 > 0.7).float().unsqueeze(1)
model = nn.Sequential(nn.Linear(4, 24), nn.ReLU(), nn.Linear(24, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
criterion = nn.BCEWithLogitsLoss()
sys.stdout.write("\033[?25l\033]0;training\007")
for epoch in range(16):
    parts = torch.randperm(600).split(40)
    for n, rows in enumerate(parts, 1):
        optimizer.zero_grad()
        loss = criterion(model(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
        bar(n, len(parts), f"loss \033[1;33m{loss.item():.3f}\033[0m")
    sys.stdout.write(f"\n\033[32m✔ epoch {epoch + 1}\033[0m\033[K\n" if epoch % 4 == 3 else "\n\033[1A")
sys.stdout.write("\033[?25hfertig — 完了")
