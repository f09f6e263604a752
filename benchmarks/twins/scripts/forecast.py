"""Next value of a series from a window of it: an MLP, mean squared error."""
import numpy as np
import torch
from torch import nn

torch.manual_seed(7)
train, test = np.load("train.npz"), np.load("test.npz")
x, y = torch.from_numpy(train["windows"]), torch.from_numpy(train["next"])
xt, yt = torch.from_numpy(test["windows"]), torch.from_numpy(test["next"])
model = nn.Sequential(nn.Linear(x.shape[1], 48), nn.Tanh(), nn.Linear(48, 1), nn.Flatten(0))
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(30):
    perm = torch.randperm(len(x))
    for i in range(0, len(x), 64):
        rows = perm[i:i + 64]
        loss = nn.functional.mse_loss(model(x[rows]), y[rows])
        opt.zero_grad()
        loss.backward()
        opt.step()
    with torch.no_grad():
        test_loss = nn.functional.mse_loss(model(xt), yt)
    if epoch % 5 == 4:
        print(f"epoch {epoch + 1} train {loss:.4f} test {test_loss:.4f}")
