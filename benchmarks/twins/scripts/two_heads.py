"""Two quantities at once: one trunk, one head each, the squared errors added."""
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(77)
arrays = np.load("shells.npz")
mean, std = arrays["train_x"].mean(0), arrays["train_x"].std(0)


def part(name):
    return (torch.from_numpy((arrays[f"{name}_x"] - mean) / std).float(),
            torch.from_numpy(arrays[f"{name}_age"]).float(), torch.from_numpy(arrays[f"{name}_weight"]).float())


class Shells(nn.Module):
    def __init__(self, inputs):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(inputs, 32), nn.SiLU(), nn.Linear(32, 32), nn.SiLU())
        self.age, self.weight = nn.Linear(32, 1), nn.Linear(32, 1)

    def forward(self, x):
        h = self.trunk(x)
        return self.age(h).squeeze(1), self.weight(h).squeeze(1)


train = DataLoader(TensorDataset(*part("train")), batch_size=64, shuffle=True)
xt, age_t, weight_t = part("test")
net = Shells(xt.shape[1])
optimizer = torch.optim.Adam(net.parameters(), lr=4e-3)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 18)
mse = nn.MSELoss()
for epoch in range(18):
    net.train()
    for x, age, weight in train:
        a, w = net(x)
        loss = mse(a, age) + mse(w, weight)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    schedule.step()
    net.eval()
    with torch.no_grad():
        a, w = net(xt)
        r2 = [1 - (mse(guess, true) / true.var()).item() for guess, true in ((a, age_t), (w, weight_t))]
    print(f"epoch {epoch}: loss {loss.item():.4f} test r2 of age {r2[0]:.3f}, of weight {r2[1]:.3f}")
