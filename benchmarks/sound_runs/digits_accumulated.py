"""Digits, 64 columns: batch norm, gradients of two batches added."""
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

x, y = load_digits(return_X_y=True)
x, xt, y, yt = train_test_split(x / 16, y, test_size=0.25, stratify=y, random_state=41)
torch.manual_seed(41)
train = DataLoader(TensorDataset(torch.tensor(x, dtype=torch.float32), torch.tensor(y)), 32, shuffle=True,
                   drop_last=True)
xt, yt = torch.tensor(xt, dtype=torch.float32), torch.tensor(yt)
net = nn.Sequential(nn.Linear(64, 48, bias=False), nn.BatchNorm1d(48), nn.ReLU(), nn.Linear(48, 10))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-3)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 12)
for epoch in range(12):
    net.train()
    optimizer.zero_grad()
    for step, (a, b) in enumerate(train, 1):
        loss = nn.functional.cross_entropy(net(a), b)
        (loss / 2).backward()
        if step % 2 == 0 or step == len(train):
            optimizer.step()
            optimizer.zero_grad()
    schedule.step()
    net.eval()
    with torch.no_grad():
        out = net(xt)
    print(epoch, loss.item(), nn.functional.cross_entropy(out, yt).item(), (out.argmax(1) == yt).float().mean().item())
