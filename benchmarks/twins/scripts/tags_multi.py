"""Multi-label: several tags for each caption, from word counts."""
import numpy as np
import torch
from torch import nn

torch.manual_seed(2)
X, Y = (torch.from_numpy(np.load(f"train_{kind}.npy")).float() for kind in ("counts", "tags"))
Xv, Yv = (torch.from_numpy(np.load(f"dev_{kind}.npy")).float() for kind in ("counts", "tags"))
X, Xv = torch.log1p(X), torch.log1p(Xv)
model = nn.Sequential(nn.Linear(X.shape[1], 24), nn.ReLU(), nn.Dropout(0.3), nn.Linear(24, Y.shape[1]))
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3, weight_decay=1e-4)
criterion = nn.BCEWithLogitsLoss()
epochs, size = 12, 60
scheduler = torch.optim.lr_scheduler.PolynomialLR(optimizer, epochs, power=1.0)
for epoch in range(epochs):
    order = np.random.RandomState(epoch).permutation(len(X))
    model.train()
    for start in range(0, len(order), size):
        pick = order[start:start + size]
        loss = criterion(model(X[pick]), Y[pick])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    scheduler.step()
    model.eval()
    with torch.no_grad():
        out = model(Xv)
        dev = criterion(out, Yv).item()
        guess = out > 0
        f1 = 2 * (guess * Yv).sum(0) / (guess.sum(0) + Yv.sum(0)).clamp(min=1)
    print(f"epoch {epoch} train {loss.item():.4f} dev {dev:.4f} macro-f1 {f1.mean().item():.4f}")
