"""Keeps the weights of the best validation epoch, then reports the test accuracy."""
import copy

import numpy as np
import torch
from torch import nn

torch.manual_seed(0)
parts = {name: np.load(f"{name}.npz") for name in ("train", "val", "test")}
data = {name: (torch.tensor(part["x"]).float(), torch.tensor(part["y"]).long()) for name, part in parts.items()}
model = nn.Sequential(nn.Linear(data["train"][0].shape[1], 64), nn.ReLU(), nn.Linear(64, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.03, momentum=0.9, weight_decay=1e-3)
loss_fn = nn.CrossEntropyLoss()


def score(name):
    x, y = data[name]
    model.eval()
    with torch.no_grad():
        out = model(x)
        return loss_fn(out, y).item(), (out.argmax(1) == y).float().mean().item()


best, kept = -1.0, None
x, y = data["train"]
for epoch in range(20):
    model.train()
    for rows in torch.randperm(len(x)).split(32):
        optimizer.zero_grad()
        loss = loss_fn(model(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
    val_loss, val_accuracy = score("val")
    print(f"epoch {epoch} val loss {val_loss:.4f} accuracy {val_accuracy:.4f}")
    if val_accuracy > best:
        best, kept = val_accuracy, copy.deepcopy(model.state_dict())
model.load_state_dict(kept)
print(f"best val accuracy {best:.4f}, test accuracy {score('test')[1]:.4f}")
