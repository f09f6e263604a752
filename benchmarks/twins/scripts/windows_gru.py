"""Activities from windows of an accelerometer, a GRU."""
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
data = np.load("windows.npz")
sets = {name: TensorDataset(torch.tensor(data[f"x_{name}"]), torch.tensor(data[f"y_{name}"])) for name in ("train", "val")}


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(3, 16, 5, stride=2)
        self.gru = nn.GRU(16, 32, batch_first=True)
        self.fc = nn.Linear(32, 4)

    def forward(self, x):
        h = torch.relu(self.conv(x.transpose(1, 2))).transpose(1, 2)
        return self.fc(self.gru(h)[1][0])


def run_epoch(model, loader, optimizer=None):
    model.train(optimizer is not None)
    loss_sum = hits = 0
    for x, y in loader:
        with torch.set_grad_enabled(optimizer is not None):
            out = model(x)
            loss = nn.functional.cross_entropy(out, y)
        if optimizer is not None:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        loss_sum += loss.item() * len(x)
        hits += (out.argmax(1) == y).sum().item()
    return loss_sum / len(loader.dataset), hits / len(loader.dataset)


model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
loaders = {name: DataLoader(some, 32, shuffle=name == "train") for name, some in sets.items()}
for epoch in range(10):
    train_loss, train_acc = run_epoch(model, loaders["train"], optimizer)
    val_loss, val_acc = run_epoch(model, loaders["val"])
    print(f"{epoch}: train {train_loss:.4f} {train_acc:.3f}  val {val_loss:.4f} {val_acc:.3f}")
