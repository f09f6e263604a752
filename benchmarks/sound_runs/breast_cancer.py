"""Benign or malignant."""
import torch
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

x, y = load_breast_cancer(return_X_y=True)
x, xt, y, yt = train_test_split(x, y, test_size=0.3, stratify=y, random_state=43)
mean, std = x.mean(0), x.std(0)
x, xt = (torch.tensor((part - mean) / std, dtype=torch.float32) for part in (x, xt))
y, yt = torch.tensor(y, dtype=torch.float32), torch.tensor(yt, dtype=torch.float32)
torch.manual_seed(43)
net = nn.Sequential(nn.Linear(30, 12), nn.ReLU(), nn.Dropout(0.3), nn.Linear(12, 1))
optimizer = torch.optim.AdamW(net.parameters(), lr=5e-3, weight_decay=0.3)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 16)
loss_fn = nn.BCEWithLogitsLoss()
train, test = DataLoader(TensorDataset(x, y), 32, shuffle=True), DataLoader(TensorDataset(xt, yt), 200)
for epoch in range(16):
    net.train()
    for a, b in train:
        optimizer.zero_grad()
        loss_fn(net(a)[:, 0], b).backward()
        optimizer.step()
    schedule.step()
    net.eval()
    with torch.no_grad():
        for a, b in test:
            out = net(a)[:, 0]
            print(epoch, round(loss_fn(out, b).item(), 4), round(((out > 0) == (b > 0.5)).float().mean().item(), 4))
