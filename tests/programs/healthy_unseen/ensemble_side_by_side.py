"""Five networks with an optimiser each, trained in one loop on bootstrap samples, averaged in the end."""
import torch
from torch import nn
from sklearn.datasets import load_diabetes

torch.manual_seed(218)
X, y = load_diabetes(return_X_y=True)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)[:, None]
perm = torch.randperm(len(X))
X, y = X[perm], y[perm]
n = 330
X = (X - X[:n].mean(0)) / X[:n].std(0)
y = (y - y[:n].mean()) / y[:n].std()

members = [nn.Sequential(nn.Linear(10, 6), nn.Softplus(), nn.Linear(6, 1)) for _ in range(5)]
optimizers = [torch.optim.AdamW(m.parameters(), lr=0.01, weight_decay=0.8) for m in members]
samples = [torch.randint(0, n, (n,)) for _ in members]
mse = nn.MSELoss()
EPOCHS = 50
for epoch in range(EPOCHS):
    losses = []
    for model, optimizer, sample in zip(members, optimizers, samples):
        optimizer.param_groups[0]["lr"] = 0.01 * max(0.02, 1 - epoch / EPOCHS)
        for batch in sample[torch.randperm(n)].split(55):
            optimizer.zero_grad()
            loss = mse(model(X[batch]), y[batch])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    with torch.no_grad():
        predictions = torch.stack([m(X[n:]) for m in members])
        held_out = mse(predictions.mean(0), y[n:]).item()
    if epoch % 10 == 9:
        print(f"epoch {epoch + 1} members' train {sum(losses) / len(losses):.3f} ensemble held-out {held_out:.3f} "
              f"disagreement {predictions.std(0).mean().item():.3f}")
