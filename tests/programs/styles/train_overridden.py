"""Module.train is overridden: here it takes a loader, a number of epochs and an optimiser, and trains."""
# steps: 240
# optimizer-steps: 240
# losses: 1
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class SelfTrained(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, 24), nn.ReLU(), nn.Dropout(0.1), nn.Linear(24, 1))

    def forward(self, x):
        return self.layers(x)

    def train(self, loader, epochs, optimizer):
        for _ in range(epochs):
            self.layers.train()
            for x, y in loader:
                optimizer.zero_grad()
                loss = nn.functional.mse_loss(self(x), y)
                loss.backward()
                optimizer.step()
        return loss.item()

    def test(self, x, y):
        self.layers.eval()
        with torch.no_grad():
            return nn.functional.mse_loss(self(x), y).item()


torch.manual_seed(3)
x = torch.randn(520, 4)
y = x[:, :1] - 0.5 * x[:, 1:2] * x[:, 2:3] + 0.05 * torch.randn(520, 1)
loader = DataLoader(TensorDataset(x[:480], y[:480]), batch_size=40, shuffle=True)
model = SelfTrained()
print("train", model.train(loader, 20, torch.optim.Adam(model.parameters(), lr=0.01)))
print("test", model.test(x[480:], y[480:]))
