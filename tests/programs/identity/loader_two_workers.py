"""A loader with two workers that augment with torch, NumPy and random; the workers' draws come back in the batches."""
import random

import numpy as np
import torch
from _fingerprint import fingerprint, seed
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Noisy(Dataset):
    def __init__(self):
        generator = torch.Generator().manual_seed(3)
        self.x = torch.randn(240, 6, generator=generator)
        self.y = (self.x[:, :3].sum(1) > 0).long()

    def __len__(self):
        return 240

    def __getitem__(self, i):
        noise = torch.randn(6) * 0.05 + float(np.random.normal(0, 0.05)) + random.gauss(0, 0.05)
        return self.x[i] + noise, self.y[i]


def seed_worker(worker_id):
    number = torch.initial_seed() % 2**32
    np.random.seed(number)
    random.seed(number)


if __name__ == "__main__":
    seed(3)
    loader = DataLoader(Noisy(), batch_size=24, shuffle=True, num_workers=2, worker_init_fn=seed_worker)
    model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 2))
    optimizer = torch.optim.RMSprop(model.parameters(), lr=3e-3, momentum=0.5, centered=True)
    checksum = 0.0
    for epoch in range(3):
        for x, y in loader:
            checksum += x.double().sum().item()
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
        print(epoch, loss.item(), checksum)
    fingerprint(model, optimizer)
