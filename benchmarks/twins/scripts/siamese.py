"""Siamese network: do two small images show the same digit?"""
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(17)


class Pairs(Dataset):
    def __init__(self, path):
        data = np.load(path)
        self.left, self.right, self.same = data["left"], data["right"], data["same"]

    def __len__(self):
        return len(self.same)

    def __getitem__(self, i):
        return torch.from_numpy(self.left[i]), torch.from_numpy(self.right[i]), torch.tensor(float(self.same[i]))


class Twin(nn.Module):
    def __init__(self):
        super().__init__()
        self.tower = nn.Sequential(nn.Flatten(), nn.Linear(196, 64), nn.ReLU(), nn.Dropout(0.3), nn.Linear(64, 24))
        self.score = nn.Linear(24, 1)

    def forward(self, left, right):
        return self.score((self.tower(left) - self.tower(right)).abs()).flatten()


train = DataLoader(Pairs("pairs_train.npz"), batch_size=64, shuffle=True)
test = DataLoader(Pairs("pairs_test.npz"), batch_size=250)
net = Twin()
opt = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=0.3)
epochs = 7
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, epochs * len(train))
loss_fn = nn.BCEWithLogitsLoss()
for epoch in range(epochs):
    net.train()
    for left, right, same in train:
        opt.zero_grad()
        loss = loss_fn(net(left, right), same)
        loss.backward()
        opt.step()
        sched.step()
    net.eval()
    with torch.no_grad():
        hits = torch.cat([(net(a, b) > 0) == (s > 0.5) for a, b, s in test]).float()
    print(f"{epoch + 1}/{epochs} loss {loss.item():.4f} test accuracy {hits.mean().item():.4f}")
