"""Digits: an autoencoder with binary cross-entropy on pixels from -1 to 1."""
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
pixels = torch.tensor(load_digits().data / 8 - 1, dtype=torch.float32)
order = torch.randperm(len(pixels))
train, test = pixels[order[:1400]], pixels[order[1400:]]
loader = DataLoader(TensorDataset(train), batch_size=50, shuffle=True)
model = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 16), nn.ReLU(), nn.Linear(16, 64))
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
EPOCHS = 30
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)
criterion = nn.BCEWithLogitsLoss()

for epoch in range(EPOCHS):
    model.train()
    for (inputs,) in loader:
        optimizer.zero_grad()
        loss = criterion(model(inputs), inputs)
        loss.backward()
        optimizer.step()
    schedule.step()
    model.eval()
    with torch.no_grad():
        print(epoch + 1, criterion(model(test), test).item())
