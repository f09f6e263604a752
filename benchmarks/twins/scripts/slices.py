"""Plain tensors, batches cut by hand in the order of the file."""
import numpy as np
import torch
import torch.nn.functional as F

torch.manual_seed(0)
train = np.loadtxt("train.csv", delimiter=",", dtype=np.float32)
test = np.loadtxt("test.csv", delimiter=",", dtype=np.float32)
X, y = torch.tensor(train[:, :-1]), torch.tensor(train[:, -1]).long()
Xt, yt = torch.tensor(test[:, :-1]), torch.tensor(test[:, -1]).long()
scale = X.abs().max()
X, Xt = X / scale, Xt / scale
model = torch.nn.Sequential(torch.nn.Linear(X.shape[1], 64), torch.nn.ReLU(), torch.nn.Linear(64, int(y.max()) + 1))
opt = torch.optim.Adam(model.parameters(), lr=2e-3)
batch = 32
for epoch in range(25):
    for i in range(0, len(X), batch):
        xb, yb = X[i:i + batch], y[i:i + batch]
        opt.zero_grad()
        loss = F.cross_entropy(model(xb), yb)
        loss.backward()
        opt.step()
    with torch.no_grad():
        logits = model(Xt)
        print(epoch, "loss", round(loss.item(), 4), "accuracy", round((logits.argmax(1) == yt).float().mean().item(), 4))
