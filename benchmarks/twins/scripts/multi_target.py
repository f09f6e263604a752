"""Three properties of a specimen predicted at once."""
import pandas as pd
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
TARGETS = ["yield", "density", "hardness"]


def read(path):
    frame = pd.read_csv(path)
    x = torch.tensor(frame.drop(columns=TARGETS).to_numpy("float32"))
    return x, torch.tensor(frame[TARGETS].to_numpy("float32"))


x, y = read("train.csv")
xt, yt = read("test.csv")
model = nn.Sequential(nn.Linear(x.shape[1], 24), nn.ReLU(), nn.Linear(24, 24), nn.ReLU(), nn.Linear(24, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
criterion = nn.MSELoss()
for epoch in range(30):
    model.train()
    for a, b in DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True):
        optimizer.zero_grad()
        loss = criterion(model(a), b)
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        out = model(xt)
        if epoch % 5 == 4:
            r2 = 1 - ((out - yt) ** 2).mean(0) / yt.var(0)
            print(f"epoch {epoch + 1} test mse {criterion(out, yt).item():.4f} lowest r2 {r2.min().item():.3f}")
