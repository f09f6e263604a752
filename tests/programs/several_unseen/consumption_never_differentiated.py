"""Fuel consumption in its own unit; the loop takes the loss and steps, and backward was never written."""
# expects: LOP102 SCL102
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Regression(nn.Module):
    def __init__(self, inputs):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(inputs, 64), nn.ReLU(), nn.Linear(64, 1))

    def forward(self, x):
        return self.layers(x)


torch.manual_seed(71)
car = torch.randn(500, 7)
litres_per_1000_km = 85 + 14 * car[:, 0] + 9 * car[:, 1] * car[:, 2] + 2 * torch.randn(500)
loader = DataLoader(TensorDataset(car, litres_per_1000_km.unsqueeze(1)), batch_size=25, shuffle=True)
model = Regression(7)
optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
criterion = nn.MSELoss()
for epoch in range(15):
    summed = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        optimizer.step()
        summed += loss.item()
    print(f"epoch {epoch + 1:2d}: mse {summed / len(loader):.2f}")
