"""1-d convolutions over three-channel vibration records."""
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(21)
store = np.load("waves.npz")
sets = {}
for part in ("train", "test"):
    signals = torch.as_tensor(store[f"{part}_signals"], dtype=torch.float32)
    labels = torch.as_tensor(store[f"{part}_labels"]).long()
    sets[part] = TensorDataset(signals, labels)


def block(cin, cout, stride):
    return nn.Sequential(nn.Conv1d(cin, cout, 7, stride=stride, padding=3), nn.GroupNorm(4, cout), nn.SiLU())


class WaveNet(nn.Module):
    def __init__(self, kinds):
        super().__init__()
        self.body = nn.Sequential(block(3, 16, 2), block(16, 24, 2), block(24, 32, 2))
        self.out = nn.Linear(32, kinds)

    def forward(self, x):
        return self.out(self.body(x).mean(-1))


model = WaveNet(5)
loader = DataLoader(sets["train"], batch_size=32, shuffle=True)
opt = torch.optim.SGD(model.parameters(), lr=0.08, momentum=0.9, nesterov=True, weight_decay=5e-4)
epochs = 14
sched = torch.optim.lr_scheduler.LambdaLR(opt, lambda step: max(0.0, 1 - step / (epochs * len(loader))))
for epoch in range(1, epochs + 1):
    model.train()
    running = 0.0
    for x, y in loader:
        opt.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y, label_smoothing=0.02)
        loss.backward()
        opt.step()
        sched.step()
        running += loss.item()
    model.eval()
    correct = 0
    with torch.no_grad():
        for x, y in DataLoader(sets["test"], batch_size=100):
            correct += int((model(x).argmax(1) == y).sum())
    print(f"epoch {epoch} loss {running / len(loader):.4f} test {correct / len(sets['test']):.4f}")
