"""Batch norm, AdamW, a shuffled loader, a schedule, train and eval in turn."""
import numpy as np
import torch
from _fingerprint import fingerprint, seed
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

seed(1)
x = torch.from_numpy(np.random.randn(600, 1, 8, 8).astype(np.float32))
y = (x[:, 0, 2:6, 2:6].mean((1, 2)) > 0).long()
train, val = random_split(TensorDataset(x, y), [480, 120])
loader = DataLoader(train, batch_size=32, shuffle=True, drop_last=True)
model = nn.Sequential(
    nn.Conv2d(1, 8, 3, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(288, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 2)
)
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.05, amsgrad=True)
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-2, total_steps=8 * len(loader))
for epoch in range(8):
    model.train()
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(xb), yb, label_smoothing=0.1)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        scheduler.step()
    model.eval()
    with torch.no_grad():
        right = sum((model(xb).argmax(1) == yb).sum().item() for xb, yb in DataLoader(val, batch_size=60))
    print(epoch, loss.item(), norm.item(), right)
fingerprint(model, optimizer, scheduler)
