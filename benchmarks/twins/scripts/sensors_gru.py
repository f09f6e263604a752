"""The next hour's demand and price from the last day: a recurrent network over windows cut here."""
import pandas as pd
import torch
from torch import nn

INPUTS = ["temperature", "sun", "wind", "demand", "price"]
TARGETS = ["demand", "price"]
LENGTH = 24


def cut(frame, mean, std):
    values = torch.tensor(((frame[INPUTS] - mean) / std).to_numpy(), dtype=torch.float32)
    targets = torch.tensor(frame[TARGETS].to_numpy(), dtype=torch.float32)
    return values.unfold(0, LENGTH, 1)[:-1].transpose(1, 2).contiguous(), targets[LENGTH:]


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(len(INPUTS), 24, batch_first=True)
        self.head = nn.Linear(24 + len(INPUTS), len(TARGETS))

    def forward(self, x):
        states, _ = self.gru(x)
        return self.head(torch.cat([states[:, -1], x[:, -1]], 1))


torch.manual_seed(6)
train, test = pd.read_csv("train.csv"), pd.read_csv("test.csv")
mean, std = train[INPUTS].mean(), train[INPUTS].std()
x, y = cut(train, mean, std)
xt, yt = cut(test, mean, std)
model = Model()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
criterion = nn.MSELoss()
for epoch in range(12):
    model.train()
    losses = []
    for at in torch.randperm(len(x)).split(64):
        optimizer.zero_grad()
        loss = criterion(model(x[at]), y[at])
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        out = model(xt)
    r2 = 1 - (out - yt).pow(2).mean(0) / yt.var(0)
    print(f"epoch {epoch} loss {sum(losses) / len(losses):.4f} test {criterion(out, yt).item():.4f} r2 demand {r2[0]:.4f} price {r2[1]:.4f}")
