"""Five folds, a new net and a new optimiser for each."""
# steps: 500
# optimizer-steps: 500
# losses: 5
import torch
from torch import nn
from torch.utils.data import DataLoader, Subset, TensorDataset

torch.manual_seed(17)
x = torch.randn(500, 6)
y = (x[:, 0] - x[:, 1] + 0.3 * torch.randn(500) > 0).long()
data = TensorDataset(x, y)
folds = torch.randperm(500).chunk(5)
scores = []
for k in range(5):
    rest = torch.cat([fold for i, fold in enumerate(folds) if i != k])
    train = DataLoader(Subset(data, rest.tolist()), batch_size=40, shuffle=True)
    model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 2))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    model.train()
    for epoch in range(10):
        for xb, yb in train:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(xb), yb)
            loss.backward()
            optimizer.step()
    model.eval()
    with torch.no_grad():
        scores.append((model(x[folds[k]]).argmax(1) == y[folds[k]]).float().mean().item())
    print(f"fold {k}: accuracy {scores[-1]:.3f}")
print("mean", sum(scores) / 5)
