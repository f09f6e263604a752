"""Foreground masks of noisy pictures: a small fully convolutional network."""
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Pairs(Dataset):
    def __init__(self, first, last):
        self.images = np.load("images.npy")[first:last]
        self.masks = np.load("masks.npy")[first:last]

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        image = self.images[i].astype(np.float32) / 255 - 0.5
        return torch.from_numpy(image)[None], torch.from_numpy(self.masks[i].astype(np.float32))[None]


def dice(net, loader):
    net.eval()
    both = either = 0.0
    with torch.no_grad():
        for image, mask in loader:
            guess = (net(image) > 0).float()
            both += 2 * (guess * mask).sum().item()
            either += (guess.sum() + mask.sum()).item()
    return both / max(either, 1)


torch.manual_seed(0)
train, val = Pairs(0, 1200), Pairs(1200, 1500)
net = nn.Sequential(
    nn.Conv2d(1, 12, 5, padding=2), nn.ReLU(), nn.Conv2d(12, 12, 5, padding=2), nn.ReLU(), nn.Conv2d(12, 1, 1)
)
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
loss_fn = nn.BCEWithLogitsLoss()
val_loader = DataLoader(val, batch_size=50)
for epoch in range(5):
    net.train()
    for image, mask in DataLoader(train, batch_size=16, shuffle=True):
        opt.zero_grad()
        loss = loss_fn(net(image), mask)
        loss.backward()
        opt.step()
    print(f"epoch {epoch}: loss {loss.item():.4f} val dice {dice(net, val_loader):.4f}")
