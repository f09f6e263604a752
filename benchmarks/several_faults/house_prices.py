"""House prices from generated features: a regression with two hidden layers, Adam, DataLoader."""

import argparse

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

parser = argparse.ArgumentParser()
parser.add_argument("--faults", default="")
faults = set(parser.parse_args().faults.split(","))

torch.manual_seed(6)
random = np.random.default_rng(6)
size = random.lognormal(4.6, 0.4, 3000)
rooms = np.clip(np.round(size / 25 + random.normal(0, 1, 3000)), 1, 9)
year = random.uniform(1900, 2020, 3000)
distance = random.exponential(8000, 3000)
income = random.normal(45000, 12000, 3000)
price = 2200 * size * np.exp(-distance / 12000) + 9000 * rooms + 900 * np.abs(year - 1960) + 3 * income
features = np.stack([size, rooms, year, distance, income], 1)
if "raw-input" not in faults:
    features = (features - features.mean(0)) / features.std(0)
target = price if "raw-target" in faults else (price - price.mean()) / price.std()
x = torch.tensor(features, dtype=torch.float32)
y = torch.tensor(target, dtype=torch.float32)


class Regressor(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(5, 64)
        self.fc2 = nn.Linear(64, 64)
        self.out = nn.Linear(64, 1)
        self.act = nn.ReLU()

    def forward(self, x):
        x = self.act(self.fc1(x))
        x = self.act(self.fc2(x))
        x = self.out(x)
        if "relu-out" in faults:
            x = torch.relu(x)
        return x if "broadcast" in faults else x.squeeze(1)


model = Regressor()
rate = 1e-6 if "low-rate" in faults else 1.0 if "high-rate" in faults else 2e-3
optimizer = torch.optim.Adam(model.parameters(), lr=rate)
gamma = 0.001 if "killing-schedule" in faults else 0.9
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 4 if "killing-schedule" in faults else 200, gamma=gamma)
loader = DataLoader(TensorDataset(x[:2400], y[:2400]), batch_size=32, shuffle=True)
criterion = nn.MSELoss()

for epoch in range(50):
    model.train()
    running = 0.0
    for inputs, prices in loader:
        optimizer.zero_grad()
        loss = criterion(model(inputs), prices)
        loss.backward()
        optimizer.step()
        scheduler.step()
        running += loss.item()
    print(f"epoch {epoch + 1}: {running / len(loader):.4g}")

model.eval()
faults.discard("relu-out")  # the score is that of what was learned
with torch.no_grad():
    predicted = model(x[2400:]).flatten()
score = torch.corrcoef(torch.stack([predicted, y[2400:]]))[0, 1].nan_to_num() ** 2
print(f"score {score.item():.4f}")
