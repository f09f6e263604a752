"""Digits, 8×8: convolutions."""
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(40)
digits = load_digits()
images = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1) / 8 - 1
x, xt, y, yt = train_test_split(images, torch.tensor(digits.target), test_size=0.3, stratify=digits.target,
                                random_state=40)
net = nn.Sequential(nn.Conv2d(1, 12, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(12, 24, 3, padding=1),
                    nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.2), nn.Linear(96, 10))
train, test = DataLoader(TensorDataset(x, y), 32, shuffle=True), DataLoader(TensorDataset(xt, yt), 180)
optimizer = torch.optim.Adam(net.parameters(), lr=4e-3, weight_decay=1e-4)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 12)
for epoch in range(12):
    net.train()
    for a, b in train:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(a), b)
        loss.backward()
        optimizer.step()
    schedule.step()
    net.eval()
    with torch.no_grad():
        print(epoch, loss.item(), sum((net(a).argmax(1) == b).sum().item() for a, b in test) / len(yt))
