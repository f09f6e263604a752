"""Metric learning: an (N, N) matrix of distances from (N, 1, D) minus (1, N, D) and an (N, N) target, on purpose."""
import torch
import torch.nn as nn
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

torch.manual_seed(100)
X, y = load_wine(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.4, stratify=y, random_state=5)
m, s = X_train.mean(axis=0), X_train.std(axis=0)
X_train, X_test = (torch.tensor((a - m) / s, dtype=torch.float32) for a in (X_train, X_test))
y_train, y_test = torch.tensor(y_train), torch.tensor(y_test)

embed = nn.Sequential(nn.Linear(13, 16), nn.Tanh(), nn.Linear(16, 2))
opt = torch.optim.AdamW(embed.parameters(), lr=0.01, weight_decay=0.5)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 240)


def contrastive(z, labels, margin=1.0):
    squared = (z.unsqueeze(1) - z.unsqueeze(0)).pow(2).sum(-1)
    same = (labels[:, None] == labels[None, :]).float()
    apart = torch.relu(margin - torch.sqrt(squared + 1e-6)).pow(2)
    return (same * squared + (1 - same) * apart).mean()


for step in range(240):
    batch = torch.randperm(len(X_train))[:64]
    loss = contrastive(embed(X_train[batch]), y_train[batch])
    opt.zero_grad()
    loss.backward()
    opt.step()
    sched.step()
    with torch.no_grad():
        held_out = contrastive(embed(X_test), y_test).item()
    if step % 40 == 39:
        print(f"{step + 1} batch loss {loss.item():.4f} held-out {held_out:.4f}")

with torch.no_grad():
    nearest = torch.cdist(embed(X_test), embed(X_train)).topk(5, largest=False).indices
    vote = y_train[nearest].mode(1).values
print("accuracy of the five nearest neighbours", round((vote == y_test).float().mean().item(), 3))
