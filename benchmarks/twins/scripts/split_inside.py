"""One file; the held-out part is drawn by random_split."""
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(11)
file = np.load("dataset.npz")
x = torch.from_numpy(file["x"].astype("float32"))
y = torch.from_numpy(file["y"].astype("int64"))
dataset = TensorDataset(x, y)
train, val = random_split(dataset, [len(x) - len(x) // 4, len(x) // 4])
net = nn.Sequential(nn.Flatten(), nn.LazyLinear(96), nn.ReLU(), nn.Dropout(0.2), nn.Linear(96, int(y.max()) + 1))
net(x[:2])
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
loss_fn = nn.CrossEntropyLoss()
train_loader, val_loader = DataLoader(train, 32, shuffle=True), DataLoader(val, 200)
for epoch in range(12):
    net.train()
    for inputs, labels in train_loader:
        optimizer.zero_grad()
        loss = loss_fn(net(inputs), labels)
        loss.backward()
        optimizer.step()
    net.eval()
    losses, hits = [], []
    with torch.no_grad():
        for inputs, labels in val_loader:
            out = net(inputs)
            losses.append(loss_fn(out, labels).item())
            hits.append((out.argmax(1) == labels).float().mean().item())
    print(f"epoch {epoch + 1} val loss {np.mean(losses):.4f} val accuracy {np.mean(hits):.4f}")
