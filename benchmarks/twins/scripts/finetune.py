"""A new head on a frozen feature extractor from checkpoint.pt, which also holds the input statistics."""
import numpy as np
import torch
from torch import nn

torch.manual_seed(0)
checkpoint = torch.load("checkpoint.pt")
features = nn.Sequential(
    nn.Conv2d(1, 16, 5, stride=2), nn.BatchNorm2d(16), nn.ReLU(), nn.Conv2d(16, 32, 3, stride=2), nn.BatchNorm2d(32), nn.ReLU(), nn.Flatten()
)
features.load_state_dict(checkpoint["features"])
features.eval().requires_grad_(False)
head = nn.Linear(800, 10)
data = np.load("data.npz")


def prepared(name):
    images = torch.tensor(data[f"x_{name}"]).float() / 255
    return (images.unsqueeze(1) - checkpoint["mean"]) / checkpoint["std"], torch.tensor(data[f"y_{name}"]).long()


x, y = prepared("train")
xt, yt = prepared("test")
optimizer = torch.optim.Adam(head.parameters(), lr=1e-3)
criterion = nn.CrossEntropyLoss()
for epoch in range(6):
    for rows in torch.randperm(len(x)).split(64):
        loss = criterion(head(features(x[rows])), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        out = head(features(xt))
        print(f"epoch {epoch} test loss {criterion(out, yt):.4f} test accuracy {(out.argmax(1) == yt).float().mean():.4f}")
