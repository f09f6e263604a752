"""Two moons through tanh units with a gain of sixty, then soft maximum twice."""
# expects: ARC102 LOS101
import torch
from sklearn.datasets import make_moons
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class SteepTanh(nn.Module):
    """A 'crisp' activation: almost a step."""

    def __init__(self, gain=60.0):
        super().__init__()
        self.gain = gain
        self.tanh = nn.Tanh()

    def forward(self, x):
        return self.tanh(self.gain * x)


class Block(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.linear = nn.Linear(n_in, n_out)
        self.act = SteepTanh()

    def forward(self, x):
        return self.act(self.linear(x))


class MoonNet(nn.Module):
    def __init__(self, width=24, depth=3):
        super().__init__()
        self.blocks = nn.ModuleList([Block(2, width)] + [Block(width, width) for _ in range(depth - 1)])
        self.head = nn.Linear(width, 2)
        self.softmax = nn.Softmax(dim=1)

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return self.softmax(self.head(x))


torch.manual_seed(6)
x, y = make_moons(900, noise=0.15, random_state=6)
x = (x - x.mean(axis=0)) / x.std(axis=0)
x, y = torch.tensor(x, dtype=torch.float32), torch.tensor(y)
train_x, test_x, train_y, test_y = x[:700], x[700:], y[:700], y[700:]
loader = DataLoader(TensorDataset(train_x, train_y), batch_size=35, shuffle=True)

model = MoonNet()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
criterion = nn.CrossEntropyLoss()
for epoch in range(24):
    total = 0
    for inputs, targets in loader:
        optimizer.zero_grad()
        loss = criterion(model(inputs), targets)
        loss.backward()
        optimizer.step()
        total += loss.item()
    if epoch % 6 == 5:
        with torch.no_grad():
            accuracy = (model(test_x).argmax(1) == test_y).float().mean().item()
        print(f"epoch {epoch + 1} loss {total / len(loader):.4f} test accuracy {accuracy:.3f}")
