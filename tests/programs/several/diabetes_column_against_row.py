"""Disease progression in its own unit (25 to 346), a column of predictions against a row of targets."""
# expects: LOS107 SCL102
import torch
import torch.nn as nn
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import scale

torch.manual_seed(11)
raw, target = load_diabetes(return_X_y=True)
x = torch.tensor(scale(raw)).float()
y = torch.tensor(target).float()

perm = torch.randperm(len(x))
x, y = x[perm], y[perm]
x_tr, y_tr, x_te, y_te = x[:350], y[:350], x[350:], y[350:]

net = nn.Sequential(
    nn.Linear(10, 32),
    nn.ReLU(),
    nn.Linear(32, 16),
    nn.ReLU(),
    nn.Linear(16, 1),
)
mse = nn.MSELoss()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)

for epoch in range(60):
    for idx in torch.randperm(350).split(50):
        pred = net(x_tr[idx])
        loss = mse(pred, y_tr[idx])
        opt.zero_grad()
        loss.backward()
        opt.step()
    if (epoch + 1) % 10 == 0:
        with torch.no_grad():
            print(epoch + 1, "train", round(loss.item(), 1), "test", round(mse(net(x_te), y_te).item(), 1))

with torch.no_grad():
    p = net(x_te).squeeze(1)
    r2 = 1 - ((p - y_te) ** 2).sum() / ((y_te - y_te.mean()) ** 2).sum()
print("R2", round(r2.item(), 3))
